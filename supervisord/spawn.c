/* SPDX-License-Identifier: MIT */
/* Starting a process without copying and without waiting: a child in our
 * memory on a small stack of a fixed pool. The kernel stores its pid in the
 * record before it or we can run on (CLONE_PARENT_SETTID), and clears the
 * slot's word when it has done exec or died (CLONE_CHILD_CLEARTID; clone(2)).
 */
#include "supervisord/supervisord.h"

#include <linux/futex.h>

enum { STACK_BYTES = 2048 };

static _Alignas(16) unsigned char stacks[CHILD_SLOTS][STACK_BYTES];
static struct child children[CHILD_SLOTS];
static uint32_t in_use;             /* bit k: slot k was taken */
static uint64_t look_ms;            /* how long until the next look */
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

/* Ours begins with CONNATE_PID, which pid1 has put there. */
static const char **environment(const char **room,
                                const struct table_profile *p)
{
	const struct table *t = supervisor.world.table;
	char **own = supervisor.envp;

	if (!p->has_env)
		return (const char **)own;
	room[0] = own[0];
	for (; *own != NULL; own++)
		if (own[0][0] == 'C' && own[0][8] == 'P')
			room[0] = *own;
	fill(room + 1, table_list(t, p->env.at), p->env.count);
	return room;
}

static void prepare(struct child *c, unsigned slot, uint32_t service,
                    const struct table_action *action)
{
	const struct table *t = supervisor.world.table;
	const char **room = image_memory.vectors +
	                    2 * slot * image_memory.vector_max;

	c->service = service;
	c->action = action;
	c->argv = room;
	c->envp = environment(room + image_memory.vector_max,
	                      world_profile(&supervisor.world, service));
	if (action->kind == ACTION_EXEC)
		fill(room, table_list(t, action->at), action->count);
}

/* With memory of its own: a function of the configuration may use that as it
 * likes. */
static int launch_fork(struct child *c, int32_t *pid)
{
	int result = sys_fork(pid);

	if (result == 0)
		child_run(c);
	if (result > 0)
		*pid = result;      /* an emulator may not have yet */
	return result;
}

static int launch_clone(struct child *c, unsigned slot, int32_t *pid)
{
	c->word = 1;
	return sys_clone(CLONE_VM | CLONE_PARENT_SETTID |
	                         CLONE_CHILD_CLEARTID | SIGCHLD,
	                 stacks[slot] + STACK_BYTES, pid, (int *)&c->word,
	                 child_run, c);
}

/* A forked child has no slot: that it runs is all that we know of it. */
static void started(uint32_t service, unsigned slot, bool forked)
{
	struct work *work = &supervisor.world.works[service];

	work->own = 1;
	work->execed = forked;
	work->slot = forked ? NO_SLOT : (uint16_t)slot;
	if (forked)
		return;
	in_use |= 1u << slot;
	look_ms = EXEC_LOOK_MS;
	look_at_ms = supervisor.now_ms + look_ms;
}

/* A number may come again while the exit of the process that had it is still
 * on the link; that exit must find the older record, so it is taken first. */
static void enter_pid(uint32_t service)
{
	struct world *w = &supervisor.world;
	int32_t pid = supervisor.records[service].life.pid;

	if (pid_find(w, pid, false) != TABLE_NONE)
		observe_link();
	pid_add(w, service);
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

/* False: not yet, it will be tried again. The record says that it is to be
 * launched before the kernel stores the pid (publish.c). Some emulators know
 * only clone with all of a thread's flags or none; there we fork. */
bool spawn(uint32_t service, const struct table_action *action)
{
	int32_t *pid = &supervisor.records[service].life.pid;
	bool fork = action->kind == ACTION_CALL;
	unsigned slot;
	int result;

	if (!slot_free()) {
		wait_for_slot(service);
		return false;
	}
	slot = (unsigned)__builtin_ctz(~in_use);
	prepare(&children[slot], slot, service, action);
	publish_launch(service);
	result = fork ? -EINVAL : launch_clone(&children[slot], slot, pid);
	if (result == -EINVAL) {
		fork = true;
		result = launch_fork(&children[slot], pid);
	}
	if (result < 0) {
		due_set(&supervisor.world, service,
		        supervisor.now_ms + LAUNCH_AGAIN_MS);
		return false;
	}
	started(service, slot, fork);
	enter_pid(service);
	return true;
}

static void release(unsigned slot)
{
	uint32_t service = children[slot].service;
	struct work *work = &supervisor.world.works[service];

	in_use &= ~(1u << slot);
	if (work->slot != slot)
		return;             /* it has ended, which says more */
	work->slot = NO_SLOT;
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
	for (uint32_t rest = in_use; rest != 0; rest &= rest - 1) {
		unsigned slot = (unsigned)__builtin_ctz(rest);

		if (__atomic_load_n(&children[slot].word, __ATOMIC_ACQUIRE) ==
		    0)
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
	return in_use == 0 ? NEVER_MS : look_at_ms;
}

/* All are on their way and more wait: until one arrives, for a moment. */
void spawn_await_slot(void)
{
	struct __kernel_timespec moment = { .tv_nsec = SLOT_WAIT_US * 1000 };

	if (in_use == UINT32_MAX && supervisor.waiting.count > 0)
		(void)sys_futex(&children[0].word, FUTEX_WAIT, 1, &moment);
}
