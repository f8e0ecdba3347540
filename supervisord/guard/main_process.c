/* SPDX-License-Identifier: MIT */
/* The process that goes on when the program of a daemon has exited with 0: the
 * child that it has forked, or a child of that child, or a successor that it
 * has handed over to. Workers of a predecessor may be left beside that, so a
 * process that has children is preferred to an older one. What an ordinary user
 * has left by way of the daemon (sshd) is not the daemon. */
#include "supervisord/guard/main_process.h"

#include "supervisord/tree/proc.h"
#include "sys/call.h"
#include "sys/reap.h"

/* A child that dies meanwhile leaves its children to this process: look
 * again. */
enum { LOOKS_MAX = 64 };

struct candidate {
	int32_t pid; /* 0: none */
	uint64_t start;
	bool ours;   /* its user ids are those of the service */
	bool parent; /* it has children */
};

/* The user ids that are right. Those of a zombie are known until it is
 * reaped. */
struct wanted {
	enum main_process_user which;
	uint32_t user;
	int32_t group; /* 0, or below if it is not known: any */
	uint32_t dead[PROC_USERS];
};

static bool is_better(const struct candidate *a, const struct candidate *b)
{
	if (b->pid == 0 || a->ours != b->ours)
		return b->pid == 0 || a->ours;
	if (a->parent != b->parent)
		return a->parent;
	return a->start < b->start;
}

static bool is_one_of(uint32_t id, const uint32_t ids[PROC_USERS])
{
	for (int k = 0; k < PROC_USERS; k++)
		if (id == ids[k])
			return true;
	return false;
}

static bool has_our_user(int folder, const struct wanted *w)
{
	uint32_t ids[PROC_USERS];

	if (!proc_users(folder, ids))
		return false; /* it has ended */
	for (int k = 0; k < PROC_USERS; k++)
		if (ids[k] != 0 && ids[k] != w->user &&
		    !is_one_of(ids[k], w->dead))
			return false;
	return true;
}

/* Sets *best. Returns how many zombies were found, and reaped. */
static int look_once(int32_t dead, const struct wanted *w,
                     struct candidate *best)
{
	int32_t self = sys_getpid();
	struct proc_list children;
	struct proc p;
	int reaped = 0;

	(void)proc_list_children(&children, self); /* or it is empty */
	while (proc_each(&children, &p)) {
		int32_t pid = p.pid;

		if (pid == dead || p.parent != self)
			continue;
		if (proc_lives(&p)) {
			struct candidate c = { pid, p.start,
				               has_our_user(children.folder,
				                            w),
				               proc_has_children(
					               children.folder) };

			if ((w->group <= 0 || p.group == w->group) &&
			    (c.ours || w->which != MAIN_HAS_OUR_USER) &&
			    is_better(&c, best))
				*best = c;
		} else {
			reap_release(pid);
			reaped++;
		}
	}
	return reaped;
}

/* The main process of the service after `dead`, which has exited and is not
 * reaped: of the living children of this process, a subreaper, one that has
 * children itself, else the oldest. user: as which the service runs. 0: there
 * is none. Other zombies are reaped. same_group: only one in the process group
 * of `dead` counts. */
int32_t main_process_find(int32_t dead, uint32_t user,
                          enum main_process_user which, bool same_group)
{
	struct wanted w = { which, user, same_group ? sys_getpgid(dead) : 0,
		            { 0 } };
	struct candidate best = { 0 };
	int folder = proc_open(dead);

	if (folder >= 0) {
		(void)proc_users(folder, w.dead); /* else 0, root: right */
		(void)sys_close(folder); /* it was only read */
	}
	for (int k = 0; k < LOOKS_MAX; k++)
		if (look_once(dead, &w, &best) == 0 || best.pid != 0)
			break;
	return best.pid;
}
