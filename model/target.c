/* SPDX-License-Identifier: MIT */
/* How a change of targets spreads over the edges (the columns lifts, falls,
 * groups and repels of edge.def), with a work list instead of recursion. Knows
 * no request and no clock. */
#include "model/target.h"

#include "model/graph.h"
#include "model/overlap.h"

static const struct {
	bool lifts, falls, groups, repels;
} columns[EDGES] = {
#define EDGE(name, label, met, waits, lifts, falls, groups, repels) \
	{ lifts, falls, groups, repels },
#include "model/edge.def"
#undef EDGE
};

/* Remembers a service for reached_clear(). */
static void reached_add(struct world *w, uint32_t i)
{
	const struct work *work = &w->works[i];

	if (!work->target_spread && work->member == MEMBER_OF_NONE)
		w->reached[w->reached_count++] = i;
}

/* A service that is not in the configuration any more is only there to be
 * stopped. */
static bool service_is_gone(const struct world *w, uint32_t i)
{
	return table_service(w->table, i)->gone != 0;
}

static bool is_timed(const struct world *w, uint32_t i)
{
	return table_timed(table_service(w->table, i));
}

static void target_reach(struct world *w, uint32_t i, enum target target)
{
	struct work *work = &w->works[i];

	if (work->target_spread ||
	    (service_is_gone(w, i) && target != TARGET_DOWN))
		return;
	reached_add(w, i);
	work->target_spread = 1;
	work->new_target = target;
	queue_push(&w->targets, i);
}

/* Sets the target of a service, and of those that follow from that. Call it for
 * all services of a request first, then target_next() until it is false. The
 * first target that reaches a service is the one that it gets, so the spreading
 * ends. Only TARGET_DOWN reaches a service that is gone. A restart of a service
 * that can overlap starts its other place instead, and spreads to no other. */
void target_set(struct world *w, uint32_t i, enum target target)
{
	if (target == TARGET_RESTART && overlap_may(w, i))
		target_reach(w, table_service(w->table, i)->other - 1,
		             TARGET_UP);
	else
		target_reach(w, i, target);
}

static bool service_is_wanted(const struct world *w, uint32_t i)
{
	return target_wanted(w->records[i].phase.target);
}

static bool service_runs(const struct world *w, uint32_t i)
{
	return state_active(w->records[i].phase.state) &&
	       service_is_wanted(w, i);
}

/* DOWN need not reach a service whose target is DOWN: no other falls with it,
 * and it keeps no member of a group up. */
static bool target_is_down(const struct world *w, uint32_t i)
{
	return w->records[i].phase.target == TARGET_DOWN;
}

static void down_reach(struct world *w, uint32_t i)
{
	if (!target_is_down(w, i))
		target_reach(w, i, TARGET_DOWN);
}

/* A group of it goes down: so does the service, unless it is kept up. */
static void member_reach(struct world *w, uint32_t i)
{
	struct work *work = &w->works[i];

	if (target_is_down(w, i) || work->target_spread ||
	    work->member == MEMBER_QUEUED)
		return;
	reached_add(w, i);
	work->member = MEMBER_QUEUED;
	queue_push(&w->members, i);
}

/* A target up reaches it from another service. A timer then waits for its time,
 * if it is not doing so, or running, already. */
static void up_reach(struct world *w, uint32_t i, enum target target)
{
	if (!is_timed(w, i))
		target_reach(w, i, target);
	else if (target_is_down(w, i))
		target_reach(w, i, TARGET_RESTART);
}

/* What it depends on goes up with it; what it conflicts with goes down. */
static void spread_up(struct world *w, uint32_t i, enum target target)
{
	for (struct edges e = edges_from(w->table, i); e.at < e.end; e.at++) {
		enum edge_kind kind = edge_kind(*e.at);
		uint32_t other = edge_service(*e.at);

		if (columns[kind].repels)
			down_reach(w, other);
		if (columns[kind].lifts)
			up_reach(w, other,
			         kind == EDGE_GROUPS ? target : TARGET_UP);
	}
}

/* A service that is up keeps the other end of such an edge up, although a group
 * of that one goes down: one that it pulls up. */
static bool edge_keeps(enum edge_kind kind)
{
	return columns[kind].lifts &&
	       (columns[kind].falls || columns[kind].groups);
}

/* Services that depend on it go down with it. Its members do if no other
 * service keeps them up; and so does a member that was kept because of it. */
static void spread_down(struct world *w, uint32_t i)
{
	struct edges e;

	for (e = edges_to(w->table, i); e.at < e.end; e.at++)
		if (columns[edge_kind(*e.at)].falls)
			down_reach(w, edge_service(*e.at));
	for (e = edges_from(w->table, i); e.at < e.end; e.at++) {
		enum edge_kind kind = edge_kind(*e.at);
		uint32_t other = edge_service(*e.at);

		if (columns[kind].groups ||
		    (edge_keeps(kind) && w->works[other].member == MEMBER_KEPT))
			member_reach(w, other);
	}
}

/* A service that runs restarts with it if it depends on it, or is a member. */
static void spread_restart(struct world *w, uint32_t i)
{
	struct edges e;

	for (e = edges_to(w->table, i); e.at < e.end; e.at++)
		if (columns[edge_kind(*e.at)].falls &&
		    service_runs(w, edge_service(*e.at)))
			target_reach(w, edge_service(*e.at), TARGET_RESTART);
	for (e = edges_from(w->table, i); e.at < e.end; e.at++)
		if (edge_kind(*e.at) == EDGE_GROUPS &&
		    service_runs(w, edge_service(*e.at)))
			target_reach(w, edge_service(*e.at), TARGET_RESTART);
}

/* Is there a service that keeps it up? Members are looked at when no service
 * goes up any more: an edge that does not keep it never will, and is not looked
 * at again. So each edge is looked at once, however often the member is
 * queued. */
static bool member_is_kept(struct world *w, uint32_t i)
{
	struct edges e = edges_to(w->table, i);
	struct work *work = &w->works[i];

	for (e.at += work->keepers_checked; e.at < e.end;
	     e.at++, work->keepers_checked++)
		if (edge_keeps(edge_kind(*e.at)) &&
		    !target_is_down(w, edge_service(*e.at)))
			return true;
	return false;
}

/* A restart of a service that is not running is a start; of a timer, that it
 * waits for its next time. */
static enum target target_in(const struct world *w, uint32_t i,
                             enum target target)
{
	enum state state = w->records[i].phase.state;
	bool idle = !state_active(state) && state != STATE_CANNOT_STOP;

	return target == TARGET_RESTART && idle && !is_timed(w, i) ? TARGET_UP
	                                                           : target;
}

static void target_apply(struct world *w, uint32_t i, struct change *change)
{
	union phase phase = w->records[i].phase;
	enum state state = phase.state;
	enum target target = target_in(w, i, w->works[i].new_target);

	phase.target = target;
	if (target != TARGET_DOWN)
		phase.fault = phase.attempt = 0;
	*change = (struct change){ .service = i,
		                   .from = state,
		                   .to = state,
		                   .phase = phase,
		                   .effect = EFFECT_NOTHING };
	if (target_wanted(target))
		spread_up(w, i, target);
	else if (target == TARGET_RESTART)
		spread_restart(w, i);
	else
		spread_down(w, i);
}

/* The next member that goes down: it has no new target yet, and no service
 * keeps it up. One that is kept is queued again when a service that keeps it
 * goes down. */
static bool member_next(struct world *w, uint32_t *i)
{
	while (queue_pop(&w->members, i)) {
		struct work *work = &w->works[*i];

		work->member = MEMBER_KEPT;
		if (work->target_spread || member_is_kept(w, *i))
			continue;
		work->target_spread = 1;
		work->new_target = TARGET_DOWN;
		return true;
	}
	return false;
}

static void reached_clear(struct world *w)
{
	while (w->reached_count > 0) {
		struct work *work = &w->works[w->reached[--w->reached_count]];

		work->target_spread = 0;
		work->member = MEMBER_OF_NONE;
		work->keepers_checked = 0;
	}
}

/* The next service whose target changes, in *change, with the phase to be
 * stored; the caller stores it before the next call. False: the change of
 * targets has reached all. O(edges of all that it reaches) for all calls
 * together. */
bool target_next(struct world *w, struct change *change)
{
	uint32_t i;

	/* Members last, so that it is known which services keep them up. */
	while (queue_pop(&w->targets, &i) || member_next(w, &i)) {
		target_apply(w, i, change);
		if (change->phase.word != w->records[i].phase.word)
			return true;
	}
	reached_clear(w);
	return false;
}
