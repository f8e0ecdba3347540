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

/* What the helper of a service is for, by its state. What checks it may be there
 * in each of them; what it was by a former definition is no command of .started
 * if there is none. */
static enum helper_kind helper_kind_of(const struct world *w, uint32_t i)
{
	enum state state = w->records[i].phase.state;

	if (world_checks(w, i))
		return HELPER_RELOAD;
	if (state == STATE_STARTING &&
	    table_service(w->table, i)->started.kind != ACTION_NONE)
		return HELPER_START;
	return state_stops(state) ? HELPER_STOP : HELPER_RELOAD;
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
			w->works[i].helper_kind = (uint8_t)helper_kind_of(w, i);
			pid_add(w, i, ROLE_HELPER);
		}
		world_touch(w, i);
	}
}
