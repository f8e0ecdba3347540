/* SPDX-License-Identifier: MIT */
/* What is left of a service whose guard was killed. The processes have no
 * common ancestor any more, so they are known by the session that the program
 * led, and by the environment that they were given, which counts if the owner
 * is right (owner.c) or if they descend from supervisord. It is a rare case,
 * and the only one in which supervisord waits: at most PASSES_MAX milliseconds
 * beside the passes themselves. */
#include "supervisord/tree/leftovers.h"

#include "model/text.h"
#include "supervisord/base/environment.h"
#include "supervisord/base/supervisor.h"
#include "supervisord/tree/proc.h"
#include "supervisord/tree/tree.h"
#include "sys/message.h"

enum {
	PASSES_MAX = 50,
	FREEZE_AT = 4,    /* processes that are left then fork meanwhile */
	EMPTY_PASSES = 3, /* so many in a row find no process at the end */
};

/* The entry that tells sessions apart. The pid of connate may change, if there
 * is a lock file. */
static const char *session_entry(void)
{
	return supervisor.lock != NULL ? supervisor.lock
	                               : environment_entry("CONNATE_PID");
}

/* The session that a process led which has ended. If it was reaped, that has
 * its number, or there was none. A process that lives and has this number is
 * another one. */
static int32_t session_of(int32_t pid)
{
	struct proc p;

	if (pid == 0 || !proc_find(pid, &p))
		return pid;
	return proc_lives(&p) ? 0 : p.session;
}

/* As /proc/PID/stat counts them: 100 in a second, on every machine (proc(5),
 * USER_HZ). */
static uint64_t ticks_now(void)
{
	struct __kernel_timespec t = { 0, 0 };

	(void)sys_clock_gettime(CLOCK_BOOTTIME, &t); /* it cannot fail */
	return (uint64_t)t.tv_sec * 100 + (uint64_t)t.tv_nsec / 10000000;
}

static struct tree_pass kill_again(const struct tree *t, int pass)
{
	struct __kernel_timespec moment = { .tv_nsec = 1000000 };

	if (pass > 1)
		(void)sys_ppoll(NULL, 0, &moment); /* in which they die */
	return pass == FREEZE_AT ? tree_kill(t) : tree_signal(t, SIGKILL);
}

static void say_left(const char *name, const struct tree *t, int error)
{
	char text[TREE_TEXT];
	struct digits d;

	if (error < 0)
		message("supervisord: ", name,
		        ": cannot kill what is left: ", tree_names(t, text),
		        ": ", text_error(&d, error), NULL);
	else
		message("supervisord: ", name,
		        ": does not die of SIGKILL: ", tree_names(t, text),
		        NULL);
}

/* Kills what is left of a service. pid: of its program, which has ended; 0: it
 * is not known. user: as which the service runs. What cannot be killed is said.
 * Waits: see above. A process that forks and ends after the list was read, and
 * before its turn comes, leaves a child that is not on the list; a daemon does
 * so twice: so there are several passes. */
void leftovers_end(uint32_t service, int32_t pid, uint32_t user)
{
	const char *name = name_of(service);
	struct tree t = { .tag = name - (sizeof(TABLE_NAME_IS) - 1),
		          .owner = session_entry(),
		          .session = session_of(pid),
		          .before = ticks_now(),
		          .spare = supervisor.connate,
		          .user = user };
	struct tree_pass last = { 0 };
	int empty = 0;

	if (!proc_usable()) {
		message("supervisord: ", name,
		        ": cannot look for what is "
		        "left of it: there is no /proc",
		        NULL);
		return;
	}
	for (int k = 0; k < PASSES_MAX && empty < EMPTY_PASSES; k++) {
		last = kill_again(&t, k);
		t.session = last.members > 0 ? t.session : 0;
		t.before = 0;
		empty = last.found + last.exits == 0 ? empty + 1 : 0;
	}
	if (last.found > 0)
		say_left(name, &t, last.error);
}
