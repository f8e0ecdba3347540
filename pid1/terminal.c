/* SPDX-License-Identifier: MIT */
/* A terminal belongs to one session. The runtime of a container makes connate
 * the leader of the session that has it; a command that is to have job control,
 * such as a shell, needs it for its own session. */
#include <asm/ioctls.h>

#include "pid1/pid1.h"

/* Gives up the controlling terminal, if connate leads its session: so not that
 * of a shell which has started connate. The kernel sends SIGHUP and SIGCONT to
 * the foreground group, which is connate. They are blocked, so they wait; to
 * ignore them discards them (sigaction(2)). signals_default() comes next. */
void terminal_give_up(const struct pid1 *p)
{
	const struct sigaction ignored = { .sa_handler = SIG_IGN };

	if (sys_getsid(0) != p->self || sys_ioctl(0, TIOCNOTTY, NULL) < 0)
		return;
	(void)sys_sigaction(SIGHUP, &ignored, NULL); /* neither can fail */
	(void)sys_sigaction(SIGCONT, &ignored, NULL);
}
