/* SPDX-License-Identifier: MIT */
/* pid to service: open addressing with linear probing, at most half full.
 * The key is in the record (life.pid), so only the service is stored. */
#include "model/world.h"

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
	return w->records[w->pids[place] - 1].life.pid;
}

void pid_add(struct world *w, uint32_t service)
{
	uint32_t place = place_of(w, w->records[service].life.pid);

	while (w->pids[place] != 0)
		place = after(w, place);
	w->pids[place] = service + 1;
}

/* Of two records with the same number the one whose state is older is meant:
 * its process was reaped before the number could be given out again. */
static bool better(const struct world *w, uint32_t a, uint32_t b)
{
	return b == TABLE_NONE || w->records[a].phase.since_ms <
	                                  w->records[b].phase.since_ms;
}

uint32_t pid_find(const struct world *w, int32_t pid, bool own)
{
	uint32_t found = TABLE_NONE;

	for (uint32_t at = place_of(w, pid); w->pids[at] != 0;
	     at = after(w, at)) {
		uint32_t service = w->pids[at] - 1;

		if (pid_of(w, at) == pid && w->works[service].own == own &&
		    better(w, service, found))
			found = service;
	}
	return found;
}

/* Is `home` cyclically in (gap, at]? Then the entry at `at` may stay. */
static bool stays(const struct world *w, uint32_t gap, uint32_t home,
                  uint32_t at)
{
	return ((home - gap - 1) & w->pids_mask) <
	       ((at - gap) & w->pids_mask);
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
void pid_remove(struct world *w, uint32_t service, int32_t pid)
{
	uint32_t at = place_of(w, pid);

	for (; w->pids[at] != 0; at = after(w, at))
		if (w->pids[at] == service + 1) {
			close_gap(w, at);
			return;
		}
}
