/* SPDX-License-Identifier: MIT */
/* Counting what keeps a service from starting and stopping. On each change
 * only the edges of the one that changed are looked at. */
#include "model/graph.h"

enum met { MET_UP, MET_PASSED, MET_CHANCE, MET_OUT, MET_ANY };
enum waits { WAITS_ALWAYS, WAITS_WAY, WAITS_STALE, WAITS_NEVER };

static const struct {
	uint8_t met, waits;
} columns[EDGES] = {
#define EDGE(name, label, met, waits, lifts, falls, groups, repels) \
	{ MET_##met, WAITS_##waits },
#include "model/edge.def"
#undef EDGE
};

/* The edges that begin at a service: it depends on their other ends. O(1). */
struct edges edges_from(const struct table *t, uint32_t i)
{
	const uint32_t *edges = table_edges(t);

	return (struct edges){ edges + table_service(t, i)->edge_first,
		               edges + table_service(t, i + 1)->edge_first };
}

/* The edges that end at a service: their other ends depend on it. O(1). */
struct edges edges_to(const struct table *t, uint32_t i)
{
	const uint32_t *edges = table_back(t);

	return (struct edges){ edges + table_service(t, i)->back_first,
		               edges + table_service(t, i + 1)->back_first };
}

static bool phase_is_up(union phase p)
{
	return p.state == STATE_UP && target_wanted(p.target);
}

/* There is nothing to do for it here, so what needs it can do without. */
static bool phase_is_skipped(union phase p)
{
	return p.state == STATE_SKIPPED && target_wanted(p.target);
}

/* An attempt has failed since it was asked up or was last healthy: this one,
 * whose processes may not have ended yet, or an earlier one. In a rising state
 * the attempt that is under way is counted already. One that stops with what it
 * binds to has not failed. */
static bool phase_has_failed(union phase p)
{
	bool rising = state_rising(p.state);

	return p.fault || ((rising || p.state == STATE_WAITING_TO_START) &&
	                   p.attempt > rising);
}

/* It was waited for long enough: it is up, an attempt has failed, or its target
 * is down. What is tried for ever is not waited for for ever. */
static bool phase_had_chance(union phase p)
{
	if (!target_wanted(p.target))
		return p.state == STATE_DOWN || p.state == STATE_FAILED ||
		       p.state == STATE_CANNOT_STOP;
	return phase_is_up(p) || p.state == STATE_CANNOT_STOP ||
	       phase_has_failed(p);
}

static bool phase_is_out(union phase p)
{
	return p.state == STATE_DOWN || p.state == STATE_FAILED ||
	       p.state == STATE_WAITING_TO_START || p.state == STATE_SKIPPED;
}

/* What a service in this phase is for those that need it. settled: if it is up,
 * it has been so for .settle; before that it counts as starting. */
union phase phase_seen(union phase p, bool settled)
{
	if (p.state == STATE_UP && !settled)
		p.state = STATE_STARTING;
	return p;
}

/* May the service that depends start, as far as this edge goes? depended: the
 * phase of the other one, as it is seen. */
bool edge_met(enum edge_kind kind, union phase depended)
{
	switch ((enum met)columns[kind].met) {
	case MET_UP:
		return phase_is_up(depended);
	case MET_PASSED:
		return phase_is_up(depended) || phase_is_skipped(depended);
	case MET_CHANCE:
		return phase_had_chance(depended);
	case MET_OUT:
		return phase_is_out(depended);
	case MET_ANY:
		break;
	}
	return true;
}

/* Must the service that is depended on wait with stopping, for this edge?
 * depending: the phase of the other one. */
bool edge_holds(enum edge_kind kind, union phase depending)
{
	switch ((enum waits)columns[kind].waits) {
	case WAITS_ALWAYS:
		return state_active(depending.state);
	case WAITS_WAY:
		return state_active(depending.state) &&
		       !target_wanted(depending.target);
	case WAITS_STALE:
		return state_active(depending.state) && depending.stale;
	case WAITS_NEVER:
		break;
	}
	return false;
}

/* Can what becomes of one end start or stop the other? Not by these, which tell
 * of a target, a descriptor or a reload. */
bool edge_moves(enum edge_kind kind)
{
	return kind != EDGE_GROUPS && kind != EDGE_LENT &&
	       kind != EDGE_RELOADS;
}
