/* SPDX-License-Identifier: MIT */
/* Deriving the working memory from table and records: by a supervisord that
 * has begun, for all services at once. */
#include "model/rebuild.h"

#include "model/clock.h"
#include "model/due.h"
#include "model/phase.h"
#include "model/pids.h"

static void queue_clear(struct queue *q, uint32_t max)
{
	q->first = q->count = 0;
	q->max = max;
}

/* What a helper is for, by the state of its service. */
static enum helps helps_in(enum state state)
{
	if (state == STATE_STARTING)
		return HELPS_START;
	return state_stops(state) ? HELPS_STOP : HELPS_RELOAD;
}

static void work_clear(struct world *w, uint32_t i)
{
	w->works[i] = (struct work){ .due_at = NOT_DUE,
		                     .due_ms = NEVER_MS,
		                     .execed = 1,
		                     .slot = NO_SLOT };
}

/* The clock of a service whose process is still to be started begins when it
 * is: it has no deadline yet. */
static void deadline_set(struct world *w, uint32_t i, uint64_t now_ms)
{
	if (!phase_pending(w->records[i].phase, w->records[i].life))
		due_set(w, i, clock_looks(w, i, now_ms));
}

/* The end of all services is hurried from now on: each service gets its
 * deadline again (clock_runs_out()). O(services × log services). */
void world_hurry(struct world *w, uint64_t now_ms)
{
	w->hurried_ms = now_ms;
	for (uint32_t i = 0; i < w->table->services; i++)
		deadline_set(w, i, now_ms);
}

/* Makes the working memory that world_place() has divided, from nothing but
 * table and records: counters, deadlines, pids; all services are to be judged.
 * hurried_ms stays as it is. O(edges + services × log services). */
void world_rebuild(struct world *w, uint64_t now_ms)
{
	uint32_t services = w->table->services;

	queue_clear(&w->dirty, services);
	queue_clear(&w->targets, services);
	queue_clear(&w->members, services);
	w->reached_count = w->due_count = w->busy = w->passing = 0;
	for (uint32_t i = 0; i <= w->pids_mask; i++)
		w->pids[i] = 0;
	for (uint32_t i = 0; i < services; i++)
		work_clear(w, i);
	for (uint32_t i = 0; i < services; i++) {
		const struct record *r = &w->records[i];

		w->works[i].settled =
			clock_settles(table_service(w->table, i), r->phase,
		                      now_ms) <= now_ms;
		world_count(w, i, r->phase);
		deadline_set(w, i, now_ms);
		if (r->life.pid != 0)
			pid_add(w, i, ROLE_LIFE);
		if (r->helper != 0) {
			w->works[i].helps = (uint8_t)helps_in(r->phase.state);
			pid_add(w, i, ROLE_HELPER);
		}
		world_touch(w, i);
	}
}
