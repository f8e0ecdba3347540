/* SPDX-License-Identifier: MIT */
/* Services that their own dependencies would stop: going up, they pull up two
 * that conflict. For each conflict, which services pull up both? Knows no cycle. */
#include "config/check/check.h"

struct pull {
	const struct graph *g;
	uint32_t *seen_a, *seen_b;  /* number of the conflict that reached it */
	uint32_t *queue;
	bool *reported;
	uint32_t number;
};

/* Marks all that pull up `i`, itself included; returns how many there are in
 * p->queue. */
static uint32_t mark_above(struct pull *p, uint32_t i, uint32_t *seen)
{
	const struct graph *g = p->g;
	uint32_t count = 0;

	seen[i] = p->number;
	p->queue[count++] = i;
	for (uint32_t k = 0; k < count; k++) {
		uint32_t at = p->queue[k];

		for (uint32_t e = g->back_first[at]; e < g->back_first[at + 1];
		     e++) {
			uint32_t above = edge_service(g->back[e]);

			if (!edge_lifts(g->back[e]) ||
			    seen[above] == p->number)
				continue;
			seen[above] = p->number;
			p->queue[count++] = above;
		}
	}
	return count;
}

static bool pulls_both(const struct pull *p, uint32_t i)
{
	return p->seen_a[i] == p->number && p->seen_b[i] == p->number;
}

/* None of those that it pulls up has the same trouble already. */
static bool is_lowest(const struct pull *p, uint32_t i)
{
	const struct graph *g = p->g;

	for (uint32_t e = g->first[i]; e < g->first[i + 1]; e++)
		if (edge_lifts(g->edge[e]) &&
		    pulls_both(p, edge_service(g->edge[e])))
			return false;
	return true;
}

/* It has one edge to the other that pulls it up, and one that conflicts, both
 * of its own: that was found already. */
static bool is_direct(const struct config *c, const struct graph *g,
                      uint32_t a, uint32_t b)
{
	const struct config_list *said = &service_of(c, a)->conflicts;
	bool pulls = false;

	for (uint32_t e = g->first[a]; e < g->first[a + 1]; e++)
		pulls |= edge_lifts(g->edge[e]) &&
		         edge_service(g->edge[e]) == b;
	for (size_t k = 0; pulls && k < said->count; k++)
		if (said->item[k] != NULL &&
		    names_find(c, said->item[k]) == b)
			return true;
	return false;
}

static void report_stop(const struct config *c, struct pull *p, uint32_t i,
                        uint32_t a, uint32_t b)
{
	if (p->reported[i])
		return;
	p->reported[i] = true;
	if (i == a || i == b)
		report_error(c, i, " would be stopped by its own "
		             "dependencies: it pulls up '%s', which conflicts "
		             "with it", service_of(c, i == a ? b : a)->name);
	else
		report_error(c, i, " would be stopped by its own "
		             "dependencies: it pulls up '%s' and '%s', which "
		             "conflict", service_of(c, a)->name,
		             service_of(c, b)->name);
}

static void check_conflict(const struct config *c, struct pull *p, uint32_t a,
                           uint32_t b)
{
	uint32_t count, lowest = 0, any = TABLE_NONE;

	if (is_direct(c, p->g, a, b) || is_direct(c, p->g, b, a))
		return;
	p->number++;
	(void)mark_above(p, a, p->seen_a);
	count = mark_above(p, b, p->seen_b);
	for (uint32_t k = 0; k < count; k++) {
		uint32_t i = p->queue[k];

		if (!pulls_both(p, i))
			continue;
		if (i < any)
			any = i;
		if (is_lowest(p, i)) {
			report_stop(c, p, i, a, b);
			lowest++;
		}
	}
	if (lowest == 0 && any != TABLE_NONE)   /* they pull up each other */
		report_stop(c, p, any, a, b);
}

void stops_check(const struct config *c, const struct graph *g)
{
	uint32_t n = g->services;
	struct pull p = {
		.g = g,
		.seen_a = memory_new(n, sizeof(uint32_t)),
		.seen_b = memory_new(n, sizeof(uint32_t)),
		.queue = memory_new(n, sizeof(uint32_t)),
		.reported = memory_new(n, sizeof(bool)),
	};

	for (uint32_t i = 0; i < n; i++)
		for (uint32_t e = g->first[i]; e < g->first[i + 1]; e++)
			if (edge_kind(g->edge[e]) == EDGE_CONFLICTS &&
			    edge_service(g->edge[e]) > i)
				check_conflict(c, &p, i,
				               edge_service(g->edge[e]));
}
