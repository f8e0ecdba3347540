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

/* What is left of this when all is spread, forget() clears. */
static void touch(struct world *w, uint32_t i)
{
	const struct work *work = &w->works[i];

	if (!work->wished && work->member == MEMBER_OF_NONE)
		w->touched[w->touched_count++] = i;
}

/* It is only there to be stopped. */
static bool is_gone(const struct world *w, uint32_t i)
{
	return table_service(w->table, i)->gone != 0;
}

static void wish(struct world *w, uint32_t i, enum target target)
{
	struct work *work = &w->works[i];

	if (work->wished || (is_gone(w, i) && target != TARGET_DOWN))
		return;
	touch(w, i);
	work->wished = 1;
	work->wish = target;
	queue_push(&w->hard, i);
}

void target_set(struct world *w, uint32_t i, enum target target)
{
	wish(w, i, target);
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
static bool is_down(const struct world *w, uint32_t i)
{
	return w->records[i].phase.target == TARGET_DOWN;
}

static void set_down(struct world *w, uint32_t i)
{
	if (!is_down(w, i))
		wish(w, i, TARGET_DOWN);
}

/* One of its groups goes down: so does it, unless it is kept. */
static void set_member_down(struct world *w, uint32_t i)
{
	struct work *work = &w->works[i];

	if (is_down(w, i) || work->wished || work->member == MEMBER_QUEUED)
		return;
	touch(w, i);
	work->member = MEMBER_QUEUED;
	queue_push(&w->soft, i);
}

/* What lies below goes up with it; what repels it goes down. */
static void spread_up(struct world *w, uint32_t i, enum target target)
{
	for (struct edges e = edges_from(w->table, i); e.at < e.end; e.at++) {
		enum edge_kind kind = edge_kind(*e.at);
		uint32_t other = edge_service(*e.at);

		if (columns[kind].repels)
			set_down(w, other);
		if (columns[kind].lifts)
			wish(w, other,
			     kind == EDGE_GROUPS ? target : TARGET_UP);
	}
}

/* Who wants it below, if it is up: it is not to go down with a group. */
static bool keeps(enum edge_kind kind)
{
	return columns[kind].falls || columns[kind].groups;
}

/* What stands on it falls with it; its members fall if nobody else is left
 * that wants them, and so do those that were kept because of it. */
static void spread_down(struct world *w, uint32_t i)
{
	struct edges e;

	for (e = edges_to(w->table, i); e.at < e.end; e.at++)
		if (columns[edge_kind(*e.at)].falls)
			set_down(w, edge_service(*e.at));
	for (e = edges_from(w->table, i); e.at < e.end; e.at++) {
		enum edge_kind kind = edge_kind(*e.at);
		uint32_t other = edge_service(*e.at);

		if (columns[kind].groups ||
		    (keeps(kind) && w->works[other].member == MEMBER_KEPT))
			set_member_down(w, other);
	}
}

/* What runs and stands on it, or is a member, restarts with it. */
static void spread_restart(struct world *w, uint32_t i)
{
	struct edges e;

	for (e = edges_to(w->table, i); e.at < e.end; e.at++)
		if (columns[edge_kind(*e.at)].falls &&
		    runs(w, edge_service(*e.at)))
			wish(w, edge_service(*e.at), TARGET_RESTART);
	for (e = edges_from(w->table, i); e.at < e.end; e.at++)
		if (edge_kind(*e.at) == EDGE_GROUPS &&
		    runs(w, edge_service(*e.at)))
			wish(w, edge_service(*e.at), TARGET_RESTART);
}

/* By now nobody goes up any more: who wants it no more never will, and is not
 * asked again. So each edge is looked at once, however often it is kept. */
static bool is_kept(struct world *w, uint32_t i)
{
	struct edges e = edges_to(w->table, i);
	struct work *work = &w->works[i];

	for (e.at += work->refused; e.at < e.end; e.at++, work->refused++)
		if (keeps(edge_kind(*e.at)) &&
		    !is_down(w, edge_service(*e.at)))
			return true;
	return false;
}

/* There is nothing to bring down first: a restart of it is a start. */
static enum target target_in(enum state state, enum target target)
{
	bool idle = !state_active(state) && state != STATE_CANNOT_STOP;

	return target == TARGET_RESTART && idle ? TARGET_UP : target;
}

static void apply(struct world *w, uint32_t i, struct change *change)
{
	union phase phase = w->records[i].phase;
	enum state state = phase.state;
	enum target target = target_in(state, w->works[i].wish);

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

/* The next member that goes down: it has no wish of its own, and nobody keeps
 * it. One that is kept is asked again when one of those goes down. */
static bool next_member(struct world *w, uint32_t *i)
{
	while (queue_pop(&w->soft, i)) {
		struct work *work = &w->works[*i];

		work->member = MEMBER_KEPT;
		if (work->wished || is_kept(w, *i))
			continue;
		work->wished = 1;
		work->wish = TARGET_DOWN;
		return true;
	}
	return false;
}

static void forget(struct world *w)
{
	while (w->touched_count > 0) {
		struct work *work = &w->works[w->touched[--w->touched_count]];

		work->wished = 0;
		work->member = MEMBER_OF_NONE;
		work->refused = 0;
	}
}

bool target_next(struct world *w, struct change *change)
{
	uint32_t i;

	/* Members last, so that it is known who wants them. */
	while (queue_pop(&w->hard, &i) || next_member(w, &i)) {
		apply(w, i, change);
		if (change->phase.word != w->records[i].phase.word)
			return true;
	}
	forget(w);
	return false;
}
