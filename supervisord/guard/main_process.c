/* SPDX-License-Identifier: MIT */
/* Who goes on when the program of a daemon has exited with 0: the child that
 * it forked off, or that of a child, or a successor that it has handed over
 * to. Workers of a predecessor may be left beside that, so who has children is
 * taken for the main process rather than who is older. Nor is what an ordinary
 * user has left by way of the daemon (sshd) the daemon. */
#include "supervisord/guard/main_process.h"

#include "supervisord/tree/proc.h"
#include "sys/call.h"
#include "sys/reap.h"

/* One that dies while we look leaves its children to us: look again. */
enum { LOOKS_MAX = 64 };

struct heir {
	int32_t pid; /* 0: none */
	uint64_t start;
	bool ours;   /* its user is right */
	bool parent; /* it has children */
};

/* Whose it may be. Of the dead one the ids are known until it is reaped. */
struct wanted {
	enum heirs which;
	uint32_t user, dead[PROC_USERS];
};

static bool better(const struct heir *a, const struct heir *b)
{
	if (b->pid == 0 || a->ours != b->ours)
		return b->pid == 0 || a->ours;
	if (a->parent != b->parent)
		return a->parent;
	return a->start < b->start;
}

static bool read_users(int32_t pid, uint32_t ids[PROC_USERS])
{
	int folder = proc_open(pid);
	bool known = folder >= 0 && proc_users(folder, ids);

	if (folder >= 0)
		(void)sys_close(folder); /* it was only read */
	return known;
}

static bool is_one_of(uint32_t id, const uint32_t ids[PROC_USERS])
{
	for (int k = 0; k < PROC_USERS; k++)
		if (id == ids[k])
			return true;
	return false;
}

static bool is_ours(int32_t pid, const struct wanted *w)
{
	uint32_t ids[PROC_USERS];

	if (!read_users(pid, ids))
		return false; /* it has ended */
	for (int k = 0; k < PROC_USERS; k++)
		if (ids[k] != 0 && ids[k] != w->user &&
		    !is_one_of(ids[k], w->dead))
			return false;
	return true;
}

/* Sets *best. Returns how many were found dead, and reaped. */
static int look(int32_t dead, const struct wanted *w, struct heir *best)
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
			struct heir one = { pid, p.start, is_ours(pid, w),
				            proc_has_children(pid) };

			if ((one.ours || w->which != HEIR_OURS) &&
			    better(&one, best))
				*best = one;
		} else {
			reap_release(pid);
			reaped++;
		}
	}
	return reaped;
}

int32_t heir_find(int32_t dead, uint32_t user, enum heirs which)
{
	struct wanted w = { which, user, { 0 } };
	struct heir best = { 0 };

	(void)read_users(dead, w.dead); /* else root's, which it may be */
	for (int k = 0; k < LOOKS_MAX; k++)
		if (look(dead, &w, &best) == 0 || best.pid != 0)
			break;
	return best.pid;
}
