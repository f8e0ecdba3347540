/* SPDX-License-Identifier: MIT */
/* The map of supervisord:
 *
 *     observe ──facts──▶ settle ──effects──▶ kernel
 *                          │
 *                       publish ──▶ ledger
 *
 * Everything that must outlive it is in the ledger or is a descriptor that
 * pid1 holds; what is in struct supervisor may be lost at any instant. It
 * never calls reboot(2) and it never waits, but in observe.
 */
#ifndef SUPERVISORD_BASE_SUPERVISOR_H
#define SUPERVISORD_BASE_SUPERVISOR_H

#include <stdbool.h>
#include <stdint.h>

#include "model/board.h"
#include "model/change.h"
#include "model/clock.h"
#include "model/descriptor.h"
#include "model/due.h"
#include "model/halt.h"
#include "model/ledger.h"
#include "model/link.h"
#include "model/phase.h"
#include "model/pids.h"
#include "model/rebuild.h"
#include "model/request.h"
#include "model/settle.h"
#include "model/target.h"
#include "model/world.h"
#include "supervisord/base/image.h"
#include "sys/call.h"

/* All time-outs and limits of supervisord; those of services are theirs. */
enum {
	LAUNCH_AGAIN_MS = 100,      /* after clone found no memory, no pid */
	SLOT_WAIT_US = 1000,        /* for a place in a full child pool */
	NEWS_AGAIN_MS = 100,        /* after the link took no more */
	EXEC_LOOK_MS = 1,           /* first look whether exec is done … */
	EXEC_LOOK_MAX_MS = 256,     /* … doubled up to this */
	DAEMON_SETTLED_MS = 5000,   /* after its last fork: it has become one */
	REAP_MAX = 256,             /* before the others have their turn */
	CHILDREN_FEW = 128,         /* with more, all are looked at later … */
	REAP_SOON_MS = 10,          /* … by so much */
	REQUESTS_MAX = 64,          /* likewise */
	SUCCEED_AGAIN_MS = 1000,    /* after it could not become connate */
	CHECK_MS = 2,               /* after the start: who is alive? … */
	CHECK_FIRST_MS = 100,       /* … and after the first one */
	CHECK_MANY = 256,           /* before the others have their turn */
	ORPHAN_FIND_MS = 2,         /* likewise */
	ORPHAN_LOOK_MS = 500,       /* without pidfds (Linux 5.3) */
	SETTLE_MAX = 4096,          /* changes, likewise */
	AWAIT_MS = 5000,            /* before it is said who is awaited … */
	AWAIT_PAUSE_MS = 1000,      /* … at most so often … */
	AWAIT_NAMES = 4,            /* … and who, at a time */
	SAME_END_MS = 1000,         /* requests for the end: one, by several */
	LINK_WAIT_MS = 1000,        /* for room on the link, at boot */
	REQUEST_ROOM = 65536,       /* bytes that a pipe can hold */
};

struct supervisor {
	struct ledger *ledger;
	struct record *records;
	struct board_entry *board;        /* by table_service.board_entry */
	struct world world;
	const char **vectors;       /* two of vector_words for each child */
	uint32_t vector_words;
	struct queue waiting;       /* for a place in the child pool */
	uint64_t now_ms;            /* of this pass */
	int pid1;                   /* its pid */
	char **argv;                /* of ours */
	char **command;             /* of connate's command line; or NULL */
	const char *folder;         /* where that starts; NULL: where we are */
	char **envp;                /* ours: what services inherit */
	const char *lock;           /* what they are told of the lock file:
	                               TABLE_LOCK_IS and its path; or NULL */
	struct rlimit64 files;      /* RLIMIT_NOFILE as services get it */
	bool files_raised;
	bool link_lost;             /* pid1 is gone */
	bool drained, locked, kept; /* pid1 said so */
	bool adopted, halted, reached, stood; /* pid1 was told so … */
	enum adopt adopts;          /* … with this */
	int ready_fd;               /* epoll of ready.c; -1: none */
	int orphans_fd;             /* of orphans.c, likewise */
	uint64_t news_at_ms;        /* … or is told again; NEVER_MS */
	uint64_t reap_at_ms;        /* when to look at all children */
	uint64_t orphans_at_ms;     /* when to look at orphans; NEVER_MS */
	uint64_t await_at_ms;       /* when to look who is awaited */
	uint64_t check_at_ms;       /* … and who is alive; NEVER_MS */
};

extern struct supervisor supervisor;

/* boot.c: descriptors and ledger, made or found */
int boot(void);                             /* 0 or -errno, said */
void close_on_exec(void);                   /* all that we hold */
void *memory_map(uint64_t size);            /* zeros; or NULL, said */
struct ledger *ledger_map(int fd, uint64_t size); /* or NULL, said */
void ledger_hold(void);                     /* in memory, from now on */
int ledger_make(int fd, uint64_t size);     /* 0 or -errno, said */
int board_open(uint32_t first, uint32_t end);   /* likewise */
int vectors_open(uint32_t slots);           /* likewise */

/* upgrade.c: another image takes over, in the same process */
int upgrade_try(const char *path, uint64_t id); /* -errno, if it returns */
int upgrade_connate(const char *path, uint64_t id); /* 0: pid1 was asked */
void upgrade_pass_on(void);                 /* over an exec of ours */
int upgrade_merge(const struct table *image, uint64_t size); /* … of the
                                               mapping; 0 or -errno, said */
void upgrade_set_targets(void);                    /* new targets, not yet in force */
void upgrade_commit(void);                  /* now they are */
void upgrade_promote(void);                 /* before succession: see there */
void upgrade_tidy(void);                    /* what nobody needs any more */
void upgrade_hold(void);                    /* the former image and ledger … */
void upgrade_forget(void);                  /* … no more */
void upgrade_kept(int32_t pid, uint32_t images);    /* pid1 says KEPT */
void upgrade_hang_up(void);                 /* SIGHUP came */

/* stood.c: has our image stood its probation? */
void stood_note(const struct change *change);   /* a service came up, or ended */
bool stood(void);                           /* it has, and pid1 is to be told */
uint64_t stood_due_ms(void);                /* when to look; NEVER_MS */

/* resume.c: what another supervisord left, checked and taken up */
void resume(void);
void resume_check(void);                    /* a moment later */

/* say.c: what a person should hear of without asking */
void say_change(const struct change *change);
void say_end(uint32_t service, union ending ending);
void say_step(uint32_t service, uint32_t failure); /* by a helper */
void say_helper(uint32_t service, bool reload, uint32_t failure,
                union ending ending);

/* await.c: who is awaited for long, in a start or a stop, is said */
void await_note(enum state state);          /* a service has come to it */
void await_look(void);
uint64_t await_look_ms(void);               /* when to look; NEVER_MS */

/* observe.c: waits; then deaths, messages, requests, deadlines */
void observe(void);
void observe_clock(void);                   /* sets now_ms */
void observe_link(void);
void observe_until(const bool *said);

/* children.c: peek, record, release */
void children_hint(int32_t pid);            /* this one may have ended */
void children_reap(void);                   /* whoever has, when it is due */
void child_ended(int32_t pid, bool own, union ending ending);

/* post.c: the link to pid1 */
int post_send(struct link m, int fd);       /* fd: attached; -1: none */
int post_keep(struct link m, int fd);       /* waits for room, at boot */
void post_news(void);                       /* ADOPTED, HALT when due */

/* lock.c: the lock file */
void lock_find(void);                       /* which one it is */
void lock_take(void);                       /* our part of it */
int lock_take_all(void);                    /* 0 or -errno */

/* succession.c: we become connate, if that is gone */
void succeed_connate(void);

/* orphans.c: services that are nobody's children that we could ask */
void orphan_open(void);                     /* what the one before us had */
bool orphan_is_watched(uint32_t service);   /* we shall hear of its end */
void orphan_read(void);
void orphan_look(void);                     /* those without a pidfd */
void orphan_know(void);                     /* which they are, from now on */
void orphan_adopted(uint32_t service);      /* it has another process now */

/* command.c: the command on the command line of connate */
bool command_runs(uint32_t service);
void command_refuse(void);      /* no service takes it: the end */
enum target command_target(uint32_t service); /* when it is first seen */
const char *command_path(const char *name);

/* owner.c: whose the processes of a service are: its .user, or as we are */
uint32_t owner_of(uint32_t service);        /* a user id */
bool owner_is(uint32_t service, int folder); /* or root is: see there */
bool owner_is_ours(int folder);             /* as we are, or root */
bool owner_is_known(int folder);            /* that of any service, likewise */

/* left.c: what an earlier session has left is taken up */
void left_find(void);

/* By what a process says of itself, which others may say as well: which service
 * is it, or TABLE_NONE? ours: it is known to descend from connate; else its
 * owner has to be right. */
uint32_t left_service(int folder, int32_t pid, bool ours);

/* It has this number, which was that of a process of the service: does it say
 * so? Is it a guard, or a child on its way to exec, of this session? */
bool left_is(uint32_t service, int32_t pid);
bool left_has_our_board(int folder);

/* lost.c: what runs although the ledger does not say so, while connate lives */
bool lost_find(void);                       /* it has looked for some */

/* others.c: is it a service of another session, by what that knows or, where its
 * ledger cannot be read, as it descends from that? Which of ours
 * is it, by the ledger of a session with our lock that it still has open? */
bool others_have(int32_t pid);
uint32_t others_entered(int folder, int32_t pid);

/* requests.c: what conctl asks */
void requests_read(void);
void targets_set(const struct request_range *ranges, uint32_t count,
              enum target target);

/* effect.c: what entering a state means to the kernel */
void effect_do(const struct change *change);
int effect_signal(uint32_t service, int signal); /* its program; or -errno */

/* helper.c: the commands of .stop and .reload, beside the service's process */
void helper_ask(uint32_t service);          /* .stop, if phase_asks() */
int helper_reload(uint32_t service);        /* 0 or -errno */
void helper_ended(uint32_t service, int32_t pid, union ending ending);
void helper_kill(uint32_t service);

/* spawn.c: a child on its way to exec, and the pool that it starts in. A
 * service's process, or with ROLE_HELPER a command beside it. */
enum spawned {
	SPAWNED,
	SPAWN_WAITS,                /* for a place: it is tried again then */
	SPAWN_REFUSED,              /* the kernel had no room */
};
enum spawned spawn(uint32_t service, enum role role,
                   const struct table_action *action);
int spawn_guarded(uint32_t service);        /* by its guard: 0 or -errno … */
bool spawn_arrived(void);                   /* … and has it done exec? */
uint32_t spawn_failure(uint32_t service);   /* of its helper, if known */
void spawn_look(void);                      /* who has done exec? */
uint64_t spawn_look_ms(void);               /* when to look; NEVER_MS */
void spawn_await_slot(void);
const char *spawn_inherited(const char *name);  /* NAME=value, or NULL */
#define SPAWN_OWN "NOTIFY_SOCKET"           /* of connate: no service's */

/* child.c: the steps of the child, in the child */
struct child {
	uint32_t word;              /* 0: free. The kernel clears it */
	uint32_t service;
	const struct table_action *action; /* NULL: a guard */
	enum role role;
	uint32_t failure;           /* of a helper: as in record */
	bool apart;                 /* it has memory of its own */
	int refused;                /* -errno: no pid namespace was had */
	int32_t forked;             /* its pid, if it has memory of its own */
	const char *path, **argv, **envp;
	const char *folder;         /* without .chdir; NULL: / */
};
void child_run(void *child);
int child_call(uint32_t function);    /* -errno, if it returns */

/* attributes.c: its steps that are about a profile; 0 or -errno */
typedef int child_step(const struct child *c);
#define STEP(name, label, function) child_step function;
#define STEP_APART(name, label)
#include "model/step.def"
#undef STEP_APART
#undef STEP

/* command.c: where the command starts, over an exec of ours */
void command_enter(void);
void command_leave(void);

/* privilege.c: the capabilities that are effective. */
void privilege_begin(uint64_t kept); /* at rest: these, of what was given */
void privilege_raise(void);          /* all that was given, until … */
void privilege_lower(void);          /* … as often as it was raised */
int privilege_of_child(void);        /* for good, in a child: 0 or -errno */

/* forked.c: has that child done exec, or ended? */
bool forked_arrived(int32_t pid);

/* oom.c: the last to be killed when memory runs out, but not our children */
void oom_look(bool busy);                   /* somebody shares our memory */
uint64_t oom_look_ms(void);                 /* when to look; NEVER_MS */
bool oom_yield(void);                       /* before clone, fork or exec */

/* guard.c: a process of its own, started as supervisord --guard N, which has
 * a place in struct supervisor for what the steps of a child need, no more */
int guard_main(int argc, char **argv, char **envp);

/* sweep.c: what is left of a service whose guard was killed. pid: of its
 * program, which has ended; 0: not known */
void sweep(uint32_t service, int32_t pid);

/* pipes.c: those of the loggers and of READY_FD */
void pipes_open_all(void);
void pipes_raise_limit(void);               /* of open files */

/* ready.c: the newline of READY_FD */
void ready_open(void);
void ready_tidy(void);                      /* what the one before us had */
void ready_read(void);
void ready_drain(uint32_t service);         /* before it starts */

/* halt.c: everything down, then pid1 is told */
void halt_ask(enum halt halt, int code, uint64_t asked); /* by whom: a number */
void halt_begin(enum halt halt, int code);  /* by ourselves */
void halt_go_on(void);                      /* as it was asked for before */
void halt_plan(enum halt halt, uint64_t after_ms); /* HALT_NONE: not any more */
void halt_as_planned(void);
uint64_t halt_planned_ms(void);             /* when; NEVER_MS */
int halt_code(uint32_t halt);
void halt_with_primary(void);
void halt_on_signal(int signal, enum init init, uint64_t asked);
void halt_pass_on(void);                    /* what is for the primary */

/* process.c's keys are kept of these processes of a service. */
enum whose { WHOSE_LIFE, WHOSE_MAIN, WHOSE_HELPER };

/* processes.c: those of a service, by more than their numbers */
struct process;

/* A signal to one of them, and to no other process that has its number by now;
 * group: to the group that it leads. WHOSE_MAIN is the program, with a guard or
 * without. 0, or -errno: -ESRCH if there is none. */
int processes_signal(uint32_t service, enum whose whose, int signal,
                     bool group);

/* Is this process, which is held, the one that the record means? */
bool processes_is(uint32_t service, enum whose whose, const struct process *p);

/* Its process is a guard, by all that was said until now. */
bool processes_guarded(uint32_t service);

/* Its guard has ended: is what stands on the board its program, which belongs to
 * the process that reaped the guard? */
bool processes_has_program(uint32_t service);

/* Those that are not our children: is each still there, and what is it to be
 * known by? */
void processes_check(uint32_t service);

/* publish.c: the only writer of the ledger */
void publish_change(const struct change *change);
void publish_ready(uint32_t service);
void publish_launch(uint32_t service);
void publish_found(uint32_t service, int32_t pid, uint64_t key);
void publish_found_guard(uint32_t service, int32_t pid, uint64_t key);
void publish_unsure(uint32_t service, bool unsure); /* enum lost */
void publish_no_helper(uint32_t service);
void publish_lost(uint32_t service);        /* nothing is believed of it */
void publish_launched(uint32_t service);    /* the kernel has stored a pid */
void publish_key(uint32_t service, enum whose whose, uint64_t key);
void publish_orphans(void);                 /* there are some */
void publish_adopted(uint32_t service);     /* life.pid is the program's */
void publish_helper_end(uint32_t service, bool reload, union ending ending);
void publish_end(uint32_t service, union ending ending);
void publish_answer(uint64_t id, int result, uint32_t service);
void publish_board(uint32_t service);       /* what stands there, as news */
void publish_blank(uint32_t service);       /* nothing stands there */
void publish_hung_up(bool hung_up);
void publish_exec(uint64_t id);             /* tried; 0: no more */
void publish_reexec(uint64_t id);           /* likewise, of connate */
void publish_moved(struct ledger *old);     /* whoever waits there, wakes */
void publish_tidy(void);
void publish_halt(uint32_t halt);
void publish_escalation(union escalation escalation);
void publish_planned(union planned planned);
void publish_signals(uint64_t signals);
void publish_seeded(void);
void publish_locked(void);
void publish_start(void);
void publish_mend(void);                    /* what another one has left */
void publish_repair(uint32_t service);
void publish_wake(void);

#endif
