/* SPDX-License-Identifier: MIT */
/* What is left of a service whose guard was killed. Nobody is its ancestor any
 * more, so it is known by the session that its program led, and by what it was
 * given in its environment, which counts if the owner is right (owner.c) or if
 * it descends from us. A rare case, and the one in which supervisord waits: at
 * most SWEEP_PASSES milliseconds beside the passes themselves. */
#include "supervisord/base/supervisor.h"

#include "model/text.h"
#include "supervisord/tree/tree.h"
#include "supervisord/tree/proc.h"
#include "sys/message.h"

enum {
	SWEEP_PASSES = 50,
	FREEZE_AT = 4, /* whoever is left forks while we kill */
	NOBODY = 3,    /* so many passes in a row find nobody at the end */
};

/* Which connate it is may change, if there is a lock file. */
static const char *owner(void)
{
	return supervisor.lock != NULL ? supervisor.lock
	                               : spawn_inherited("CONNATE_PID");
}

/* Of one that has ended. If it is gone, it has led the session of its number,
 * or none. If one lives that has this number, it is another. */
static int32_t session_of(int32_t pid)
{
	struct proc p;

	if (pid == 0 || !proc_find(pid, &p))
		return pid;
	return proc_lives(&p) ? 0 : p.session;
}

/* As /proc/pid/stat counts them: 100 in a second, on every machine (proc(5),
 * USER_HZ). */
static uint64_t ticks_now(void)
{
	struct __kernel_timespec t = { 0, 0 };

	(void)sys_clock_gettime(CLOCK_BOOTTIME, &t); /* it cannot fail */
	return (uint64_t)t.tv_sec * 100 + (uint64_t)t.tv_nsec / 10000000;
}

static struct hunted again(const struct hunt *h, int pass)
{
	struct __kernel_timespec moment = { .tv_nsec = 1000000 };

	if (pass > 1)
		(void)sys_ppoll(NULL, 0, &moment); /* to let them die */
	return pass == FREEZE_AT ? hunt_frozen(h) : hunt_pass(h, SIGKILL);
}

static void say_left(const char *name, const struct hunt *h, int error)
{
	char text[HUNT_TEXT];
	struct digits d;

	if (error < 0)
		message("supervisord: ", name,
		        ": cannot kill what is left: ", hunt_names(h, text),
		        ": ", text_error(&d, error), NULL);
	else
		message("supervisord: ", name,
		        ": does not die of SIGKILL: ", hunt_names(h, text),
		        NULL);
}

/* One that forks and ends after the list was read, and before it is met, leaves
 * a child that is not on it. Daemons do so twice. */
void sweep(uint32_t service, int32_t pid)
{
	const char *name = table_name(supervisor.world.table, service);
	struct hunt h = { .tag = name - (sizeof(TABLE_NAME_IS) - 1),
		          .owner = owner(),
		          .session = session_of(pid),
		          .before = ticks_now(),
		          .spare = supervisor.pid1,
		          .user = owner_of(service) };
	struct hunted last = { 0 };
	int nobody = 0;

	if (!proc_usable()) {
		message("supervisord: ", name,
		        ": cannot look for what is "
		        "left of it: there is no /proc",
		        NULL);
		return;
	}
	for (int k = 0; k < SWEEP_PASSES && nobody < NOBODY; k++) {
		last = again(&h, k);
		h.session = last.members > 0 ? h.session : 0;
		h.before = 0;
		nobody = last.found + last.exits == 0 ? nobody + 1 : 0;
	}
	if (last.found > 0)
		say_left(name, &h, last.error);
}
