/* SPDX-License-Identifier: MIT */
/* What connate has to know when it becomes itself again by exec(2), as one word
 * of its command line: numbers in hexadecimal, with dots between them. A
 * version that knows more writes them behind: a reader takes words that are
 * missing for 0, and ignores those that it does not know. What else connate
 * knows is in descriptors, or in its report in the ledger. Pure. */
#ifndef MODEL_SNAPSHOT_H
#define MODEL_SNAPSHOT_H

#include <stdbool.h>
#include <stdint.h>

enum snapshot {
	SNAPSHOT_VERSION,           /* 1; another one cannot be read */
	SNAPSHOT_FLAGS,             /* set of enum snapshot_flag */
	SNAPSHOT_SUPERVISORD,       /* its pid; 0: none runs */
	SNAPSHOT_STARTED_MS,
	SNAPSHOT_START_AT_MS,
	SNAPSHOT_SIGNALS,           /* to be passed on: bit n - 1 is n */
	SNAPSHOT_HALT,              /* enum halt << 8 | code */
	SNAPSHOT_END_SIGNAL,
	SNAPSHOT_END_AT_MS,
	SNAPSHOT_FILES_SOFT,        /* RLIMIT_NOFILE as it was given */
	SNAPSHOT_FILES_HARD,
	SNAPSHOT_NUMBER,            /* of the last message sent */
	SNAPSHOT_FAULTS,            /* in a row */
	SNAPSHOT_FAULT_AT_MS,
	SNAPSHOT_RESCUER,
	SNAPSHOT_PROBATION,         /* struct probation: stage, deaths << 4,
	                               death << 8, status << 16 */
	SNAPSHOT_PROBATION_MS,      /* … and when it ends by itself */
	SNAPSHOT_REST_MS,           /* .max_rest, of ADOPTED; 0: not known */
	SNAPSHOT_WORDS
};

enum snapshot_flag {
	SNAPSHOT_ADOPTED = 1 << 0,
	SNAPSHOT_EVER_ADOPTED = 1 << 1,
	SNAPSHOT_DRAINED = 1 << 2,
	SNAPSHOT_TRYING = 1 << 3,   /* an image; it is at FD_CANDIDATE */
	SNAPSHOT_OWES_KEPT = 1 << 4,
	SNAPSHOT_REEXECS = 1 << 5,  /* REEXEC is to be answered */
	SNAPSHOT_SUCCEEDS = 1 << 6, /* it was supervisord until now */
	SNAPSHOT_REEXEC_LOST = 1 << 7, /* REEXEC is to be answered: a fault */
	SNAPSHOT_OWES_READY = 1 << 8, /* NOTIFY_SOCKET is to be told */
	SNAPSHOT_FORMER_KEPT = 1 << 9, /* see pid1/probation.c */
};

enum { SNAPSHOT_BYTES = SNAPSHOT_WORDS * 17 + 1 };

void snapshot_write(char *text, const uint64_t words[SNAPSHOT_WORDS]);
bool snapshot_read(const char *text, uint64_t words[SNAPSHOT_WORDS]);
int snapshot_sum(const char *text);

#endif
