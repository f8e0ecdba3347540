/* SPDX-License-Identifier: MIT */
/* When a restart overlaps, and what becomes of its two generations. Knows no
 * kernel. */
#include "model/overlap.h"

/* Is it up, and to stay so? */
static bool serves(const struct record *r)
{
	return r->phase.state == STATE_UP && r->phase.target == TARGET_UP &&
	       r->life.pid != 0;
}

/* Would a restart of this service, with what is stored now, overlap? Else, as
 * it is not up, or has no other place, it is one in turn. */
bool overlap_may(const struct world *w, uint32_t i)
{
	return table_service(w->table, i)->other > i + 1 &&
	       serves(&w->records[i]);
}

/* The next generation is ready: what is to be known of its start is known. */
static bool takes_over(const struct world *w, uint32_t second)
{
	const struct work *work = &w->works[second];

	return serves(&w->records[second]) && work->settled &&
	       work->slot == NO_SLOT;
}

/* For a service without a rule to follow: has the next generation to take over
 * (change->swaps), or, as the one that serves is not to stay up, to go? *change
 * is about the second place then. Once done it is false. O(1). */
bool overlap_judge(const struct world *w, uint32_t i, struct change *change)
{
	uint32_t first = table_first(w->table, i);
	uint32_t second = table_service(w->table, first)->other - 1;
	union phase phase;

	if (second == TABLE_NONE)
		return false;
	phase = w->records[second].phase;
	if (phase.target == TARGET_DOWN ||
	    (serves(&w->records[first]) && !takes_over(w, second)))
		return false;
	phase.target = TARGET_DOWN;
	*change = (struct change){ .service = second,
		                   .from = phase.state,
		                   .to = phase.state,
		                   .phase = phase,
		                   .effect = EFFECT_NOTHING,
		                   .swaps = serves(&w->records[first]) };
	return true;
}
