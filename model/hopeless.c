/* SPDX-License-Identifier: MIT */
/* Services that wait in vain: what they need has failed for good, or waits in
 * vain itself. FAILED is left only if a person asks for that. */
#include "model/hopeless.h"

#include "model/graph.h"

/* An edge of service i that is not met, to a service that has failed, or else
 * to one that is known to be hopeless: its other end; TABLE_NONE: there is
 * none. O(edges of it). */
static uint32_t in_the_way(const struct world *w, uint32_t i)
{
	struct edges e = edges_from(w->table, i);
	uint32_t found = TABLE_NONE;

	for (; e.at < e.end; e.at++) {
		uint32_t other = edge_service(*e.at);
		union phase phase = w->records[other].phase;

		if (edge_met(edge_kind(*e.at), phase))
			continue;
		if (phase.state == STATE_FAILED || phase.state == STATE_SKIPPED)
			return other;
		if (w->works[other].hopeless)
			found = other;
	}
	return found;
}

static bool waits(const struct world *w, uint32_t i)
{
	return w->records[i].phase.state == STATE_WAITING_TO_START &&
	       w->works[i].unmet > 0;
}

/* Marks each service that is found to be hopeless; true: there were some. */
static bool mark_more(struct world *w)
{
	bool more = false;

	for (uint32_t i = 0; i < w->table->services; i++)
		if (!w->works[i].hopeless && waits(w, i) &&
		    in_the_way(w, i) != TABLE_NONE)
			w->works[i].hopeless = more = true;
	return more;
}

/* The service that has failed for good, and without which this one, which waits
 * to start, cannot; TABLE_NONE: there is none. No service may be dirty: one that
 * has failed may be about to be started again. O(edges × length of the longest
 * chain of services that wait), so it is for rare moments. */
uint32_t hopeless_for(struct world *w, uint32_t service)
{
	uint32_t steps = w->table->services;

	for (uint32_t i = 0; i < w->table->services; i++)
		w->works[i].hopeless = 0;
	while (mark_more(w))
		;
	/* Along marks, in which there is no circle; and none could hold us. */
	while (steps-- > 0 && w->works[service].hopeless)
		service = in_the_way(w, service);
	return w->records[service].phase.state == STATE_FAILED ||
	                       w->records[service].phase.state == STATE_SKIPPED
	               ? service
	               : TABLE_NONE;
}
