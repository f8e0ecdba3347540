/* SPDX-License-Identifier: MIT */
/* How a wish spreads over the edges (the columns lifts, falls, groups and
 * repels of edge.def), with a work list instead of recursion. Knows no
 * request and no clock. */
#include "model/world.h"

#include "model/graph.h"

static const struct {
	bool lifts, falls, groups, repels;
} columns[EDGES] = {
#define EDGE(name, label, met, waits, lifts, falls, groups, repels) \
	{ lifts, falls, groups, repels },
#include "model/edge.def"
#undef EDGE
};

static void wish(struct world *w, struct queue *q, uint32_t i,
                 enum target target)
{
	struct work *work = &w->works[i];

	if (work->wished)
		return;
	work->wished = 1;
	work->wish = target;
	queue_push(q, i);
}

void target_wish(struct world *w, uint32_t i, enum target target)
{
	wish(w, &w->hard, i, target);
}

static bool is_wanted(const struct world *w, uint32_t i)
{
	return target_wanted(w->records[i].phase.target);
}

static bool runs(const struct world *w, uint32_t i)
{
	return state_active(w->records[i].phase.state) && is_wanted(w, i);
}

/* Down reaches only those that are not: what was down already has nobody that
 * falls with it, and no members of its own that are up because of it. */
static void wish_down(struct world *w, struct queue *q, uint32_t i)
{
	if (w->records[i].phase.target != TARGET_DOWN)
		wish(w, q, i, TARGET_DOWN);
}

/* What lies below goes up with it; what repels it goes down. */
static void spread_up(struct world *w, uint32_t i, enum target target)
{
	for (struct edges e = edges_from(w->table, i); e.at < e.end; e.at++) {
		enum edge_kind kind = edge_kind(*e.at);
		uint32_t other = edge_service(*e.at);

		if (columns[kind].repels)
			wish_down(w, &w->hard, other);
		else if (kind == EDGE_GROUPS)
			wish(w, &w->hard, other, target);
		else if (columns[kind].lifts)
			wish(w, &w->hard, other, TARGET_UP);
	}
}

/* What stands on it falls with it; its members fall if nobody else is left
 * that wants them. */
static void spread_down(struct world *w, uint32_t i)
{
	struct edges e;

	for (e = edges_to(w->table, i); e.at < e.end; e.at++)
		if (columns[edge_kind(*e.at)].falls)
			wish_down(w, &w->hard, edge_service(*e.at));
	for (e = edges_from(w->table, i); e.at < e.end; e.at++)
		if (columns[edge_kind(*e.at)].groups)
			wish_down(w, &w->soft, edge_service(*e.at));
}

/* What runs and stands on it, or is a member, restarts with it. */
static void spread_restart(struct world *w, uint32_t i)
{
	struct edges e;

	for (e = edges_to(w->table, i); e.at < e.end; e.at++)
		if (columns[edge_kind(*e.at)].falls &&
		    runs(w, edge_service(*e.at)))
			wish(w, &w->hard, edge_service(*e.at), TARGET_RESTART);
	for (e = edges_from(w->table, i); e.at < e.end; e.at++)
		if (edge_kind(*e.at) == EDGE_GROUPS &&
		    runs(w, edge_service(*e.at)))
			wish(w, &w->hard, edge_service(*e.at), TARGET_RESTART);
}

static bool wanted_by_others(const struct world *w, uint32_t i)
{
	struct edges e = edges_to(w->table, i);

	for (; e.at < e.end; e.at++) {
		enum edge_kind kind = edge_kind(*e.at);

		if ((columns[kind].falls || columns[kind].groups) &&
		    is_wanted(w, edge_service(*e.at)))
			return true;
	}
	return false;
}

/* There is nothing to bring down first: a restart of it is a start. */
static enum target wish_in(enum state state, enum target target)
{
	bool idle = !state_active(state) && state != STATE_CANNOT_STOP;

	return target == TARGET_RESTART && idle ? TARGET_UP : target;
}

static void apply(struct world *w, uint32_t i, struct change *change)
{
	union phase phase = w->records[i].phase;
	enum state state = phase.state;
	enum target target = wish_in(state, w->works[i].wish);

	phase.target = target;
	if (target != TARGET_DOWN)
		phase.fault = phase.attempt = 0;
	*change = (struct change){ i, state, state, phase, EFFECT_NOTHING, 0 };
	if (target_wanted(target))
		spread_up(w, i, target);
	else if (target == TARGET_RESTART)
		spread_restart(w, i);
	else
		spread_down(w, i);
}

/* The next wish: needs first, so that it is known who wants a member. */
static bool next_wish(struct world *w, uint32_t *i)
{
	if (queue_pop(&w->hard, i))
		return true;
	while (queue_pop(&w->soft, i)) {
		if (!wanted_by_others(w, *i))
			return true;
		w->works[*i].wished = 0;
	}
	return false;
}

static void forget(struct world *w)
{
	while (w->touched_count > 0)
		w->works[w->touched[--w->touched_count]].wished = 0;
}

bool target_next(struct world *w, struct change *change)
{
	uint32_t i;

	while (next_wish(w, &i)) {
		w->touched[w->touched_count++] = i;
		apply(w, i, change);
		if (change->phase.word != w->records[i].phase.word)
			return true;
	}
	forget(w);
	return false;
}
