/* SPDX-License-Identifier: MIT */
/* What follows from the targets at the start: which services go up, which of
 * those conflict, which depend on one that goes down by itself, and whether the
 * primary goes up. Linear in services and edges. */
#include "config/check/check.h"

/* Which services go up at the start: marks, and a list. */
struct rise {
	bool *up;
	uint32_t *queue, count;
};

static void rise_add(struct rise *r, uint32_t i)
{
	if (r->up[i])
		return;
	r->up[i] = true;
	r->queue[r->count++] = i;
}

static struct rise rise_all(const struct config *c, const struct graph *g)
{
	struct rise r = {
		.up = memory_new(g->services, sizeof(bool)),
		.queue = memory_new(g->services, sizeof(uint32_t)),
	};

	for (uint32_t i = 0; i < g->services; i++)
		if (service_of(c, i)->target != DOWN)
			rise_add(&r, i);
	for (uint32_t k = 0; k < r.count; k++)
		for (uint32_t e = g->first[r.queue[k]];
		     e < g->first[r.queue[k] + 1]; e++)
			if (edge_lifts(g->edge[e]))
				rise_add(&r, edge_service(g->edge[e]));
	return r;
}

/* Reports a conflict about the later one of two services. */
static void service_check_rivals(const struct config *c, const struct graph *g,
                                 const struct rise *r, uint32_t i)
{
	if (!r->up[i])
		return;
	for (uint32_t e = g->first[i]; e < g->first[i + 1]; e++) {
		uint32_t other = edge_service(g->edge[e]);

		if (edge_kind(g->edge[e]) != EDGE_CONFLICTS || other > i ||
		    !r->up[other])
			continue;
		report_warning(c, i,
		               " conflicts with '%s', and both are to be "
		               "up from the start; let one be .target = DOWN",
		               service_of(c, other)->name);
	}
}

/* Is it up only for a while, so that a service that depends on it may come too
 * late? */
static bool service_goes_down(const struct config *c, uint32_t i)
{
	return service_of(c, i)->target == ONCE;
}

static void service_check_needs(const struct config *c, const struct graph *g,
                                uint32_t i)
{
	for (uint32_t e = g->first[i]; e < g->first[i + 1]; e++) {
		enum edge_kind kind = edge_kind(g->edge[e]);
		uint32_t other = edge_service(g->edge[e]);

		if (!service_goes_down(c, other))
			continue;
		if (kind == EDGE_NEEDS || kind == EDGE_BINDS ||
		    kind == EDGE_REQUIRES)
			report_warning(
				c, i,
				" %s '%s', which is ONCE: it is "
				"down when its program has ended; let "
				"that be its .setup, which leaves it up, "
				"or say .wants",
				kind == EDGE_NEEDS   ? "needs"
				: kind == EDGE_BINDS ? "binds to"
				                     : "requires",
				service_of(c, other)->name);
		else if (kind == EDGE_LOGS)
			report_warning(c, i,
			               " logs to '%s', which is ONCE: "
			               "when it has ended nobody reads the log",
			               service_of(c, other)->name);
	}
}

static void primary_check(const struct config *c, const struct rise *r)
{
	uint32_t first = TABLE_NONE;

	for (uint32_t i = 0; i < c->count; i++) {
		if (!service_of(c, i)->primary)
			continue;
		if (first != TABLE_NONE) {
			report_error(c, i,
			             " is primary, as is '%s' in line "
			             "%u; there can be one only",
			             service_of(c, first)->name != NULL
			                     ? service_of(c, first)->name
			                     : "",
			             c->services[first].line);
			continue;
		}
		first = i;
		if (!r->up[i])
			report_warning(c, i,
			               " is primary and DOWN, and nothing "
			               "that is up from the start pulls it up");
	}
}

/* Reports services that conflict and are both up at the start. */
void rivals_check(const struct config *c, const struct graph *g)
{
	struct rise r = rise_all(c, g);

	for (uint32_t i = 0; i < g->services; i++)
		service_check_rivals(c, g, &r, i);
}

/* Reports services that depend on one that is ONCE, and a primary that is not
 * up at the start, or that there are two. */
void targets_check(const struct config *c, const struct graph *g)
{
	struct rise r = rise_all(c, g);

	for (uint32_t i = 0; i < g->services; i++)
		service_check_needs(c, g, i);
	primary_check(c, &r);
}
