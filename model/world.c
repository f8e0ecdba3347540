/* SPDX-License-Identifier: MIT */
/* The working memory and how it follows the records. Knows no clock. */
#include "model/world.h"

#include "model/graph.h"

/* The profile of a service: its times, .retry and the attributes of its
 * process. O(1). */
const struct table_profile *world_profile(const struct world *w, uint32_t i)
{
	return table_profile(w->table, table_service(w->table, i)->profile);
}

/* Marks a service as one that is to be judged (again) by settle_next(). Does
 * nothing if it is marked already. O(1). */
void world_touch(struct world *w, uint32_t i)
{
	if (w->works[i].dirty)
		return;
	w->works[i].dirty = 1;
	queue_push(&w->dirty, i);
}

static bool phase_is_busy(union phase p)
{
	return !state_settled(p.state) || p.state == STATE_UP;
}

static bool phase_is_passing(union phase p)
{
	return state_clock(p.state) != CLOCK_NONE;
}

/* Adds to the counters of its neighbours, and of the world, what it means that
 * service i is in phase p. For counters that were cleared: world_rebuild().
 * O(edges of it). */
void world_count(struct world *w, uint32_t i, union phase p)
{
	union phase seen = phase_seen(p, w->works[i].settled);
	struct edges e;

	for (e = edges_to(w->table, i); e.at < e.end; e.at++) {
		struct work *other = &w->works[edge_service(*e.at)];

		other->unmet += !edge_met(edge_kind(*e.at), seen);
		if (edge_kind(*e.at) == EDGE_BINDS)
			other->unbound += !edge_met(EDGE_BINDS, p);
	}
	for (e = edges_from(w->table, i); e.at < e.end; e.at++)
		if (edge_holds(edge_kind(*e.at), p))
			w->works[edge_service(*e.at)].holding++;
	w->busy += phase_is_busy(p);
	w->passing += phase_is_passing(p);
}

/* A neighbour's counter changed, from or to zero: it must be judged. */
static void counter_adjust(struct world *w, uint32_t i, uint32_t *counter,
                           bool before, bool now)
{
	if (before == now)
		return;
	*counter += now ? 1 : UINT32_MAX;
	if (*counter == (now ? 1 : 0))
		world_touch(w, i);
}

/* A service was in phase `before`, and had settled in it or not. A bond holds as
 * soon as the other end is up: what runs does not stop because a new
 * configuration, or a new supervisord, lets that settle. */
static void dependents_adjust(struct world *w, uint32_t i, union phase before,
                              bool was_settled)
{
	union phase now = w->records[i].phase;
	union phase seen_before = phase_seen(before, was_settled);
	union phase seen = phase_seen(now, w->works[i].settled);
	struct edges e = edges_to(w->table, i);

	for (; e.at < e.end; e.at++) {
		enum edge_kind kind = edge_kind(*e.at);
		uint32_t other = edge_service(*e.at);

		counter_adjust(w, other, &w->works[other].unmet,
		               !edge_met(kind, seen_before),
		               !edge_met(kind, seen));
		if (kind == EDGE_BINDS)
			counter_adjust(w, other, &w->works[other].unbound,
			               !edge_met(kind, before),
			               !edge_met(kind, now));
	}
}

/* To be called when a service has been up for .settle: marks those that have
 * waited for that as to be judged. O(edges of it). */
void world_settled(struct world *w, uint32_t i)
{
	bool was_settled = w->works[i].settled;

	w->works[i].settled = 1;
	dependents_adjust(w, i, w->records[i].phase, was_settled);
}

static void dependency_adjust(struct world *w, uint32_t edge,
                              union phase before, union phase now)
{
	enum edge_kind kind = edge_kind(edge);
	uint32_t i = edge_service(edge);

	counter_adjust(w, i, &w->works[i].holding, edge_holds(kind, before),
	               edge_holds(kind, now));
}

/* To be called when the phase of a service's record has gone from `before` to
 * what it is now: adjusts the counters of its neighbours, and marks it and the
 * neighbours that this concerns as to be judged, and its other place. O(edges of
 * it). */
void world_changed(struct world *w, uint32_t i, union phase before)
{
	union phase now = w->records[i].phase;
	bool was_settled = w->works[i].settled;
	uint32_t other = table_service(w->table, i)->other;
	struct edges e;

	if (now.state != before.state)
		w->works[i].settled =
			table_service(w->table, i)->settle_ms == 0;
	dependents_adjust(w, i, before, was_settled);
	for (e = edges_from(w->table, i); e.at < e.end; e.at++)
		dependency_adjust(w, *e.at, before, now);
	w->busy +=
		(uint32_t)phase_is_busy(now) - (uint32_t)phase_is_busy(before);
	w->passing += (uint32_t)phase_is_passing(now) -
	              (uint32_t)phase_is_passing(before);
	world_touch(w, i);
	if (other != 0)
		world_touch(w, other - 1);
}

/* Divides the working memory among the arrays of w. memory: world_bytes() of
 * so many services, aligned to 8; it need not be cleared, as world_rebuild()
 * does that. */
void world_place(struct world *w, void *memory, uint32_t services)
{
	uint32_t *word = (uint32_t *)((struct work *)memory + services);

	w->works = memory;
	w->dirty.item = word;
	w->targets.item = word + services;
	w->members.item = word + 2 * services;
	w->reached = word + 3 * services;
	w->due = word + 4 * services;
	w->pids = word + WORLD_ARRAYS * services;
	w->pids_mask = (uint32_t)world_pid_slots(services) - 1;
}

/* The number of the socket by which the process of a service speaks, or of its
 * next one, if it has none: its ready_pipe, or that of its other place;
 * TABLE_NONE: it does not speak. */
uint32_t world_socket(const struct world *w, uint32_t service)
{
	const struct table *t = w->table;
	const struct table_service *s = table_service(t, service);

	if (s->other != 0 &&
	    w->records[table_first(t, service)].life.crossed)
		s = table_service(t, s->other - 1);
	return s->ready_pipe;
}

/* What the process of a service has said; NULL: it does not speak. An entry of
 * another process of it does not count (said.run). */
const struct said *world_said(const struct world *w, uint32_t service)
{
	const struct table_service *s = table_service(w->table, service);

	return s->ready == READY_KIND_SD_NOTIFY
	               ? &w->said[world_socket(w, service)]
	               : NULL;
}

/* Is the helper of the service what checks it, or is the next one? */
bool world_checks(const struct world *w, uint32_t service)
{
	const struct table_service *s = table_service(w->table, service);
	const struct health *h;

	if (s->check.kind == ACTION_NONE)
		return false;
	h = (const void *)&w->said[s->check_pipe - 1];
	return h->helps != HELPS_NOT;
}

/* What the checks of a service have found of the process that it has; NULL: it
 * has none, or nothing is found yet. */
const struct health *world_health(const struct world *w, uint32_t service)
{
	const struct table_service *s = table_service(w->table, service);
	union life life = w->records[service].life;
	const struct health *h;

	if (s->check.kind == ACTION_NONE || life.pid == 0)
		return NULL;
	h = (const void *)&w->said[s->check_pipe - 1];
	return h->run == life.exits + 1u ? h : NULL;
}
