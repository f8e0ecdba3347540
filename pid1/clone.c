/* SPDX-License-Identifier: MIT */
/* A child of ours on its way to exec: it borrows our memory, on a stack of its
 * own, so that nothing is copied. */
#include "pid1/pid1.h"

enum { STACK_BYTES = 2048 };

static _Alignas(16) unsigned char stacks[CHILDREN][STACK_BYTES];

/* Where an emulator knows only threads and forks, a copy of our memory. The
 * kernel stores the pid before the child runs, as for a service. */
int pid1_clone(struct pid1 *p, enum child child, int *pid, void (*run)(void *))
{
	int result = sys_clone(CLONE_VM | CLONE_PARENT_SETTID | SIGCHLD,
	                       stacks[child] + STACK_BYTES, pid, NULL, run, p);

	if (result != -EINVAL)
		return result;
	result = sys_fork(pid);
	if (result == 0)
		run(p);
	if (result > 0)
		*pid = result; /* an emulator may not have */
	return result;
}
