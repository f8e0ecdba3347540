/* SPDX-License-Identifier: MIT */
/* Who goes on when the program of a daemon has exited with 0: the child that
 * it forked off, or that of a child, or a successor that it has handed over
 * to. Workers of a predecessor may be left beside that, so who has children is
 * taken for the main process rather than who is older. */
#include "supervisord/heir.h"

#include "supervisord/proc.h"
#include "sys/call.h"
#include "sys/reap.h"

/* One that dies while we look leaves its children to us: look again. */
enum { LOOKS_MAX = 64 };

struct heir {
	int32_t pid; /* 0: none */
	uint64_t start;
	bool parent; /* it has children */
};

static bool better(const struct heir *a, const struct heir *b)
{
	if (b->pid == 0 || a->parent != b->parent)
		return b->pid == 0 || a->parent;
	return a->start < b->start;
}

/* Sets *best. Returns how many were found dead, and reaped. */
static int look(int32_t dead, struct heir *best)
{
	int32_t self = sys_getpid(), pid;
	struct proc_list children;
	struct proc p;
	int reaped = 0;

	if (proc_list_children(&children, self) < 0)
		return 0;
	while ((pid = proc_next(&children)) != 0) {
		if (pid == dead || !proc_find(pid, &p) || p.parent != self)
			continue;
		if (proc_lives(&p)) {
			struct heir one = { pid, p.start,
				            proc_has_children(pid) };

			if (better(&one, best))
				*best = one;
		} else {
			reap_release(pid);
			reaped++;
		}
	}
	return reaped;
}

int32_t heir_find(int32_t dead)
{
	struct heir best = { 0 };

	for (int k = 0; k < LOOKS_MAX; k++)
		if (look(dead, &best) == 0 || best.pid != 0)
			break;
	return best.pid;
}
