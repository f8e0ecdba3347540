/* SPDX-License-Identifier: MIT */
/* A child of ours on its way to exec: it shares our memory, on a stack of its
 * own, so that nothing is copied. */
#include "pid1/pid1.h"

enum { STACK_BYTES = 2048 };

static _Alignas(16) unsigned char stacks[CHILDREN][STACK_BYTES];

/* Starts a child that calls run(p), which does not return. Its pid; or -errno,
 * and there is no child. The kernel stores the pid in *pid before the child
 * runs (clone(2), CLONE_PARENT_SETTID), as for a service: so a fault of ours
 * cannot come between. One child of each kind at a time, as each has one stack.
 * Under an emulator that knows only threads and forks it gets a copy of our
 * memory. */
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
