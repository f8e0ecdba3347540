/* SPDX-License-Identifier: MIT */
/* Processes and the files that they have open, by /proc. A process is a
 * descriptor of its folder there. What is refused has a number below those of
 * errno(3). */
#ifndef CONCTL_SESSION_PROCESS_H
#define CONCTL_SESSION_PROCESS_H

#include <stdbool.h>
#include <stdint.h>

struct stat;

enum {
	PID_MOST = 1 << 22,         /* proc(5): pid_max */
	REFUSED_MIXED = -5000,      /* its user ids are not all the same */
	REFUSED_LEDGER,             /* 100 is no ledger of its user */
	REFUSED_PIPE,               /* 111 no request pipe of its user */
	REFUSED_FILE,               /* no regular file */
	REFUSED_PROCESS,            /* it is not connate itself */
	REFUSED_CONTENT,            /* its ledger says what none can */
	REFUSED_HOLDER,             /* of a lock file: see find_holder() */
};

struct relation {
	char state;                 /* the letter of proc(5); 0: not known */
	int parent;                 /* 0: not known, or none */
	int group;                  /* 0: not known */
};

/* What a file has to be before it is opened: a LEDGER is a memfd of the owner,
 * a PIPE is one of pipe(2), of the owner and with its first mode, a REGULAR
 * file may be of any user. */
enum file_kind { FILE_LEDGER, FILE_PIPE, FILE_REGULAR };

/* A pid from a ledger: itself, or 0 if no process can have that number. */
static inline int pid_in_range(int32_t pid)
{
	return pid > 0 && pid <= PID_MOST ? pid : 0;
}

int process_open(int pid);
int process_owner(int folder, uint32_t *uid);
struct relation process_relation(int folder);
struct relation relation_of(int pid);
bool process_would_end(int pid, int signal);
bool process_is_called(int folder, const char *line);

int file_stat(int folder, const char *name, struct stat *status);
int descriptor_stat(int folder, int number, struct stat *status);
bool file_is_same(const struct stat *a, const struct stat *b);

int file_open(int folder, const char *name, enum file_kind kind,
              uint32_t owner, int flags);
int descriptor_open(int folder, int number, enum file_kind kind,
                    uint32_t owner, int flags);

#endif
