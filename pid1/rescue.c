/* SPDX-License-Identifier: MIT */
/* A shell on the console of a machine where no supervisord comes up, for as
 * long as that is so; connate goes on trying. It is sulogin(8), which asks for
 * the password of root, or /bin/sh where there is none. */
#include <asm/ioctls.h>

#include "pid1/pid1.h"
#include "sys/fd.h"
#include "sys/message.h"

static void rescuer_run(void *argument)
{
	static const char *const programs[][2] = {
		{ "/sbin/sulogin", "sulogin" },
		{ "/bin/sh", "-sh" },
	};
	struct pid1 *p = argument;
	uint64_t none = 0;

	(void)sys_setsid(); /* cannot fail: it leads no group */
	if (fd_move(sys_openat(AT_FDCWD, "/dev/console", O_RDWR, 0), 0, 0) < 0)
		sys_exit(127);
	(void)sys_dup3(0, 1, 0);
	(void)sys_dup3(0, 2, 0);
	(void)sys_ioctl(0, TIOCSCTTY, NULL); /* no job control */
	(void)sys_sigprocmask(SIG_SETMASK, &none, NULL);
	for (unsigned k = 0; k < sizeof(programs) / sizeof(programs[0]); k++) {
		const char *argv[] = { programs[k][1], NULL };

		(void)sys_execve(programs[k][0], (char *const *)argv, p->envp);
	}
	sys_exit(127);
}

/* supervisord works again: the shell is told that the line is hung up. */
static void rescuer_dismiss(const struct pid1 *p)
{
	if (p->rescuer != 0)
		(void)sys_kill(-p->rescuer, SIGHUP); /* it may have ended */
}

/* Starts the shell after RESCUE_DEATHS of supervisord in a row, and dismisses
 * it when one works. To be called each time that the loop comes round, after
 * reaping, so that a shell that has died is known to be dead before it is
 * started again. */
void rescue_watch(struct pid1 *p)
{
	if (p->adopted && p->supervisord != 0)
		rescuer_dismiss(p);
	if (!p->is_machine || p->rescuer != 0 || p->supervisord != 0 ||
	    p->report.deaths < RESCUE_DEATHS || p->halt != HALT_NONE)
		return;
	if (pid1_clone(p, CHILD_RESCUER, &p->rescuer, rescuer_run) < 0)
		p->rescuer = 0; /* no room: later */
	else
		message("connate: no supervisord works: a shell on the "
		        "console; trying on", NULL);
}
