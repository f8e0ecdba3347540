/* SPDX-License-Identifier: MIT */
/* Starting a process without copying memory and without waiting: a child in the
 * memory of supervisord, on a small stack in a slot of a fixed pool. The kernel
 * stores its pid in the record before the child or supervisord runs on
 * (CLONE_PARENT_SETTID), and clears the word of the slot when the child has
 * done exec or has died (CLONE_CHILD_CLEARTID; clone(2)).
 *
 * A log file may hang at open(2): a FIFO without a reader, a file of a network
 * disk that is dead. When all slots have been taken for SLOT_STUCK_MS, the next
 * processes are started without one, with memory of their own, which takes
 * longer; a process that hangs holds up its own service only. */
#include "supervisord/process/spawn.h"

#include <linux/futex.h>

#include "model/clock.h"
#include "model/due.h"
#include "model/facts.h"
#include "model/pids.h"
#include "model/text.h"
#include "supervisord/base/command.h"
#include "supervisord/base/environment.h"
#include "supervisord/base/image.h"
#include "supervisord/base/privilege.h"
#include "supervisord/base/publish.h"
#include "supervisord/base/say.h"
#include "supervisord/base/supervisor.h"
#include "supervisord/io/descriptors.h"
#include "supervisord/io/link.h"
#include "supervisord/io/sockets.h"
#include "supervisord/process/child.h"
#include "supervisord/process/exec.h"
#include "supervisord/process/oom.h"

enum {
	STACK_BYTES = 2048,
	ENV_SPEAKS = 7,             /* variables of a service that speaks, or
	                               of a command beside or behind it, which
	                               vector_max of the table does not count:
	                               an older version may have made that */
};

static _Alignas(16) unsigned char stacks[CHILD_SLOTS][STACK_BYTES];
static struct child children[CHILD_SLOTS + 1]; /* the last: without a slot */
static struct speaker names[CHILD_SLOTS + 1];
static uint32_t in_use;     /* bit k: slot k was taken */
static uint64_t taken_at_ms; /* when a slot was taken last */
static bool outside;        /* a process may be on its way without a slot */
static struct exec_look look;
static const char **vectors; /* two of vector_words for each slot */
static uint32_t vector_words;
static struct queue waiting; /* services that wait for a slot */

_Static_assert(CHILD_SLOTS == 32, "a bit each in in_use");

static void fill_vector(const char **vector, const uint32_t *list,
                        uint32_t count)
{
	const struct table *t = supervisor.world.table;

	for (uint32_t i = 0; i < count; i++)
		*vector++ = table_text(t, list[i]);
	*vector = NULL;
}

/* Of an environment that is supervisord's, with what is added for a service. */
static uint32_t words_of(char **envp)
{
	uint32_t count = 0;

	while (envp[count] != NULL)
		count++;
	return count + ENV_OURS + 1;
}

/* How many bytes the vectors (argv and envp) of so many slots take. To be asked
 * before spawn_place(), with supervisor.envp and the table in force. */
uint64_t spawn_vector_bytes(uint32_t slots)
{
	uint32_t words = words_of(supervisor.envp);

	if (words < supervisor.world.table->vector_max)
		words = supervisor.world.table->vector_max;
	words += ENV_SPEAKS;
	vector_words = words;
	return 2ull * slots * words * sizeof(*vectors);
}

/* Where the vectors are, and the queue of services that wait for a slot: room
 * for `services`, or none in a guard (NULL and 0). */
void spawn_place(void *vectors_memory, uint32_t *queue, uint32_t services)
{
	vectors = vectors_memory;
	waiting.item = queue;
	waiting.max = services;
}

static const char *inherited(const char *name)
{
	const char *entry = environment_entry(name);

	return entry != NULL && environment_is_own(entry) ? NULL : entry;
}

static bool has_value(const char *entry)
{
	while (*entry != '=' && *entry != '\0')
		entry++;
	return *entry == '=';
}

static const char **add_entry(const char **next, const char *entry)
{
	*next = entry;
	return next + (entry != NULL);
}

static const char **add_named(const char **next, char to[WATCHDOG_BYTES],
                              const char *name, const char *text)
{
	child_name(to, name, text);
	return add_entry(next, to);
}

/* A stop that was asked for is a success, whatever ended the process in its
 * time. */
static bool is_success(uint32_t service, union ending e)
{
	return (e.state == STATE_STOPPING &&
	        !record_of(service)->phase.fault) ||
	       service_ended_well(&supervisor.world, service, e);
}

/* How the last process has ended, as systemd.exec(5) has it: EXIT_STATUS is an
 * exit code or the name of a signal. What is not known is left out. */
static const char **add_ending(const char **next, const struct child *c)
{
	struct speaker *to = c->notify;
	union ending e = record_of(c->service)->ending;
	unsigned code = e.code & 3, result = code;
	struct digits d;

	if (code == 0)
		return next;
	if (is_success(c->service, e))
		result = 0;
	else if (e.state == STATE_FORCE_DOWN)
		result = ENDING_DUMPED + 1;
	next = add_named(next, to->listen_id, "SERVICE_RESULT=",
	                 text_nth("success\0exit-code\0signal\0core-dump\0"
	                          "timeout", result));
	next = add_named(next, to->listen_pid, "EXIT_CODE=",
	                 text_nth("\0exited\0killed\0dumped", code));
	return add_named(next, to->listen_fds, "EXIT_STATUS=",
	                 code == ENDING_EXITED ? text_number(&d, e.status)
	                                       : text_signal(&d, e.status));
}

/* The pid of the program, if it lives. */
static const char **add_main(const char **next, const struct child *c)
{
	int32_t pid = record_pid(configured(c->service), record_of(c->service));
	struct digits d;

	return pid > 0 ? add_named(next, c->notify->listen_fds, "MAINPID=",
	                           text_number(&d, pid))
	               : next;
}

/* CONNATE_PID was put into that of supervisord by connate. */
static const char **fill_environment(const char **room, uint32_t service,
                                     const struct child *c)
{
	const struct table *t = supervisor.world.table;
	const struct table_service *s = configured(service);
	const struct speaker *notify = c->notify;
	bool speaks = s->ready == READY_KIND_SD_NOTIFY && c->action != NULL;
	const struct table_profile *p =
		world_profile(&supervisor.world, service);
	const char **next = room;

	next = add_entry(next, table_name(t, table_first(t, service)) -
	                               (sizeof(TABLE_NAME_IS) - 1));
	next = add_entry(next, supervisor.lock);
	if (speaks)
		next = add_entry(next, notify->socket);
	if (speaks && s->watchdog_ms != 0) {
		next = add_entry(next, notify->watchdog);
		next = add_entry(next, notify->pid);
	}
	if (c->reads)
		next = add_entry(next, notify->listen_pid);
	if (c->role == ROLE_HELPER && c->action != &s->check)
		next = add_main(next, c);
	if (c->action == &s->cleanup)
		next = add_ending(next, c);
	if (p->has_env)
		next = add_entry(next, environment_entry("CONNATE_PID"));
	for (uint32_t i = 0; i < p->env.count; i++) {
		const char *entry =
			table_text(t, table_list(t, p->env.at)[i]);

		next = add_entry(next, has_value(entry) ? entry
		                                        : inherited(entry));
	}
	for (char **own = supervisor.envp; !p->has_env && *own != NULL; own++)
		if (!environment_is_own(*own))
			next = add_entry(next, *own);
	if (c->listens) {
		next = add_entry(next,
		                 s->store.count > 0
		                         ? notify->listen_names
		                         : table_text(t, s->listen_names));
		next = add_entry(next, notify->listen_fds);
		next = add_entry(next, notify->listen_pid);
		next = add_entry(next, notify->listen_id);
	}
	*next = NULL;
	return room;
}

/* Has it a socket, or something stored? */
static bool something_passed(uint32_t service)
{
	const struct table_service *s = configured(service);
	bool some = table_sockets(s) > 0;
	const uint32_t *number;

	for (uint32_t n = 0; !some && (number = table_number(table_in_force(), s,
	                                                     n)) != NULL; n++)
		some = descriptor_is_open(log_read_fd(*number));
	return some;
}

static void prepare(struct child *c, unsigned slot, uint32_t service,
                    const struct table_action *action)
{
	const struct table *t = supervisor.world.table;
	const char **room = vectors + 2 * slot * vector_words;

	c->notify = &names[slot];
	c->reads = action == &configured(service)->run &&
	           configured(service)->reads_each;
	/* What such a logger has stored comes with its pipes (child.c). */
	c->listens = action == &configured(service)->run && !c->reads &&
	             something_passed(service);
	c->unbound = 0;
	c->service = service;
	c->action = action;
	c->failure = 0;
	c->refused = 0;
	c->forked = 0;
	c->apart = false;
	c->folder = NULL;
	c->argv = room;
	c->envp = fill_environment(room + vector_words, service, c);
	if (action != NULL && action->kind == ACTION_EXEC)
		fill_vector(room, table_list(t, action->at), action->count);
	c->path = room[0];
	if (supervisor.command == NULL || !command_runs(service) ||
	    action != &table_service(t, service)->run)
		return;
	c->argv = (const char **)supervisor.command;
	c->path = command_path(c->argv[0]);
	c->folder = supervisor.folder;
}

/* Does prepare/ take its late steps, in memory of its own? */
static bool is_prepared(uint32_t service)
{
	return configured(service)->words.count != 0;
}

/* A function of the configuration may use memory as it likes. The kernel sets
 * oom_score_adj for all processes that share memory. */
static bool needs_own_memory(const struct child *c)
{
	const struct table_profile *p =
		world_profile(&supervisor.world, c->service);

	return c->action != NULL && !is_prepared(c->service) &&
	       (c->action->kind == ACTION_CALL ||
	        p->oom_score_adj != TABLE_UNSET);
}

/* Can it be seen when a forked child has done exec? A helper has no state that
 * depends on it. */
static bool is_seen(const struct child *c, unsigned slot)
{
	bool calls = c->action != NULL && c->action->kind != ACTION_EXEC &&
	             !is_prepared(c->service);

	return (slot == CHILD_SLOTS || needs_own_memory(c)) && !calls &&
	       c->role == ROLE_LIFE;
}

static int launch_fork(struct child *c, unsigned slot, int32_t *pid,
                       unsigned long flags)
{
	int result;

	c->apart = true;
	result = sys_fork_into(flags, pid);
	if (result == 0)
		child_run(c);
	if (result < 0)
		return result;
	*pid = result; /* an emulator may not have stored it yet */
	if (is_seen(c, slot)) {
		c->forked = result;
		c->word = 1;
	}
	return result;
}

static int launch_clone(struct child *c, unsigned slot, int32_t *pid,
                        unsigned long flags)
{
	c->word = 1;
	return sys_clone(CLONE_VM | CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID |
	                         SIGCHLD | flags,
	                 stacks[slot] + STACK_BYTES, pid, (int *)&c->word,
	                 child_run, c);
}

static void take_slot(unsigned slot)
{
	in_use |= 1u << slot;
	taken_at_ms = supervisor.now_ms;
}

/* A forked child uses no slot, unless its flags are to be read (exec.c): it is
 * taken to have done exec (unseen). */
static void note_started(uint32_t service, enum role role, unsigned slot,
                         bool unseen)
{
	struct work *work = work_of(service);

	if (role == ROLE_HELPER) {
		work->own_helper = 1;
	} else {
		work->own = 1;
		work->execed = unseen;
		work->slot = unseen ? NO_SLOT : (uint8_t)slot;
	}
	if (unseen)
		return;
	if (slot == CHILD_SLOTS)
		outside = true;
	else
		take_slot(slot);
	exec_look_begin(&look, supervisor.now_ms);
}

/* A pid may be used again while the exit of the process that had it is still on
 * the link; that exit must find the older record, so it is read first. */
static void enter_pid(uint32_t service, enum role role, int32_t pid)
{
	struct world *w = &supervisor.world;
	enum role other;

	if (pid_find(w, pid, false, &other) != TABLE_NONE)
		link_receive();
	pid_add(w, service, role);
}

static void wait_for_slot(uint32_t service)
{
	struct work *work = work_of(service);

	if (work->waiting)
		return;
	work->waiting = 1;
	queue_push(&waiting, service);
}

/* All slots are taken, by children that hang. */
static bool is_stuck(void)
{
	return in_use == UINT32_MAX &&
	       supervisor.now_ms >= taken_at_ms + SLOT_STUCK_MS;
}

/* Is there a slot, or may a process be started without one? In *slot. */
static bool find_slot(unsigned *slot)
{
	if (in_use == UINT32_MAX)
		spawn_look();
	*slot = in_use == UINT32_MAX ? CHILD_SLOTS
	                             : (unsigned)__builtin_ctz(~in_use);
	return *slot < CHILD_SLOTS || is_stuck();
}

/* Some emulators know only clone with all of a thread's flags or none: then the
 * child is forked. */
static int clone_or_fork(struct child *c, unsigned slot, int32_t *pid,
                         bool *unseen, unsigned long flags)
{
	int result = -EINVAL;

	*unseen = false;
	if (slot < CHILD_SLOTS && !needs_own_memory(c))
		result = launch_clone(c, slot, pid, flags);
	if (result == -EINVAL) {
		c->word = 0;
		result = launch_fork(c, slot, pid, flags);
		*unseen = c->forked == 0;
	}
	return result;
}

/* A pid namespace is the only one that has to be made with the process. If it
 * is refused for good, the child reports that, as of any other step. */
static int start_child(struct child *c, unsigned slot, int32_t *pid,
                       bool *unseen)
{
	unsigned long flags =
		world_profile(&supervisor.world, c->service)->namespaces &
		CLONE_NEWPID;
	int result;

	if (c->action == NULL || c->action == &configured(c->service)->check)
		flags = 0; /* a guard: its program has one. What checks a service
		              tells its pid */
	if (flags == 0)
		return clone_or_fork(c, slot, pid, unseen, 0);
	privilege_raise();
	result = clone_or_fork(c, slot, pid, unseen, flags);
	privilege_lower();
	if (result >= 0 || result == -EAGAIN || result == -ENOMEM)
		return result;
	c->refused = result;
	return clone_or_fork(c, slot, pid, unseen, 0);
}

/* NULL: a guard is started in place of the program, and starts that. Not if the
 * program would find a socket of .listen missing: then its own process fails at
 * that step, with the reason. */
static const struct table_action *guard_or(uint32_t service,
                                           const struct table_action *action,
                                           int unbound)
{
	const struct table_service *s = configured(service);

	return action == &s->run && table_guards(s) && unbound >= 0 ? NULL
	                                                            : action;
}

/* Starts a process of a service: its own (ROLE_LIFE), or a command beside it
 * (ROLE_HELPER). Does not wait for its exec; spawn_look() does. SPAWN_WAITS:
 * all slots are taken, and the service becomes dirty when one is free, or when
 * all have been taken for SLOT_STUCK_MS.
 * SPAWN_REFUSED: the kernel had no memory or no pid, which is said, or
 * oom_yield() failed.
 *
 * The record says that it is to be launched before the kernel stores the pid
 * (publish.c). The messages of connate are read first: if one was about the
 * exit of a process whose pid the new process gets, and supervisord was killed
 * before it read that, its successor could not tell the two apart. After this a
 * pid would have to be used again between two system calls. */
enum spawned spawn(uint32_t service, enum role role,
                   const struct table_action *action)
{
	struct record *r = record_of(service);
	int32_t *pid = role == ROLE_HELPER ? &r->helper : &r->life.pid;
	unsigned slot;
	bool unseen;
	int error, unbound = 0;

	if (!find_slot(&slot)) {
		wait_for_slot(service);
		return SPAWN_WAITS;
	}
	if (action == &configured(service)->run)
		unbound = sockets_open(service);
	children[slot].role = role;
	prepare(&children[slot], slot, service,
	        guard_or(service, action, unbound));
	children[slot].unbound = unbound;
	link_receive();
	if (role == ROLE_LIFE)
		publish_launch(service);
	if (!oom_yield())
		return SPAWN_REFUSED;
	error = start_child(&children[slot], slot, pid, &unseen);
	if (error < 0) {
		say_no_room(service, error);
		return SPAWN_REFUSED;
	}
	note_started(service, role, slot, unseen);
	publish_launched(service);
	enter_pid(service, role, *pid);
	return SPAWNED;
}

/* In a guard: starts its program, in the first slot; the kernel stores its pid
 * on the board, too. The pid, or -errno as clone(2) has it. */
int spawn_guarded(uint32_t service)
{
	const struct table_service *s = configured(service);
	bool unseen;

	prepare(&children[0], 0, service, &s->run);
	children[0].word = 0;
	return start_child(&children[0], 0, &board_entry_of(service)->main,
	                   &unseen);
}

/* Does prepare/ still work for it? It has the lock on the board, as long as its
 * program does not run and it lives. */
static bool is_preparing(uint32_t service)
{
	struct flock lock = board_lock(configured(service));

	return is_prepared(service) &&
	       sys_fcntl_lock(FD_BOARD, F_GETLK, &lock) == 0 &&
	       lock.l_type != F_UNLCK;
}

static bool has_arrived(const struct child *c)
{
	bool done = c->forked > 0
	                    ? exec_is_done(c->forked)
	                    : __atomic_load_n(&c->word, __ATOMIC_ACQUIRE) == 0;

	return done && !is_preparing(c->service);
}

/* In a guard: has its program done exec, or ended? */
bool spawn_arrived(void)
{
	return has_arrived(&children[0]);
}

/* The step at which a helper that has ended has failed, as in record.failure; 0
 * if none did, if it was asked before, or if its slot was taken again. */
uint32_t spawn_failure(uint32_t service)
{
	for (unsigned slot = 0; slot < CHILD_SLOTS; slot++) {
		struct child *c = &children[slot];

		if (c->role != ROLE_HELPER || c->service != service)
			continue;
		c->role = ROLE_LIFE;
		return c->failure;
	}
	return 0;
}

/* The clock of a state begins when the program does, if exec took long. */
static void restart_clock(uint32_t service)
{
	struct world *w = &supervisor.world;
	uint64_t now_ms = supervisor.now_ms;
	union phase phase = record_of(service)->phase;

	if (!effect_launches(state_effect(phase.state)) ||
	    now_ms - phase_since_ms(phase, now_ms) < STALL_MS)
		return;
	publish_since(service, now_ms);
	due_set(w, service, clock_of(w, service, now_ms));
}

static void note_exec(uint32_t service)
{
	struct work *work = work_of(service);

	work->slot = NO_SLOT;
	publish_board(service);
	work->execed = record_of(service)->failure == 0;
	restart_clock(service);
	world_touch(&supervisor.world, service);
}

static void release_slot(unsigned slot)
{
	uint32_t service = children[slot].service;

	in_use &= ~(1u << slot);
	if (work_of(service)->slot == slot)
		note_exec(service); /* else its end is stored already */
}

static bool has_arrived_outside(uint32_t service)
{
	return exec_is_done(record_of(service)->life.pid) &&
	       !is_preparing(service);
}

/* Linear in the number of services; but there are processes without a slot only
 * while the children in the slots hang, or did so for a predecessor. */
static void look_outside(void)
{
	bool some = false;

	for (uint32_t i = 0; i < supervisor.ledger->services && outside; i++) {
		if (work_of(i)->slot != CHILD_SLOTS)
			continue;
		if (has_arrived_outside(i))
			note_exec(i);
		else
			some = true;
	}
	outside = some;
}

/* To be called once for each service by a supervisord that has begun: a process
 * that a predecessor has started may still be on its way to exec. It has no slot
 * here, so it is looked at as one without. */
void spawn_resume(uint32_t service)
{
	const struct record *r = record_of(service);

	if (r->phase.state != STATE_STARTING || r->life.pid <= 1 ||
	    has_arrived_outside(service))
		return;
	work_of(service)->execed = 0;
	work_of(service)->slot = CHILD_SLOTS;
	outside = true;
	exec_look_begin(&look, supervisor.now_ms);
}

static bool admit_next(void)
{
	uint32_t service;

	if (!queue_pop(&waiting, &service))
		return false;
	work_of(service)->waiting = 0;
	world_touch(&supervisor.world, service);
	return true;
}

static void admit_waiting(void)
{
	uint32_t room = is_stuck() ? UINT32_MAX : ~in_use;

	while (room != 0 && admit_next())
		room &= room - 1;
}

/* Looks which children have done exec: their slots become free, their services
 * dirty. Services that wait for a slot become dirty while there are free
 * ones. */
void spawn_look(void)
{
	oom_look(in_use != 0);
	for (uint32_t rest = in_use; rest != 0; rest &= rest - 1) {
		unsigned slot = (unsigned)__builtin_ctz(rest);

		if (has_arrived(&children[slot]))
			release_slot(slot);
	}
	if (supervisor.now_ms >= look.at_ms) {
		look_outside();
		exec_look_again(&look, supervisor.now_ms);
	}
	admit_waiting();
}

/* When spawn_look() is due, or NEVER_MS. */
uint64_t spawn_look_ms(void)
{
	if (in_use == 0 && !outside)
		return oom_look_ms();
	return in_use == UINT32_MAX && waiting.count > 0
	               ? earlier(look.at_ms, taken_at_ms + SLOT_STUCK_MS)
	               : look.at_ms;
}

/* While all slots are taken and services wait: waits until a child has done
 * exec, at most SLOT_WAIT_US. */
void spawn_await_slot(void)
{
	struct __kernel_timespec moment = { .tv_nsec = SLOT_WAIT_US * 1000 };

	if (in_use == UINT32_MAX && waiting.count > 0 && !is_stuck())
		(void)sys_futex(&children[0].word, FUTEX_WAIT, 1, &moment);
}
