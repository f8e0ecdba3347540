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
#include "model/halt.h"
#include "model/ledger.h"
#include "model/link.h"
#include "sys/call.h"

/* All time-outs, in milliseconds. */
enum {
	ADOPT_MS = 10000,           /* for supervisord to say ADOPTED */
	BACKOFF_STEP_MS = 100,      /* between starts: 0, 100, 200 … */
	BACKOFF_MAX_MS = 5000,
	STEADY_MS = 10000,          /* alive for so long: no longer failing */
	GRACE_MS = 2000,            /* between SIGTERM and SIGKILL at the end */
	WORDS = 5,                  /* of our own, when we start again */
	AGAIN_MS = 10,              /* when the kernel has no memory for us */
	RESCUE_DEATHS = 5,          /* in a row, before there is a shell */
	STUCK_MS = 30000,           /* one message unread for so long */
	FAULTS_MS = 10000,          /* faults within this are in a row */
	FAULT_PAUSE_MS = 100,       /* for each of them, before going on … */
	FAULT_PAUSE_MAX_MS = 1000,  /* … at most */
	END_DEATHS = 3,             /* in a row since the end was asked for,
	                               before we end it: as on probation */
};

struct pid1 {
	bool is_init;               /* we are PID 1 */
	bool is_machine;            /* … of a machine, not of a container */
	char **envp;
	char *snapshot;                 /* what we knew before exec; or NULL */
	bool is_settled;            /* we know it again */
	const char *path;           /* of ourselves, as far as we know it */
	const char *image_path;
	/* Command lines: of ours, after room for WORDS, and of supervisord,
	 * what stands on ours from -- on. */
	const char **words, **supervisord_words;
	/* Where the command is to start; NULL: where we are. */
	const char *folder;
	bool has_image;             /* it is open */
	struct rlimit64 files;      /* RLIMIT_NOFILE as it was given to us */
	int self;                   /* our pid */

	int supervisord;            /* pid; 0: none runs */
	int start_error;            /* errno of the last failed exec; by it */
	bool trying;                /* it becomes another image */
	enum death killed_for;      /* by us, and why */
	bool adopted;               /* this one said ADOPTED */
	bool ever_adopted;
	bool drained;               /* this one was told DRAINED */
	struct report report;           /* as in the ledger; deaths in a row … */
	struct probation probation; /* likewise … */
	uint64_t probation_ms;      /* … and when it ends by itself */
	bool former_kept;           /* of the image that is tried */
	uint64_t started_ms;
	uint64_t start_at_ms;       /* when to start it; NEVER_MS */

	uint32_t number;            /* of the last message sent */
	uint32_t unread;            /* that at the head of the link … */
	uint64_t unread_at_ms;      /* … is to be gone by then; NEVER_MS */
	bool owes_kept;             /* ADOPTED is still to be answered */
	bool owes_reexeced;         /* likewise REEXEC, with this: */
	struct link reexeced;
	bool owes_ready;            /* NOTIFY_SOCKET is to be told */

	int rescuer;                /* a shell on the console; 0: none */
	int tester;                 /* runs --self-test; 0: none */
	uint64_t test_at_ms;        /* its time is over */
	enum death killed_for_test; /* by us, and why */
	bool reexecs;               /* somebody waits for the answer */
	uint64_t faults, fault_at_ms;

	bool full;                  /* the link took no more: POLLOUT tells */
	bool again;                 /* come back soon: nothing would tell */
	bool more;                  /* come back at once: zombies are left */
	uint64_t signals;           /* to be passed on: bit n - 1 */

	enum halt wanted;           /* asked for, but not by HALT; else NONE */
	int wanted_code;            /* to exit with, if we end it */
	uint32_t wanted_deaths;     /* report.deaths then */
	uint32_t end_deaths;        /* in a row since then that supervisord
	                               has died by itself */
	enum halt halt;             /* how it is to end; HALT_NONE: not yet */
	int code;
	int end_signal;             /* last sent to what is left; 0: none */
	uint64_t end_at_ms;         /* when the next one is due */
};

/* keep.c: descriptors at their numbers */
int keep_open(struct pid1 *p);          /* makes them all; 0 or -errno */
int keep_again(struct pid1 *p);         /* we are what we were before exec */
void keep_self(const struct pid1 *p);   /* our own image */
void keep_anew(struct pid1 *p);         /* another ledger, with nothing in it */
int keep_link(void);                    /* a new one */
void keep_pass_on(void);                /* all, over an exec of ours */
void keep_lock(struct pid1 *p, int fd);
void keep_lock_ours(void);
void keep_fd(struct pid1 *p, int number, int fd);
void keep_drop(int number);

/* twice.c: PID 1 is what we would be, and it has been said */
bool twice(const struct pid1 *p);

/* image.c: supervisord, started and started again */
int image_open(struct pid1 *p);         /* -errno is said */
void image_start(struct pid1 *p, uint64_t now_ms);
void image_died(struct pid1 *p, const siginfo_t *how, uint64_t now_ms);
void image_watch(struct pid1 *p, uint64_t now_ms);
void image_try(struct pid1 *p, int pid, int fd);
void image_adopt(struct pid1 *p, int pid, enum adopt how, int fd);

/* probation.c: the former image and its ledger, until the new one has stood */
void probation_keep(struct pid1 *p, enum adopt how); /* before ADOPTED is done */
void probation_begin(struct pid1 *p);       /* when it is */
void probation_stood(struct pid1 *p, int pid);  /* supervisord says STOOD */
void probation_inherit(struct pid1 *p);     /* from a connate that has died */
uint64_t probation_due_ms(const struct pid1 *p); /* … to look; NEVER_MS */
void probation_watch(struct pid1 *p, uint64_t now_ms);
bool probation_died(struct pid1 *p);        /* supervisord has: as in note.
                                               True: there is another image,
                                               or ledger, by now */

/* clone.c: a child that runs until exec in our memory; its pid, or -errno */
enum child { CHILD_SUPERVISORD, CHILD_TESTER, CHILD_RESCUER, CHILDREN };
int pid1_clone(struct pid1 *p, enum child child, int *pid, void (*run)(void *));

/* notify.c: whoever has started us as a service of theirs */
void notify_say(struct pid1 *p, const char *state);
void notify_owed(struct pid1 *p);       /* that all is up, if it is */

/* rescue.c: a shell on the console of a machine */
void rescue_watch(struct pid1 *p);

/* terminal.c: that of a command */
void terminal_give_up(const struct pid1 *p);

/* report.c: what it knows of supervisord, for all to see */
void report_read(struct pid1 *p);
void report_write(const struct pid1 *p);
void report_write_to(const struct pid1 *p, int fd); /* another ledger */
void report_put_back(int fd);              /* a ledger that was out of force */
uint32_t report_halt(void);               /* ledger.halt: an end was asked for */

/* reexec.c: we become ourselves again, or another version of us */
void reexec_arm(struct pid1 *p);        /* against faults; takes p->snapshot */
void reexec_ask(struct pid1 *p, int fd, uint64_t now_ms);
void reexec_tested(struct pid1 *p, const siginfo_t *how);
void reexec_watch(struct pid1 *p, uint64_t now_ms);
int reexec_read(struct pid1 *p);         /* below 0: what we knew is not ours */

/* reap.c: peek, send, reap */
void reap(struct pid1 *p, uint64_t now_ms);

/* post.c: the link and the signals */
int post_send(struct pid1 *p, struct link m);   /* 0, or -errno: later */
void post_receive(struct pid1 *p);
void post_signals(struct pid1 *p);      /* reads, passes on */
void post_owed(struct pid1 *p);
bool post_is_stuck(struct pid1 *p, uint64_t now_ms);
void post_died(struct pid1 *p, bool steady); /* supervisord has */

/* privilege.c: what connate may do */
void privilege_drop(const struct pid1 *p);      /* -errno is said */
void privilege_for_end(const struct pid1 *p);   /* for the last act */

/* end.c: the end of what is left, and of us */
void end_begin(struct pid1 *p, enum halt halt, int code, bool at_once);
void end_hurry(struct pid1 *p);
void end_go_on(struct pid1 *p, uint64_t now_ms);
_Noreturn void end_now(struct pid1 *p);

#endif
