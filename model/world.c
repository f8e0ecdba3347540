/* SPDX-License-Identifier: MIT */
/* The working memory and how it follows the records. Knows no clock. */
#include "model/world.h"

#include "model/graph.h"

const struct table_profile *world_profile(const struct world *w, uint32_t i)
{
	return table_profile(w->table, table_service(w->table, i)->profile);
}

void world_touch(struct world *w, uint32_t i)
{
	if (w->works[i].dirty)
		return;
	w->works[i].dirty = 1;
	queue_push(&w->dirty, i);
}

static bool is_busy(union phase p)
{
	return !state_settled(p.state) || p.state == STATE_UP;
}

static bool is_passing(union phase p)
{
	return state_clock(p.state) != CLOCK_NONE;
}

/* Counts what phase p of service i means to others. */
static void count(struct world *w, uint32_t i, union phase p)
{
	struct edges e;

	for (e = edges_to(w->table, i); e.at < e.end; e.at++) {
		struct work *other = &w->works[edge_service(*e.at)];

		if (edge_met(edge_kind(*e.at), p))
			continue;
		other->unmet++;
		if (edge_kind(*e.at) == EDGE_BINDS)
			other->unbound++;
	}
	for (e = edges_from(w->table, i); e.at < e.end; e.at++)
		if (edge_holds(edge_kind(*e.at), p))
			w->works[edge_service(*e.at)].holding++;
	w->busy += is_busy(p);
	w->passing += is_passing(p);
}

/* A neighbour's counter changed, from or to zero: it must be judged. */
static void adjust(struct world *w, uint32_t i, uint32_t *counter, bool before,
                   bool now)
{
	if (before == now)
		return;
	*counter += now ? 1 : UINT32_MAX;
	if (*counter == (now ? 1 : 0))
		world_touch(w, i);
}

static void tell_dependents(struct world *w, uint32_t edge, union phase before,
                            union phase now)
{
	enum edge_kind kind = edge_kind(edge);
	uint32_t i = edge_service(edge);
	bool was_met = edge_met(kind, before), met = edge_met(kind, now);

	adjust(w, i, &w->works[i].unmet, !was_met, !met);
	if (kind == EDGE_BINDS)
		adjust(w, i, &w->works[i].unbound, !was_met, !met);
}

static void tell_depended(struct world *w, uint32_t edge, union phase before,
                          union phase now)
{
	enum edge_kind kind = edge_kind(edge);
	uint32_t i = edge_service(edge);

	adjust(w, i, &w->works[i].holding, edge_holds(kind, before),
	       edge_holds(kind, now));
}

void world_changed(struct world *w, uint32_t i, union phase before)
{
	union phase now = w->records[i].phase;
	struct edges e;

	for (e = edges_to(w->table, i); e.at < e.end; e.at++)
		tell_dependents(w, *e.at, before, now);
	for (e = edges_from(w->table, i); e.at < e.end; e.at++)
		tell_depended(w, *e.at, before, now);
	w->busy += (uint32_t)is_busy(now) - (uint32_t)is_busy(before);
	w->passing += (uint32_t)is_passing(now) - (uint32_t)is_passing(before);
	world_touch(w, i);
}

/* A power of two above 4 × services: each has up to two pids. */
static uint32_t pid_slots(uint32_t services)
{
	uint32_t slots = 4;

	while (slots <= 4 * services)
		slots *= 2;
	return slots;
}

void world_place(struct world *w, void *memory, uint32_t services)
{
	uint32_t *word = (uint32_t *)((struct work *)memory + services);

	w->works = memory;
	w->dirty.item = word;
	w->hard.item = word + services;
	w->soft.item = word + 2 * services;
	w->touched = word + 3 * services;
	w->due = word + 4 * services;
	w->pids = word + WORLD_ARRAYS * services;
	w->pids_mask = pid_slots(services) - 1;
}

static void queue_clear(struct queue *q, uint32_t max)
{
	q->first = q->count = 0;
	q->max = max;
}

static void work_clear(struct world *w, uint32_t i)
{
	w->works[i] = (struct work){ .due_at = NOT_DUE,
		                     .due_ms = NEVER_MS,
		                     .execed = 1,
		                     .slot = NO_SLOT };
}

/* Not of what is still to be launched: its clock begins then. */
static void await_clock(struct world *w, uint32_t i, uint64_t now_ms)
{
	if (!phase_pending(w->records[i].phase, w->records[i].life))
		due_set(w, i, clock_of(w, i, now_ms));
}

void world_hurry(struct world *w, uint64_t now_ms)
{
	w->hurried_ms = now_ms;
	for (uint32_t i = 0; i < w->table->services; i++)
		await_clock(w, i, now_ms);
}

void world_rebuild(struct world *w, uint64_t now_ms)
{
	uint32_t services = w->table->services;

	queue_clear(&w->dirty, services);
	queue_clear(&w->hard, services);
	queue_clear(&w->soft, services);
	w->touched_count = w->due_count = w->busy = w->passing = 0;
	for (uint32_t i = 0; i <= w->pids_mask; i++)
		w->pids[i] = 0;
	for (uint32_t i = 0; i < services; i++)
		work_clear(w, i);
	for (uint32_t i = 0; i < services; i++) {
		const struct record *r = &w->records[i];

		count(w, i, r->phase);
		await_clock(w, i, now_ms);
		if (r->life.pid != 0)
			pid_add(w, i, ROLE_LIFE);
		if (r->helper != 0)
			pid_add(w, i, ROLE_HELPER);
		world_touch(w, i);
	}
}
