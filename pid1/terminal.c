/* SPDX-License-Identifier: MIT */
/* A terminal belongs to one session. The runtime of a container makes us the
 * leader of that of ours; a command that is to have a shell's job control needs
 * it for its own. */
#include <asm/ioctls.h>

#include "pid1/pid1.h"

/* The kernel tells the foreground group, which is us, of a hang-up. With all
 * signals blocked that waits; ignoring it discards it (sigaction(2)), and what
 * is ignored is set back to the usual next. What is not ours, of a shell that
 * we were started by, is not given away. */
void terminal_give_up(const struct pid1 *p)
{
	const struct sigaction ignored = { .sa_handler = SIG_IGN };

	if (sys_getsid(0) != p->self || sys_ioctl(0, TIOCNOTTY, NULL) < 0)
		return;
	(void)sys_sigaction(SIGHUP, &ignored, NULL); /* neither can fail */
	(void)sys_sigaction(SIGCONT, &ignored, NULL);
}
