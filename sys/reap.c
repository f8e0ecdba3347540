/* SPDX-License-Identifier: MIT */
/* Reaping in two steps. Knows no service. */
#include "sys/reap.h"

#include "sys/call.h"

/* Into *how: a child that has ended, of all (P_ALL) or with that pid (P_PID).
 * It stays a zombie. False: there is none, and *how means nothing. Does not
 * block. */
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

/* Reaps a zombie that was peeked at: the kernel may give out its pid again. */
void reap_release(int pid)
{
	siginfo_t how;

	while (sys_waitid(P_PID, pid, &how, WEXITED | WNOHANG) == -EINTR)
		;                   /* cannot fail otherwise */
}
