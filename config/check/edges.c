/* SPDX-License-Identifier: MIT */
/* The lists of names become edges; what is odd between two services is found
 * on the way. Knows no path longer than one edge. */
#include <stdlib.h>
#include <string.h>

#include "config/check/check.h"

/* The field of the configuration, and how a finding says it. */
static const struct {
	const char *field, *says;
	size_t list;
} kinds[EDGES] = {
#define LIST_FIELD(kind, name, says) \
	[EDGE_##kind] = { #name, says, offsetof(struct config_service, name) }
	LIST_FIELD(NEEDS, needs, "needs"),
	LIST_FIELD(BINDS, binds, "binds to"),
	LIST_FIELD(WANTS, wants, "wants"),
	LIST_FIELD(AFTER, after, "comes after"),
	LIST_FIELD(CONFLICTS, conflicts, "conflicts with"),
	LIST_FIELD(GROUPS, members, "groups"),
	[EDGE_LOGS] = { "log", "logs to", 0 },
	LIST_FIELD(FOLLOWS, follows, "follows"),
	LIST_FIELD(REQUIRES, requires_up, "requires"),
	LIST_FIELD(RELOADS, reload_with, "is reloaded with"),
#undef LIST_FIELD
};

enum { WAITS_NEVER, WAITS_WAY, WAITS_STALE, WAITS_ALWAYS };

static const struct {
	const char *label;
	bool waits, lifts, falls;
} columns[EDGES] = {
#define EDGE(name, label, met, waits, lifts, falls, groups, repels) \
	{ label, WAITS_##waits != WAITS_NEVER, lifts, falls },
#include "model/edge.def"
#undef EDGE
};

/* An edge with both of its ends. */
struct link {
	uint32_t from, edge;
};

struct links {
	struct link *at;
	size_t count, room;
};

bool edge_lifts(uint32_t edge)
{
	return columns[edge_kind(edge)].lifts;
}

bool edge_waits(uint32_t edge)
{
	return columns[edge_kind(edge)].waits;
}

const char *edge_label(uint32_t edge)
{
	return columns[edge_kind(edge)].label;
}

static void edge_add(struct links *l, uint32_t from, uint32_t edge)
{
	if (l->count == l->room) {
		l->room = 2 * l->room + 64;
		l->at = memory_grow(l->at, l->room, sizeof(*l->at));
	}
	l->at[l->count++] = (struct link){ from, edge };
}

static bool is_service(const struct config *c, const char *name, size_t size)
{
	char part[NAME_MAX_BYTES + 1];

	if (size > NAME_MAX_BYTES)
		return false;
	memcpy(part, name, size);
	part[size] = '\0';
	return names_find(c, part) != TABLE_NONE;
}

/* "db" "web" is one string in C. Where the first of two services ends, or 0;
 * of one letter it could be any. */
static size_t glued_at(const struct config *c, const char *name)
{
	size_t size = strlen(name);

	for (size_t at = 2; at + 2 <= size && size <= 2 * NAME_MAX_BYTES; at++)
		if (is_service(c, name, at) &&
		    is_service(c, name + at, size - at))
			return at;
	return 0;
}

static void edge_report_unknown(const struct config *c, uint32_t i,
                                enum edge_kind kind, const char *name)
{
	size_t glued = glued_at(c, name);
	const char *like = glued == 0 ? names_like(c, name) : NULL;

	if (glued != 0)
		report_error(c, i,
		             " %s '%s', which does not exist; is a comma "
		             "missing between '%.*s' and '%s'?",
		             kinds[kind].says, name, (int)glued, name,
		             name + glued);
	else if (like == NULL)
		report_error(c, i, " %s '%s', which does not exist",
		             kinds[kind].says, name);
	else
		report_error(c, i,
		             " %s '%s', which does not exist; "
		             "did you mean '%s'?",
		             kinds[kind].says, name, like);
}

/* A second service of the same name means the first by it. */
static uint32_t found_as(const struct config *c, uint32_t i)
{
	const char *name = service_of(c, i)->name;

	return name != NULL ? names_find(c, name) : TABLE_NONE;
}

/* .groups is the former word for .members. */
static bool says_groups(const struct config_service *s, enum edge_kind kind)
{
	return kind == EDGE_GROUPS &&
	       (s->groups.item != NULL || !list_written(&s->groups));
}

static const char *field_of(const struct config *c, uint32_t i,
                            enum edge_kind kind)
{
	return says_groups(service_of(c, i), kind) ? "groups"
	                                           : kinds[kind].field;
}

static const struct config_list *list_of(const struct config_service *s,
                                         enum edge_kind kind)
{
	return says_groups(s, kind)
	               ? &s->groups
	               : (const void *)((const char *)s + kinds[kind].list);
}

static void resolve(const struct config *c, struct links *l, uint32_t i,
                    enum edge_kind kind, const char *name)
{
	uint32_t other;

	if (name == NULL || *name == '\0') {
		report_error(c, i, ": .%s has an empty name",
		             field_of(c, i, kind));
		return;
	}
	other = names_find(c, name);
	if (other == TABLE_NONE)
		edge_report_unknown(c, i, kind, name);
	else if (other == i || other == found_as(c, i))
		report_error(c, i, " %s itself", kinds[kind].says);
	else
		edge_add(l, i, edge_make(kind, other));
}

static void edges_gather(const struct config *c, struct links *l, uint32_t i)
{
	const struct config_service *s = service_of(c, i);

	if (says_groups(s, EDGE_GROUPS) && s->members.item != NULL)
		report_error(c, i,
		             " has .members and .groups, which are the same; "
		             "say .members");
	for (enum edge_kind k = 0; k < EDGES; k++) {
		const struct config_list *list = list_of(s, k);

		if (kinds[k].list == 0)
			continue;
		if (!list_written(list))
			report_error(c, i,
			             ": .%s is written "
			             "LIST(\"name\", ...)",
			             field_of(c, i, k));
		else
			for (size_t n = 0; n < list->count; n++)
				resolve(c, l, i, k, list->item[n]);
	}
	if (s->log.log == CONFIG_LOG_TO)
		resolve(c, l, i, EDGE_LOGS, s->log.service);
}

/* By the service that depends, then by kind and the other end. */
static int by_kind(const void *a, const void *b)
{
	const struct link *x = a, *y = b;

	if (x->from != y->from)
		return x->from < y->from ? -1 : 1;
	return x->edge < y->edge ? -1 : x->edge > y->edge;
}

/* By the service that depends, then by the other end and kind. */
static int by_end(const void *a, const void *b)
{
	const struct link *x = a, *y = b;
	uint32_t x_end = edge_service(x->edge), y_end = edge_service(y->edge);

	if (x->from != y->from)
		return x->from < y->from ? -1 : 1;
	if (x_end != y_end)
		return x_end < y_end ? -1 : 1;
	return x->edge < y->edge ? -1 : x->edge > y->edge;
}

/* Two kinds of edge between the same two services: is that an error, odd, or
 * all right? Kinds as they are sorted: a before b. */
enum pair { PAIR_FINE, PAIR_ODD, PAIR_WRONG };

/* requires_up never pulls that one up, which the former of these do; and it has
 * an order and a fall of its own. */
static enum pair pair_of_requirement(enum edge_kind a)
{
	if (columns[a].lifts)
		return a == EDGE_GROUPS ? PAIR_FINE : PAIR_WRONG;
	return PAIR_ODD;
}

static enum pair pair_of(enum edge_kind a, enum edge_kind b)
{
	if (a == EDGE_CONFLICTS || b == EDGE_CONFLICTS)
		return a == EDGE_AFTER ? PAIR_FINE : PAIR_WRONG;
	if (b == EDGE_BINDS || b == EDGE_WANTS)
		return PAIR_WRONG;
	if (b == EDGE_RELOADS)
		return PAIR_FINE;
	if (b == EDGE_REQUIRES)
		return pair_of_requirement(a);
	if (b == EDGE_FOLLOWS)
		return columns[a].falls ? PAIR_ODD : PAIR_FINE;
	return b == EDGE_AFTER ? PAIR_ODD : PAIR_FINE;
}

static void check_pair(const struct config *c, const struct link *a,
                       const struct link *b)
{
	enum edge_kind x = edge_kind(a->edge), y = edge_kind(b->edge);
	const char *name = service_of(c, edge_service(a->edge))->name;

	if (a->edge == b->edge) {
		report_error(c, a->from, " names '%s' twice in .%s", name,
		             field_of(c, a->from, x));
		return;
	}
	switch (pair_of(x, y)) {
	case PAIR_WRONG:
		report_error(c, a->from, " %s '%s' and also %s it",
		             kinds[x].says, name, kinds[y].says);
		break;
	case PAIR_ODD:
		report_warning(c, a->from,
		               " %s '%s' and also %s it, which "
		               "adds nothing",
		               kinds[x].says, name, kinds[y].says);
		break;
	case PAIR_FINE:
		break;
	}
}

/* The edges at[0 … count - 1] are all those between the same two. */
static void check_run(const struct config *c, const struct link *at,
                      size_t count)
{
	const struct link *seen[EDGES];
	int kinds_seen = 0;

	for (size_t k = 0; k < count; k++) {
		if (k > 0 && at[k].edge == at[k - 1].edge) {
			check_pair(c, &at[k - 1], &at[k]);
			continue;
		}
		for (int j = 0; j < kinds_seen; j++)
			check_pair(c, seen[j], &at[k]);
		seen[kinds_seen++] = &at[k];
	}
}

static bool same_ends(const struct link *a, const struct link *b)
{
	return a->from == b->from &&
	       edge_service(a->edge) == edge_service(b->edge);
}

static void check_pairs(const struct config *c, struct links *l)
{
	size_t begin = 0, end;

	if (l->count > 0)
		qsort(l->at, l->count, sizeof(*l->at), by_end);
	for (; begin < l->count; begin = end) {
		end = begin + 1;
		while (end < l->count && same_ends(&l->at[begin], &l->at[end]))
			end++;
		check_run(c, &l->at[begin], end - begin);
	}
}

static void make_symmetric(struct links *l)
{
	size_t count = l->count;

	for (size_t k = 0; k < count; k++) {
		struct link one = l->at[k];

		if (edge_kind(one.edge) == EDGE_CONFLICTS)
			edge_add(l, edge_service(one.edge),
			         edge_make(EDGE_CONFLICTS, one.from));
	}
}

static void drop_doubles(struct links *l)
{
	size_t kept = 0;

	if (l->count > 0)
		qsort(l->at, l->count, sizeof(*l->at), by_kind);
	for (size_t k = 0; k < l->count; k++)
		if (kept == 0 || by_kind(&l->at[kept - 1], &l->at[k]) != 0)
			l->at[kept++] = l->at[k];
	l->count = kept;
}

/* Sorted links as runs of edges. */
static void lay(const struct links *l, uint32_t services, uint32_t *first,
                uint32_t *edge)
{
	size_t k = 0;

	for (uint32_t i = 0; i <= services; i++) {
		first[i] = (uint32_t)k;
		for (; k < l->count && l->at[k].from == i; k++)
			edge[k] = l->at[k].edge;
	}
}

static void turn(struct links *l)
{
	for (size_t k = 0; k < l->count; k++) {
		struct link one = l->at[k];

		l->at[k].from = edge_service(one.edge);
		l->at[k].edge = edge_make(edge_kind(one.edge), one.from);
	}
	if (l->count > 0)
		qsort(l->at, l->count, sizeof(*l->at), by_kind);
}

static struct graph graph_of(struct links *l, uint32_t services)
{
	struct graph g = {
		.services = services,
		.edges = (uint32_t)l->count,
		.first = memory_new(services + 1, sizeof(uint32_t)),
		.edge = memory_new(l->count, sizeof(uint32_t)),
		.back_first = memory_new(services + 1, sizeof(uint32_t)),
		.back = memory_new(l->count, sizeof(uint32_t)),
	};

	lay(l, services, g.first, g.edge);
	turn(l);
	lay(l, services, g.back_first, g.back);
	return g;
}

struct graph edges_check(const struct config *c)
{
	struct links l = { NULL, 0, 0 };

	for (uint32_t i = 0; i < c->count; i++)
		edges_gather(c, &l, i);
	check_pairs(c, &l);
	make_symmetric(&l);
	drop_doubles(&l);
	return graph_of(&l, (uint32_t)c->count);
}
