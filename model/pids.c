/* SPDX-License-Identifier: MIT */
/* pid to service: a hash table with open addressing and linear probing, at most
 * half full. The key, the pid, is in the record; an entry is service << 1 |
 * role, plus 1, so that 0 is a free one. */
#include "model/pids.h"

static uint32_t pid_entry(uint32_t service, enum role role)
{
	return (service << 1 | role) + 1;
}

static uint32_t service_at(const struct world *w, uint32_t at)
{
	return (w->pids[at] - 1) >> 1;
}

static enum role role_at(const struct world *w, uint32_t at)
{
	return (enum role)((w->pids[at] - 1) & 1);
}

static int32_t record_pid_as(const struct record *r, enum role role)
{
	return role == ROLE_HELPER ? r->helper : r->life.pid;
}

static uint32_t pid_home(const struct world *w, int32_t pid)
{
	return ((uint32_t)pid * 2654435761u >> 8) & w->pids_mask;
}

static uint32_t entry_after(const struct world *w, uint32_t at)
{
	return (at + 1) & w->pids_mask;
}

static int32_t pid_at(const struct world *w, uint32_t at)
{
	return record_pid_as(&w->records[service_at(w, at)], role_at(w, at));
}

static bool own_at(const struct world *w, uint32_t at)
{
	const struct work *work = &w->works[service_at(w, at)];

	return role_at(w, at) == ROLE_HELPER ? work->own_helper : work->own;
}

/* Remembers the pid that the record of a service has in that role, for
 * pid_find(). Expected O(1). */
void pid_add(struct world *w, uint32_t service, enum role role)
{
	uint32_t at = pid_home(w, record_pid_as(&w->records[service], role));

	while (w->pids[at] != 0)
		at = entry_after(w, at);
	w->pids[at] = pid_entry(service, role);
}

/* Of two records with the same pid the one whose state is older is meant: its
 * process was reaped before the kernel could give out the number again. */
static bool is_older(const struct world *w, uint32_t a, uint32_t b)
{
	return b == TABLE_NONE ||
	       moment_before(w->records[a].phase.since_low_ms,
	                     w->records[b].phase.since_low_ms);
}

/* Finds the service of a process, and stores the role of the process in *role;
 * TABLE_NONE, with *role unchanged, if no service has it. own: is it a child of
 * supervisord, or of connate? Two records may have the same pid for a moment:
 * connate has reaped the process of one of them, and its message is still on
 * the way. Expected O(1). */
uint32_t pid_find(const struct world *w, int32_t pid, bool own, enum role *role)
{
	uint32_t found = TABLE_NONE;

	for (uint32_t at = pid_home(w, pid); w->pids[at] != 0;
	     at = entry_after(w, at)) {
		uint32_t service = service_at(w, at);

		if (pid_at(w, at) != pid || own_at(w, at) != own ||
		    !is_older(w, service, found))
			continue;
		found = service;
		*role = role_at(w, at);
	}
	return found;
}

/* May the entry at index `at` stay, if the one at `gap` becomes free? It is
 * found from `home` on: if `home` is cyclically in (gap, at]. */
static bool entry_may_stay(const struct world *w, uint32_t gap, uint32_t home,
                           uint32_t at)
{
	return ((home - gap - 1) & w->pids_mask) < ((at - gap) & w->pids_mask);
}

/* Frees the entry at `gap`, and moves back those behind it that would not be
 * found any more. */
static void entry_free(struct world *w, uint32_t gap)
{
	uint32_t at = entry_after(w, gap);

	for (; w->pids[at] != 0; at = entry_after(w, at)) {
		if (entry_may_stay(w, gap, pid_home(w, pid_at(w, at)), at))
			continue;
		w->pids[gap] = w->pids[at];
		gap = at;
	}
	w->pids[gap] = 0;
}

/* Forgets the pid that a service has in that role; does nothing where it was
 * not added. To be called while the record still holds the pid. Expected
 * O(1). */
void pid_remove(struct world *w, uint32_t service, enum role role, int32_t pid)
{
	uint32_t at = pid_home(w, pid);

	for (; w->pids[at] != 0; at = entry_after(w, at))
		if (w->pids[at] == pid_entry(service, role)) {
			entry_free(w, at);
			return;
		}
}
