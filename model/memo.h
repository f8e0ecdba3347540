/* SPDX-License-Identifier: MIT */
/* What connate has to know when it becomes itself again by exec(2), as one
 * word of its command line: numbers in hexadecimal, with dots between them. A
 * version that knows more writes them behind; who reads fewer or more of them
 * than it knows takes those that are missing for 0 and ignores the rest. The
 * rest of what it knows is in descriptors, or in its note in the ledger. Pure.
 */
#ifndef MODEL_MEMO_H
#define MODEL_MEMO_H

#include <stdbool.h>
#include <stdint.h>

enum memo {
	MEMO_VERSION,               /* 1; another one cannot be read */
	MEMO_FLAGS,                 /* set of enum memo_flag */
	MEMO_SUPERVISORD,           /* its pid; 0: none runs */
	MEMO_STARTED_MS,
	MEMO_START_AT_MS,
	MEMO_SIGNALS,               /* to be passed on */
	MEMO_HALT,                  /* enum halt << 8 | code */
	MEMO_END_SIGNAL,
	MEMO_END_AT_MS,
	MEMO_FILES_SOFT,            /* RLIMIT_NOFILE as it was given */
	MEMO_FILES_HARD,
	MEMO_NUMBER,                /* of the last message sent */
	MEMO_FAULTS,                /* in a row */
	MEMO_FAULT_AT_MS,
	MEMO_RESCUER,
	MEMO_PROBATION,             /* struct probation: stage, deaths << 4,
	                               death << 8, status << 16 */
	MEMO_PROBATION_MS,          /* … and when it ends by itself */
	MEMOS
};

enum memo_flag {
	MEMO_ADOPTED = 1 << 0,
	MEMO_EVER_ADOPTED = 1 << 1,
	MEMO_DRAINED = 1 << 2,
	MEMO_TRYING = 1 << 3,       /* an image; it is at FD_CANDIDATE */
	MEMO_OWES_KEPT = 1 << 4,
	MEMO_REEXECS = 1 << 5,      /* somebody asked for it, and waits */
	MEMO_SUCCEEDS = 1 << 6,     /* it was supervisord: connate has died */
	MEMO_REEXEC_LOST = 1 << 7,  /* somebody asked for it, and a fault came */
	MEMO_OWES_READY = 1 << 8,   /* NOTIFY_SOCKET is to be told */
	MEMO_FORMER_KEPT = 1 << 9,  /* of the image that is tried: see there */
};

enum { MEMO_BYTES = MEMOS * 17 + 1 };

/* Into MEMO_BYTES of text. */
void memo_write(char *text, const uint64_t words[MEMOS]);

/* False if it is none that can be read. */
bool memo_read(const char *text, uint64_t words[MEMOS]);

/* With what --self-test exits that could read it: 64 … 127. Another program,
 * which knows nothing of this, exits with 0 or 1 or the like. */
int memo_sum(const char *text);

#endif
