/* SPDX-License-Identifier: MIT */
/* pid to service: open addressing with linear probing, at most half full.
 * The key is in the record, so only whose it is is stored: the service and
 * the role, as service << 1 | role, plus 1. */
#include "model/world.h"

static uint32_t entry_of(uint32_t service, enum role role)
{
	return (service << 1 | role) + 1;
}

static uint32_t service_at(const struct world *w, uint32_t place)
{
	return (w->pids[place] - 1) >> 1;
}

static enum role role_at(const struct world *w, uint32_t place)
{
	return (enum role)((w->pids[place] - 1) & 1);
}

static int32_t pid_as(const struct record *r, enum role role)
{
	return role == ROLE_HELPER ? r->helper : r->life.pid;
}

static uint32_t place_of(const struct world *w, int32_t pid)
{
	return ((uint32_t)pid * 2654435761u >> 8) & w->pids_mask;
}

static uint32_t after(const struct world *w, uint32_t place)
{
	return (place + 1) & w->pids_mask;
}

static int32_t pid_of(const struct world *w, uint32_t place)
{
	return pid_as(&w->records[service_at(w, place)], role_at(w, place));
}

static bool own_at(const struct world *w, uint32_t place)
{
	const struct work *work = &w->works[service_at(w, place)];

	return role_at(w, place) == ROLE_HELPER ? work->own_helper : work->own;
}

void pid_add(struct world *w, uint32_t service, enum role role)
{
	uint32_t place = place_of(w, pid_as(&w->records[service], role));

	while (w->pids[place] != 0)
		place = after(w, place);
	w->pids[place] = entry_of(service, role);
}

/* Of two records with the same number the one whose state is older is meant:
 * its process was reaped before the number could be given out again. */
static bool better(const struct world *w, uint32_t a, uint32_t b)
{
	return b == TABLE_NONE ||
	       moment_before(w->records[a].phase.since_low_ms,
	                     w->records[b].phase.since_low_ms);
}

uint32_t pid_find(const struct world *w, int32_t pid, bool own, enum role *role)
{
	uint32_t found = TABLE_NONE;

	for (uint32_t at = place_of(w, pid); w->pids[at] != 0;
	     at = after(w, at)) {
		uint32_t service = service_at(w, at);

		if (pid_of(w, at) != pid || own_at(w, at) != own ||
		    !better(w, service, found))
			continue;
		found = service;
		*role = role_at(w, at);
	}
	return found;
}

/* Is `home` cyclically in (gap, at]? Then the entry at `at` may stay. */
static bool stays(const struct world *w, uint32_t gap, uint32_t home,
                  uint32_t at)
{
	return ((home - gap - 1) & w->pids_mask) < ((at - gap) & w->pids_mask);
}

/* Closes the gap by moving back what it would hide. */
static void close_gap(struct world *w, uint32_t gap)
{
	uint32_t at = after(w, gap);

	for (; w->pids[at] != 0; at = after(w, at)) {
		if (stays(w, gap, place_of(w, pid_of(w, at)), at))
			continue;
		w->pids[gap] = w->pids[at];
		gap = at;
	}
	w->pids[gap] = 0;
}

/* While the record still holds the pid. */
void pid_remove(struct world *w, uint32_t service, enum role role, int32_t pid)
{
	uint32_t at = place_of(w, pid);

	for (; w->pids[at] != 0; at = after(w, at))
		if (w->pids[at] == entry_of(service, role)) {
			close_gap(w, at);
			return;
		}
}
