/* SPDX-License-Identifier: MIT */
/* On a machine on which no supervisord comes up there is nobody else who could
 * help: a shell on the console, for as long as that is so, while we try on. It
 * is sulogin(8), which asks for root's password, where there is one. */
#include <asm/ioctls.h>

#include "pid1/pid1.h"
#include "sys/fd.h"
#include "sys/message.h"

static void run(void *argument)
{
	static const char *const programs[][2] = {
		{ "/sbin/sulogin", "sulogin" },
		{ "/bin/sh", "-sh" },
	};
	struct pid1 *p = argument;
	uint64_t none = 0;

	(void)sys_setsid(); /* we are no leader of a group */
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

/* The console is somebody else's again: as if the line were hung up. */
static void dismiss(const struct pid1 *p)
{
	if (p->rescuer != 0)
		(void)sys_kill(-p->rescuer, SIGHUP); /* gone is fine */
}

/* After reaping, so that one that dies at once is seen to be dead before it is
 * started again. */
void rescue_watch(struct pid1 *p)
{
	if (p->adopted && p->supervisord != 0)
		dismiss(p);
	if (!p->is_machine || p->rescuer != 0 || p->supervisord != 0 ||
	    p->report.deaths < RESCUE_DEATHS || p->halt != HALT_NONE)
		return;
	message("connate: no supervisord works: a shell on the console; "
	        "trying on", NULL);
	if (pid1_clone(p, CHILD_RESCUER, &p->rescuer, run) < 0)
		p->rescuer = 0;
}
