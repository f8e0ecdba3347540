/* SPDX-License-Identifier: MIT */
/* Cycles: services that would wait for each other for ever, groups that
 * contain themselves. One finding for each knot of cycles, with its shortest
 * path. Linear in services and edges, and without recursion. */
#include "config/check/check.h"

enum { STEPS_SHOWN = 24 }; /* of a path, even */

/* The edges that make one wait for the other; and those of groups. */
static const uint32_t waiting = 1u << EDGE_NEEDS | 1u << EDGE_BINDS |
                                1u << EDGE_WANTS | 1u << EDGE_AFTER |
                                1u << EDGE_LOGS | 1u << EDGE_REQUIRES;
static const uint32_t grouping = 1u << EDGE_GROUPS;

/* Tarjan's search for strongly connected components. A component ("knot") is
 * named by its service that is first in the file. */
struct search {
	const struct graph *g;
	uint32_t kinds;
	uint32_t *order, *low, *next, *knot, *size;
	uint32_t *path, depth;  /* services being visited */
	uint32_t *open, opened; /* visited, in no component yet */
	uint32_t visited;
};

static bool counts(const struct search *s, uint32_t edge)
{
	return (s->kinds >> edge_kind(edge) & 1) != 0;
}

static void enter(struct search *s, uint32_t i)
{
	s->order[i] = s->low[i] = ++s->visited;
	s->next[i] = s->g->first[i];
	s->path[s->depth++] = i;
	s->open[s->opened++] = i;
}

/* All that was opened since i is one component. */
static void close_knot(struct search *s, uint32_t i)
{
	uint32_t from = s->opened, first = TABLE_NONE;

	do {
		from--;
		if (s->open[from] < first)
			first = s->open[from];
	} while (s->open[from] != i);
	s->size[first] = s->opened - from;
	while (s->opened > from)
		s->knot[s->open[--s->opened]] = first;
}

static void leave(struct search *s)
{
	uint32_t i = s->path[--s->depth];

	if (s->low[i] == s->order[i])
		close_knot(s, i);
	if (s->depth > 0) {
		uint32_t above = s->path[s->depth - 1];

		if (s->low[i] < s->low[above])
			s->low[above] = s->low[i];
	}
}

static void visit(struct search *s, uint32_t i, uint32_t edge)
{
	uint32_t other = edge_service(edge);

	if (!counts(s, edge))
		return;
	if (s->order[other] == 0)
		enter(s, other);
	else if (s->knot[other] == TABLE_NONE && s->order[other] < s->low[i])
		s->low[i] = s->order[other];
}

static void explore(struct search *s, uint32_t start)
{
	enter(s, start);
	while (s->depth > 0) {
		uint32_t i = s->path[s->depth - 1];

		if (s->next[i] < s->g->first[i + 1])
			visit(s, i, s->g->edge[s->next[i]++]);
		else
			leave(s);
	}
}

static struct search search_all(const struct graph *g, uint32_t kinds)
{
	uint32_t n = g->services;
	struct search s = {
		.g = g,
		.kinds = kinds,
		.order = memory_new(n, sizeof(uint32_t)),
		.low = memory_new(n, sizeof(uint32_t)),
		.next = memory_new(n, sizeof(uint32_t)),
		.knot = memory_new(n, sizeof(uint32_t)),
		.size = memory_new(n, sizeof(uint32_t)),
		.path = memory_new(n, sizeof(uint32_t)),
		.open = memory_new(n, sizeof(uint32_t)),
	};

	for (uint32_t i = 0; i < n; i++)
		s.knot[i] = TABLE_NONE;
	for (uint32_t i = 0; i < n; i++)
		if (s.order[i] == 0)
			explore(&s, i);
	return s;
}

/* Breadth first from `start` inside its knot until an edge leads back there.
 * Returns the last service of that path; from[] leads back from it. */
static uint32_t way_back(const struct search *s, uint32_t start, uint32_t *from)
{
	uint32_t *queue = s->open; /* it is empty by now */
	uint32_t count = 0;

	from[start] = start;
	queue[count++] = start;
	for (uint32_t k = 0; k < count; k++) {
		uint32_t i = queue[k];

		for (uint32_t e = s->g->first[i]; e < s->g->first[i + 1]; e++) {
			uint32_t other = edge_service(s->g->edge[e]);

			if (!counts(s, s->g->edge[e]) ||
			    s->knot[other] != s->knot[i])
				continue;
			if (other == start)
				return i;
			if (from[other] == TABLE_NONE) {
				from[other] = i;
				queue[count++] = other;
			}
		}
	}
	return start; /* not reached: it is in a cycle */
}

static const char *cycle_text(const struct config *c, const struct search *s,
                              uint32_t start, uint32_t *from)
{
	uint32_t *steps = s->path; /* it is empty by now */
	uint32_t count = 0, i = way_back(s, start, from);
	char *text = NULL;
	size_t size;
	FILE *to = open_memstream(&text, &size);

	if (to == NULL)
		return "(out of memory)";
	for (; i != start; i = from[i])
		steps[count++] = i;
	fprintf(to, "%s", service_of(c, start)->name);
	for (uint32_t left = count; left > 0; left--) {
		if (count > STEPS_SHOWN && left == count - STEPS_SHOWN / 2) {
			fprintf(to, " -> ... (%u more)", count - STEPS_SHOWN);
			left = STEPS_SHOWN / 2 + 1;
			continue;
		}
		fprintf(to, " -> %s", service_of(c, steps[left - 1])->name);
	}
	fprintf(to, " -> %s", service_of(c, start)->name);
	fclose(to);
	return text;
}

static bool report_knots(const struct config *c, const struct graph *g,
                         uint32_t kinds, const char *what)
{
	struct search s = search_all(g, kinds);
	uint32_t *from = memory_new(g->services, sizeof(uint32_t));
	bool found = false;

	for (uint32_t i = 0; i < g->services; i++)
		from[i] = TABLE_NONE;
	for (uint32_t i = 0; i < g->services; i++) {
		if (s.size[i] < 2)
			continue;
		report_error(c, i, " %s itself: %s", what,
		             cycle_text(c, &s, i, from));
		found = true;
	}
	return found;
}

bool cycles_check(const struct config *c, const struct graph *g)
{
	bool found = report_knots(c, g, waiting, "waits for");

	(void)report_knots(c, g, grouping, "is a member of");
	return !found;
}
