/* SPDX-License-Identifier: MIT */
/* The two ends of reaping. Knows no service. */
#include "sys/reap.h"

#include "sys/call.h"

bool reap_peek(int which, int pid, siginfo_t *how)
{
	int error;

	how->si_pid = 0;
	do {
		error = sys_waitid(which, pid, how,
		                   WEXITED | WNOHANG | WNOWAIT);
	} while (error == -EINTR);
	return error == 0 && how->si_pid != 0;
}

void reap_release(int pid)
{
	siginfo_t how;

	while (sys_waitid(P_PID, pid, &how, WEXITED | WNOHANG) == -EINTR)
		;                   /* nothing of it is left to do */
}
