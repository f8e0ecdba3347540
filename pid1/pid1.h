/* SPDX-License-Identifier: MIT */
/* The map of pid1: it keeps descriptors, starts supervisord (again), reaps,
 * passes on exits and signals, and ends. It parses no configuration, knows no
 * service, and never waits for supervisord.
 */
#ifndef PID1_PID1_H
#define PID1_PID1_H

#include <stdbool.h>
#include <stdint.h>

#include "model/descriptor.h"
#include "model/link.h"
#include "sys/call.h"

/* All time-outs, in milliseconds. */
enum {
	ADOPT_MS = 10000,           /* for supervisord to say ADOPTED */
	BACKOFF_STEP_MS = 100,      /* between starts: 0, 100, 200 … */
	BACKOFF_MAX_MS = 5000,
	STEADY_MS = 10000,          /* alive for so long: no longer failing */
	GRACE_MS = 2000,            /* between SIGTERM and SIGKILL at the end */
	AGAIN_MS = 10,              /* when the kernel has no memory for us */
};

#define NEVER_MS UINT64_MAX

struct pid1 {
	bool is_init;               /* we are PID 1 */
	bool is_machine;            /* … of a machine, not of a container */
	char **envp;
	const char *image_path;
	bool has_image;             /* it is open */
	struct rlimit64 files;      /* RLIMIT_NOFILE as it was given to us */

	int supervisord;            /* pid; 0: none runs */
	int start_error;            /* errno of the last failed exec; by it */
	bool adopted;               /* this one said ADOPTED */
	bool ever_adopted;
	bool drained;               /* this one was told DRAINED */
	unsigned deaths;            /* in a row, of its own fault */
	uint64_t started_ms;
	uint64_t start_at_ms;       /* when to start it; NEVER_MS */

	bool full;                  /* the link took no more: POLLOUT tells */
	bool again;                 /* come back soon: nothing would tell */
	uint64_t signals;           /* to be passed on: bit n - 1 */

	enum halt halt;             /* how it is to end; HALT_NONE: not yet */
	int code;
	int end_signal;             /* last sent to what is left; 0: none */
	uint64_t end_at_ms;         /* when the next one is due */
};

/* keep.c: descriptors at their numbers */
int keep_open(struct pid1 *p);          /* makes them all; 0 or -errno */
void keep_lock(struct pid1 *p, int fd);
void keep_fd(struct pid1 *p, int number, int fd);
void keep_drop(int number);

/* image.c: supervisord, started and started again */
int image_open(struct pid1 *p);         /* -errno is said */
void image_start(struct pid1 *p, uint64_t now_ms);
void image_died(struct pid1 *p, const siginfo_t *how, uint64_t now_ms);
void image_watch(struct pid1 *p, uint64_t now_ms);

/* reap.c: peek, send, reap */
void reap(struct pid1 *p, uint64_t now_ms);

/* post.c: the link and the signals */
int post_send(struct pid1 *p, struct link m);   /* 0, or -errno: later */
void post_receive(struct pid1 *p);
void post_signals(struct pid1 *p);      /* reads, passes on */

/* end.c: the end of what is left, and of us */
void end_begin(struct pid1 *p, enum halt halt, int code);
void end_go_on(struct pid1 *p, uint64_t now_ms);
_Noreturn void end_now(struct pid1 *p);

#endif
