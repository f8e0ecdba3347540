/* SPDX-License-Identifier: MIT */
/* The map of connate: it keeps descriptors, starts supervisord (again), reaps,
 * passes on exits and signals, and ends. It parses no configuration, knows no
 * service, and never waits for supervisord. Functions are grouped by file; the
 * contract of each stands at its definition.
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

#ifndef SUPERVISORD_PATH
#define SUPERVISORD_PATH "/usr/local/libexec/connate/supervisord"
#endif

enum {
	ADOPT_MS = 10000,           /* for supervisord to say ADOPTED */
	BACKOFF_STEP_MS = 100,      /* between starts: 0, 100, 200 … */
	BACKOFF_MAX_MS = 5000,
	STEADY_MS = 10000,          /* alive for so long: no longer failing */
	KILL_MS = 2000,             /* since the last process has ended by
	                               SIGKILL at the end */
	RETRY_MS = 10,              /* when the kernel had no memory */
	STUCK_MS = 30000,           /* a message unread for so long */
	FAULTS_MS = 10000,          /* faults within this are in a row */
	FAULT_PAUSE_MS = 100,       /* for each of them, before going on … */
	FAULT_PAUSE_MAX_MS = 1000,  /* … at most */
};

enum {
	WORDS = 5,                  /* of our own command line at a re-exec */
	RESCUE_DEATHS = 5,          /* in a row, before there is a shell */
	FUTILE_DEATHS = 8,          /* in a row, before a container ends in
	                               which no supervisord has ever worked:
	                               2.8 s */
	ROUNDS_MAX = 20000,         /* of SIGKILL: a chain may be as deep */
	END_DEATHS = 3,             /* in a row since the end was asked for,
	                               before connate begins it */
};

/* All that connate knows. "We" and "us" in this room are connate. */
struct pid1 {
	bool is_init;               /* we are PID 1 */
	bool is_machine;            /* … of a machine, not of a container */
	char **envp;
	char *snapshot;             /* what we knew before exec; or NULL */
	bool is_settled;            /* all that we are to know is here */
	const char *path;           /* of ourselves: argv[0] */
	const char *image_path;
	/* Command lines: ours, behind room for WORDS, and that of supervisord,
	 * which has the words of ours from -- on. */
	const char **words, **supervisord_words;
	/* Where the command is to start; NULL: in the working directory. */
	const char *folder;
	bool has_image;             /* FD_IMAGE is open */
	struct rlimit64 files;      /* RLIMIT_NOFILE as it was given to us */
	int self;                   /* our pid */

	int supervisord;            /* its pid; 0: none runs */
	int start_error;            /* -errno of the last failed exec, by the
	                               child; or of the last failed clone */
	bool trying;                /* it becomes another image */
	enum death killed_for;      /* why we have killed it */
	bool adopted;               /* this supervisord said ADOPTED */
	bool ever_adopted;          /* one has said it */
	bool drained;               /* this supervisord was told DRAINED */
	struct report report;       /* as in the ledger; deaths in a row … */
	struct probation probation; /* … and so is this … */
	uint64_t probation_ms;      /* … and when it ends by itself */
	bool former_kept;           /* for the image that is being tried */
	uint64_t started_ms;
	uint64_t start_at_ms;       /* when to start it; NEVER_MS */

	uint32_t number;            /* of the last message sent */
	uint32_t unread;            /* number of the message at the head of the
	                               link, which … */
	uint64_t unread_at_ms;      /* … is to be read by then; NEVER_MS */
	bool owes_kept;             /* ADOPTED is still to be answered */
	bool owes_reexeced;         /* REEXEC is still to be answered, with … */
	struct link reexeced;       /* … this */
	bool owes_ready;            /* NOTIFY_SOCKET is to be told READY=1 */
	bool said_stopping;         /* … was told STOPPING=1 */
	int last_kept;              /* the last number that is in use */
	int store_at;               /* what is to be stored next: store.c */

	int rescuer;                /* pid of the shell on the console; 0 */
	int tester;                 /* pid of what runs --self-test; 0 */
	uint64_t test_at_ms;        /* its time is over */
	enum death killed_for_test; /* why we have killed it */
	bool reexecs;               /* REEXEC is to be answered after exec */
	uint64_t faults, fault_at_ms;

	bool link_full;             /* wait for POLLOUT, too */
	bool retry_soon;            /* wait for RETRY_MS at most: nothing would
	                               tell that there is memory */
	bool zombies_left;          /* do not wait */
	uint64_t signals;           /* to be passed on: bit n - 1 is signal n */

	enum halt asked;            /* an end that was asked for, but not by the
	                               message HALT; or HALT_NONE */
	int asked_code;             /* to exit with, if we begin it */
	uint32_t asked_deaths;      /* report.deaths when it was asked for */
	uint32_t end_deaths;        /* of supervisord by itself since then, in a
	                               row */
	enum halt halt;             /* how it ends; or HALT_NONE */
	int code;                   /* to exit with */
	int end_signal;             /* last sent to what is left; 0: none */
	uint64_t end_at_ms;         /* when the next one is due */
	uint32_t rest_ms;           /* between SIGTERM and SIGKILL */
	uint32_t rounds;            /* of SIGKILL, in which some have ended */
	bool some_ended;            /* since the last one */
};

/* keep.c: the shared descriptors */
int keep_open(struct pid1 *p);
int keep_again(struct pid1 *p);
void keep_self(const struct pid1 *p);
void keep_anew(struct pid1 *p);
int keep_link(void);
void keep_pass_on(void);
void keep_lock(struct pid1 *p, int fd);
void keep_lock_ours(void);
void keep_fd(struct pid1 *p, int number, int fd);
void keep_drop(struct pid1 *p, int number);

/* init.c: is process 1 connate already? */
bool init_is_connate(const struct pid1 *p);

/* clone.c: a child that shares our memory until exec */
enum child { CHILD_SUPERVISORD, CHILD_TESTER, CHILD_RESCUER, CHILDREN };
int pid1_clone(struct pid1 *p, enum child child, int *pid, void (*run)(void *));

/* image.c: supervisord, started and started again */
const char *image_first(const struct pid1 *p);
int image_open(struct pid1 *p);
void image_start(struct pid1 *p, uint64_t now_ms);
void image_died(struct pid1 *p, const siginfo_t *how, uint64_t now_ms);
void image_watch(struct pid1 *p, uint64_t now_ms);
void image_try(struct pid1 *p, int pid, int fd);
void image_adopt(struct pid1 *p, int pid, enum adopt how, int fd);

/* probation.c: the former image and its ledger, while the new one is on
 * probation */
void probation_keep(struct pid1 *p, enum adopt how);
void probation_begin(struct pid1 *p);
void probation_stood(struct pid1 *p, int pid);
void probation_inherit(struct pid1 *p);
uint64_t probation_due_ms(const struct pid1 *p);
void probation_watch(struct pid1 *p, uint64_t now_ms);
bool probation_died(struct pid1 *p);

/* report.c: what connate knows of supervisord, in the ledger */
void report_read(struct pid1 *p);
void report_write(const struct pid1 *p);
void report_write_to(const struct pid1 *p, int fd);
void report_put_back(int fd);
uint32_t report_halt(void);

/* link.c: messages to supervisord */
int link_send(struct pid1 *p, struct link m);
bool link_is_stuck(struct pid1 *p, uint64_t now_ms);

/* orders.c: messages of supervisord, carried out and answered */
void orders_receive(struct pid1 *p);
void orders_answer(struct pid1 *p);

/* signals.c: signals, passed on to supervisord */
void signals_pass_on(struct pid1 *p);

/* reap.c: peek, send, reap */
void reap(struct pid1 *p, uint64_t now_ms);

/* reexec.c: connate executes itself again, or another version of itself */
void reexec_arm(struct pid1 *p);
void reexec_ask(struct pid1 *p, int fd, uint64_t now_ms);
void reexec_tested(struct pid1 *p, const siginfo_t *how);
void reexec_watch(struct pid1 *p, uint64_t now_ms);
int reexec_read(struct pid1 *p);

/* notify.c: the service manager that has started connate */
void notify_order(struct pid1 *p, enum notify what, int32_t ms);
void notify_owed(struct pid1 *p);
int notify_say(const struct pid1 *p, const char *words, uint64_t number,
               int fd);
bool notify_may_pass(int error);
const char *notify_value(const struct pid1 *p, const char *name);

/* store.c: the descriptor store of that manager */
bool store_take(struct pid1 *p);
void store_resume(struct pid1 *p);
void store_begin(struct pid1 *p);
void store_renew(struct pid1 *p);
void store_go_on(struct pid1 *p);
void store_changed(struct pid1 *p, int number);
void store_removed(const struct pid1 *p, int number);

/* rescue.c: a shell on the console of a machine */
void rescue_watch(struct pid1 *p);

/* terminal.c: the terminal that connate was started on */
void terminal_give_up(const struct pid1 *p);

/* privilege.c: the capabilities of connate */
void privilege_drop(const struct pid1 *p);
void privilege_for_end(const struct pid1 *p);

/* end.c: the end of what is left, and of connate */
void end_ask(struct pid1 *p, enum halt halt, int code);
void end_count_death(struct pid1 *p, bool steady);
void end_without_supervisord(struct pid1 *p);
void end_begin(struct pid1 *p, enum halt halt, int code, bool at_once);
void end_hurry(struct pid1 *p);
void end_go_on(struct pid1 *p, uint64_t now_ms);
_Noreturn void end_now(struct pid1 *p);

#endif
