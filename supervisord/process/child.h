/* SPDX-License-Identifier: MIT */
/* A child on its way to exec, and its steps. */
#ifndef SUPERVISORD_PROCESS_CHILD_H
#define SUPERVISORD_PROCESS_CHILD_H

#include <stdbool.h>
#include <stdint.h>

#include "model/pids.h"
#include "model/table.h"
#include "sys/call.h"

struct table_action;

/* Variables of a process that may speak, which it writes itself. */
#define NOTIFY_SOCKET_IS "NOTIFY_SOCKET=@"
#define WATCHDOG_USEC_IS "WATCHDOG_USEC="
#define WATCHDOG_PID_IS "WATCHDOG_PID="
#define LISTEN_FDS_IS "LISTEN_FDS="
#define LISTEN_PID_IS "LISTEN_PID="
#define LISTEN_ID_IS "LISTEN_PIDFDID="
enum { NOTIFY_BYTES = sizeof(NOTIFY_SOCKET_IS) + 5, WATCHDOG_BYTES = 40 };
enum { NAMES_BYTES = sizeof(TABLE_NAMES_ARE) +
	             LISTEN_MAX * (NAME_MAX_BYTES + 1) };
struct speaker {
	char socket[NOTIFY_BYTES];
	char watchdog[WATCHDOG_BYTES], pid[WATCHDOG_BYTES];
	char listen_fds[WATCHDOG_BYTES], listen_pid[WATCHDOG_BYTES];
	char listen_id[WATCHDOG_BYTES];
	char listen_names[NAMES_BYTES]; /* with .fd_store */
};

struct child {
	uint32_t word;              /* 0: its slot is free. Cleared by the
	                               kernel (CLONE_CHILD_CLEARTID) */
	uint32_t service;
	const struct table_action *action; /* NULL: it becomes a guard */
	enum role role;
	uint32_t failure;           /* of a helper: as record.failure */
	bool apart;                 /* it has memory of its own */
	int refused;                /* -errno: no pid namespace was made */
	int32_t forked;             /* its pid, if it has memory of its own */
	const char *path, **argv, **envp;
	const char *folder;         /* without .chdir; NULL: / */
	struct speaker *notify;     /* what it writes for its environment */
	bool listens;               /* it gets the sockets of .listen … */
	int unbound;                /* … or 0: -errno, as one is not open */
	bool reads;                 /* it gets the pipes of others: .reads */
};

/* A child of a service with rare words has this lock on the board until its
 * program runs: prepare/ keeps it, and its descriptor is closed by exec
 * (fcntl(2), execve(2)), or at its end. So it never outlives the process. */
static inline struct flock board_lock(const struct table_service *s)
{
	return (struct flock){ .l_type = F_WRLCK,
		               .l_start = s->board_entry,
		               .l_len = 1 };
}

void child_run(void *child);                /* never returns */
int child_call(uint32_t function);          /* -errno, if it returns */
void child_name(char to[WATCHDOG_BYTES], const char *name, const char *text);

/* The steps (model/step.def): 0 or -errno. Those that are about a profile are
 * in attributes.c. */
typedef int child_step(const struct child *c);
#define STEP(number, name, label, function) child_step function;
#define STEP_LATE STEP
#define STEP_APART(number, name, label)
#include "model/step.def"
#undef STEP_APART
#undef STEP_LATE
#undef STEP

#endif
