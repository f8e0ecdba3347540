/* SPDX-License-Identifier: MIT */
/* Starting a process without copying and without waiting: a child in our
 * memory on a small stack of a fixed pool. The kernel stores its pid in the
 * record before it or we can run on (CLONE_PARENT_SETTID), and clears the
 * slot's word when it has done exec or died (CLONE_CHILD_CLEARTID; clone(2)).
 */
#include "supervisord/base/supervisor.h"

#include <linux/futex.h>

#include "model/text.h"

enum { STACK_BYTES = 2048 };

static _Alignas(16) unsigned char stacks[CHILD_SLOTS][STACK_BYTES];
static struct child children[CHILD_SLOTS];
static uint32_t in_use;  /* bit k: slot k was taken */
static uint64_t look_ms; /* how long until the next look */
static uint64_t look_at_ms;

_Static_assert(CHILD_SLOTS == 32, "a bit each in in_use");

static const char **fill(const char **vector, const uint32_t *list,
                         uint32_t count)
{
	const struct table *t = supervisor.world.table;

	for (uint32_t i = 0; i < count; i++)
		*vector++ = table_text(t, list[i]);
	*vector = NULL;
	return vector;
}

/* NAME=value as we have it, or NULL. */
const char *spawn_inherited(const char *name)
{
	size_t length = text_length(name);

	for (char **own = supervisor.envp; *own != NULL; own++)
		if (text_starts(*own, name) && own[0][length] == '=')
			return *own;
	return NULL;
}

static const char *inherited(const char *name)
{
	return text_equal(name, SPAWN_OWN) ? NULL : spawn_inherited(name);
}

static bool has_value(const char *entry)
{
	while (*entry != '=' && *entry != '\0')
		entry++;
	return *entry == '=';
}

static const char **add(const char **next, const char *entry)
{
	*next = entry;
	return next + (entry != NULL);
}

/* CONNATE_PID was put into ours by pid1. */
static const char **environment(const char **room, uint32_t service)
{
	const struct table *t = supervisor.world.table;
	const struct table_profile *p =
		world_profile(&supervisor.world, service);
	const char **next = room;

	next = add(next, table_name(t, service) - (sizeof(TABLE_NAME_IS) - 1));
	next = add(next, supervisor.lock);
	if (p->has_env)
		next = add(next, spawn_inherited("CONNATE_PID"));
	for (uint32_t i = 0; i < p->env.count; i++) {
		const char *entry =
			table_text(t, table_list(t, p->env.at)[i]);

		next = add(next, has_value(entry) ? entry : inherited(entry));
	}
	for (char **own = supervisor.envp; !p->has_env && *own != NULL; own++)
		if (!text_starts(*own, SPAWN_OWN "="))
			next = add(next, *own);
	*next = NULL;
	return room;
}

static void prepare(struct child *c, unsigned slot, uint32_t service,
                    const struct table_action *action)
{
	const struct table *t = supervisor.world.table;
	const char **room =
		supervisor.vectors + 2 * slot * supervisor.vector_words;

	c->service = service;
	c->action = action;
	c->failure = 0;
	c->refused = 0;
	c->forked = 0;
	c->apart = false;
	c->folder = NULL;
	c->argv = room;
	c->envp = environment(room + supervisor.vector_words, service);
	if (action != NULL && action->kind == ACTION_EXEC)
		fill(room, table_list(t, action->at), action->count);
	c->path = room[0];
	if (supervisor.command == NULL || !command_runs(service) ||
	    action != &table_service(t, service)->run)
		return;
	c->argv = (const char **)supervisor.command;
	c->path = command_path(c->argv[0]);
	c->folder = supervisor.folder;
}

/* A function of the configuration may use memory as it likes. The kernel sets
 * oom_score_adj for all who share memory. */
static bool needs_own_memory(const struct child *c)
{
	const struct table_profile *p =
		world_profile(&supervisor.world, c->service);

	return c->action != NULL && (c->action->kind == ACTION_CALL ||
	                             p->oom_score_adj != TABLE_UNSET);
}

static int launch_fork(struct child *c, int32_t *pid, unsigned long flags)
{
	int result;

	c->apart = true;
	result = sys_fork_into(flags, pid);
	if (result == 0)
		child_run(c);
	if (result < 0)
		return result;
	*pid = result; /* an emulator may not have yet */
	if (needs_own_memory(c) && c->action->kind == ACTION_EXEC &&
	    c->role == ROLE_LIFE) {
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

/* An unseen child has no slot: that it runs is all that we know of it. */
static void started(uint32_t service, enum role role, unsigned slot,
                    bool unseen)
{
	struct work *work = &supervisor.world.works[service];

	if (role == ROLE_HELPER) {
		work->own_helper = 1;
	} else {
		work->own = 1;
		work->execed = unseen;
		work->slot = unseen ? NO_SLOT : (uint16_t)slot;
	}
	if (unseen)
		return;
	in_use |= 1u << slot;
	look_ms = EXEC_LOOK_MS;
	look_at_ms = supervisor.now_ms + look_ms;
}

/* A number may come again while the exit of the process that had it is still
 * on the link; that exit must find the older record, so it is taken first. */
static void enter_pid(uint32_t service, enum role role, int32_t pid)
{
	struct world *w = &supervisor.world;
	enum role other;

	if (pid_find(w, pid, false, &other) != TABLE_NONE)
		observe_link();
	pid_add(w, service, role);
}

static void wait_for_slot(uint32_t service)
{
	struct work *work = &supervisor.world.works[service];

	if (work->waiting)
		return;
	work->waiting = 1;
	queue_push(&supervisor.waiting, service);
}

static bool slot_free(void)
{
	if (in_use == UINT32_MAX)
		spawn_look();
	return in_use != UINT32_MAX;
}

/* Some emulators know only clone with all of a thread's flags or none; there
 * we fork. */
static int launch(struct child *c, unsigned slot, int32_t *pid, bool *unseen,
                  unsigned long flags)
{
	int result = -EINVAL;

	*unseen = false;
	if (!needs_own_memory(c))
		result = launch_clone(c, slot, pid, flags);
	if (result == -EINVAL) {
		c->word = 0;
		result = launch_fork(c, pid, flags);
		*unseen = c->forked == 0;
	}
	return result;
}

/* The only namespace that has to be made with the process. If it is refused
 * for good, the child says so, as of any other step. */
static int start(struct child *c, unsigned slot, int32_t *pid, bool *unseen)
{
	unsigned long flags =
		world_profile(&supervisor.world, c->service)->namespaces &
		CLONE_NEWPID;
	int result;

	if (c->action == NULL)
		flags = 0; /* a guard: its program has one */
	if (flags == 0)
		return launch(c, slot, pid, unseen, 0);
	privilege_raise();
	result = launch(c, slot, pid, unseen, flags);
	privilege_lower();
	if (result >= 0 || result == -EAGAIN || result == -ENOMEM)
		return result;
	c->refused = result;
	return launch(c, slot, pid, unseen, 0);
}

/* Between us and its program stands a guard, which is started instead. */
static const struct table_action *what(uint32_t service,
                                       const struct table_action *action)
{
	const struct table_service *s =
		table_service(supervisor.world.table, service);

	return action == &s->run && table_guards(s) ? NULL : action;
}

/* The record says that it is to be launched before the kernel stores the pid
 * (publish.c). What connate has said until now is taken first: were it an exit
 * of a process whose number the new one gets, and we were killed before it is
 * read, then our successor could not tell them apart. After this a number would
 * have to come round between two system calls. */
enum spawned spawn(uint32_t service, enum role role,
                   const struct table_action *action)
{
	struct record *r = &supervisor.records[service];
	int32_t *pid = role == ROLE_HELPER ? &r->helper : &r->life.pid;
	unsigned slot;
	bool unseen;

	if (!slot_free()) {
		wait_for_slot(service);
		return SPAWN_WAITS;
	}
	slot = (unsigned)__builtin_ctz(~in_use);
	children[slot].role = role;
	prepare(&children[slot], slot, service, what(service, action));
	observe_link();
	if (role == ROLE_LIFE)
		publish_launch(service);
	if (!oom_yield() || start(&children[slot], slot, pid, &unseen) < 0)
		return SPAWN_REFUSED;
	started(service, role, slot, unseen);
	publish_launched(service);
	enter_pid(service, role, *pid);
	return SPAWNED;
}

/* In a guard there is one child, in the first slot. */
int spawn_guarded(uint32_t service)
{
	const struct table_service *s =
		table_service(supervisor.world.table, service);
	bool unseen;
	int result;

	prepare(&children[0], 0, service, &s->run);
	children[0].word = 0;
	result = start(&children[0], 0, &supervisor.board[s->board_entry].main,
	               &unseen);
	return result < 0 ? result : 0;
}

static bool arrived(const struct child *c)
{
	return c->forked > 0 ? forked_arrived(c->forked)
	                     : __atomic_load_n(&c->word, __ATOMIC_ACQUIRE) == 0;
}

bool spawn_arrived(void)
{
	return arrived(&children[0]);
}

/* Of a helper that has ended, once; unless its slot was taken again. */
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

static void release(unsigned slot)
{
	uint32_t service = children[slot].service;
	struct work *work = &supervisor.world.works[service];

	in_use &= ~(1u << slot);
	if (work->slot != slot)
		return; /* it has ended, which says more */
	work->slot = NO_SLOT;
	publish_board(service);
	work->execed = supervisor.records[service].failure == 0;
	world_touch(&supervisor.world, service);
}

static void admit_waiting(void)
{
	uint32_t service;

	for (uint32_t room = ~in_use; room != 0; room &= room - 1) {
		if (!queue_pop(&supervisor.waiting, &service))
			return;
		supervisor.world.works[service].waiting = 0;
		world_touch(&supervisor.world, service);
	}
}

void spawn_look(void)
{
	oom_look(in_use != 0);
	for (uint32_t rest = in_use; rest != 0; rest &= rest - 1) {
		unsigned slot = (unsigned)__builtin_ctz(rest);

		if (arrived(&children[slot]))
			release(slot);
	}
	if (supervisor.now_ms >= look_at_ms) {
		look_ms = look_ms * 2 < EXEC_LOOK_MAX_MS ? look_ms * 2
		                                         : EXEC_LOOK_MAX_MS;
		look_at_ms = supervisor.now_ms + look_ms;
	}
	admit_waiting();
}

/* Nothing tells us that exec is done, so we look, ever more rarely. */
uint64_t spawn_look_ms(void)
{
	return in_use == 0 ? oom_look_ms() : look_at_ms;
}

/* All are on their way and more wait: until one arrives, for a moment. */
void spawn_await_slot(void)
{
	struct __kernel_timespec moment = { .tv_nsec = SLOT_WAIT_US * 1000 };

	if (in_use == UINT32_MAX && supervisor.waiting.count > 0)
		(void)sys_futex(&children[0].word, FUTEX_WAIT, 1, &moment);
}
