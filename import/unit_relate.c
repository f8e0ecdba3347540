/* SPDX-License-Identifier: MIT */
/* What units have to do with each other. systemd says order and need apart, and
 * of either unit; we say both in one word, of the unit that waits. */
#include <stdlib.h>
#include <string.h>

#include "import/memory.h"
#include "import/text.h"
#include "import/unit_set.h"
#include "import/word.h"

enum relation { AFTER, WANTS, NEEDS, BINDS, REQUISITE, FOLLOWS, RELOADS,
                CONFLICTS, BEFORE, RELATIONS };

static const char *const words[RELATIONS] = {
	[AFTER] = ".after", [WANTS] = ".wants", [NEEDS] = ".needs",
	[BINDS] = ".binds", [REQUISITE] = ".requires_up",
	[FOLLOWS] = ".follows", [RELOADS] = ".reload_with",
	[CONFLICTS] = ".conflicts", [BEFORE] = "",
};

/* `back`: the other unit is the one that waits, follows or needs. */
static const struct {
	const char *key;
	enum relation relation;
	bool back;
	bool must;  /* without the other one systemd does not start it */
} relations[] = {
	{ "After", AFTER, false, false },
	{ "Before", AFTER, true, false },
	{ "Wants", WANTS, false, false },
	{ "WantedBy", WANTS, true, false },
	{ "Requires", NEEDS, false, true },
	{ "RequiresOverridable", NEEDS, false, true },
	{ "RequiredBy", NEEDS, true, false },
	{ "BindsTo", BINDS, false, true },
	{ "BindTo", BINDS, false, true },
	{ "Requisite", REQUISITE, false, true },
	{ "PartOf", FOLLOWS, false, false },
	{ "PropagatesReloadTo", RELOADS, true, false },
	{ "PropagateReloadTo", RELOADS, true, false },
	{ "ReloadPropagatedFrom", RELOADS, false, false },
	{ "Conflicts", CONFLICTS, false, false },
};

struct edge {
	size_t from, to;       /* units */
	enum relation relation;
	struct item *it;
	struct draft *draft;   /* whose setting that is */
};

struct edges {
	struct edge *edge;
	size_t count, room;
};

static void edge_add(struct edges *to, const struct edge *e)
{
	size_t size = sizeof(struct edge);

	if (to->count == to->room) {
		size_t room = to->room * 2 + 64;

		to->edge = memory_grow(to->edge, to->count * size, room * size);
		to->room = room;
	}
	to->edge[to->count++] = *e;
}

/* The service of a socket, timer or path unit that is part of the import. */
static struct unit *unit_behind(const struct unit_set *s, const char *name)
{
	struct unit *found = unit_find(s, name);
	const char *dot = strrchr(name, '.');

	if (found != NULL && (unit_is(found, ".service") ||
	                      unit_is(found, ".target")))
		return found;
	if (dot == NULL || (!text_same(dot, ".socket") &&
	                    !text_same(dot, ".timer") &&
	                    !text_same(dot, ".path")))
		return NULL;
	return unit_find(s, text_of("%s.service", text_part(name, dot)));
}

/* What a machine has without a service of it. */
static bool is_milestone(const char *name)
{
	return text_ends(name, ".target") || text_ends(name, ".slice") ||
	       text_same(name, "-.mount");
}

static void relate_missing(struct unit *u, struct item *it, const char *name,
                           bool must)
{
	if (!must || is_milestone(name) ||
	    host_lacks(u->naming.host, name))
		return;
	draft_decide(&u->draft, it, "%s is not part of this import: give it, "
	             "too, or say --without %s", name, name);
}

static void relate_name(struct unit_set *s, struct edges *to, struct unit *u,
                        struct item *it, size_t kind, const char *name,
                        size_t *found)
{
	char open = '\0';
	struct unit *other =
		unit_behind(s, specifier_replace(&u->naming, name, &open));
	struct edge e = { .relation = relations[kind].relation, .it = it,
	                  .draft = &u->draft };

	if (other == NULL || other == u) {
		relate_missing(u, it, name,
		               relations[kind].must && other != u);
		return;
	}
	(*found)++;
	e.from = (size_t)((relations[kind].back ? other : u) - s->unit);
	e.to = (size_t)((relations[kind].back ? u : other) - s->unit);
	edge_add(to, &e);
}

enum { NAMES_MOST = 10000 };

static void relate_item(struct unit_set *s, struct edges *to, struct unit *u,
                        struct item *it)
{
	const char *at = it->value, *name;
	size_t kind, found = 0, seen = 0;

	for (kind = 0; kind < sizeof(relations) / sizeof(*relations); kind++)
		if (text_same(relations[kind].key, it->key))
			break;
	if (kind == sizeof(relations) / sizeof(*relations) ||
	    it->fate != FATE_OPEN)
		return;
	while ((name = text_next(&at)) != NULL && seen++ < NAMES_MOST)
		relate_name(s, to, u, it, kind, name, &found);
	if (seen > NAMES_MOST)
		draft_decide(&u->draft, it, "more than %d names", NAMES_MOST);
	if (found == 0 && !text_ends(it->key, "edBy"))
		draft_drop(&u->draft, it, "none of them is part of this "
		                          "import");
}

static int edge_compare(const void *x, const void *y)
{
	const struct edge *a = x, *b = y;

	if (a->from != b->from)
		return a->from < b->from ? -1 : 1;
	if (a->to != b->to)
		return a->to < b->to ? -1 : 1;
	return (int)a->relation - (int)b->relation;
}

static bool edge_there(const struct edges *all, size_t from, size_t to)
{
	struct edge e = { .from = from, .to = to, .relation = AFTER };

	return all->count > 0 &&
	       bsearch(&e, all->edge, all->count, sizeof(e), edge_compare) !=
		       NULL;
}

/* Needs, wants or binds to one that starts after it: ours would wait for each
 * other. */
static bool edge_contrary(const struct edges *all, const struct edge *e)
{
	return e->relation >= WANTS && e->relation <= REQUISITE &&
	       edge_there(all, e->to, e->from);
}

static bool edge_may(const struct edge *e)
{
	if (word_known(words[e->relation]))
		return true;
	(void)unit_may(e->draft, e->it);
	return false;
}

static bool is_boot_target(const char *name)
{
	for (size_t i = 0; boot_targets[i] != NULL; i++)
		if (text_same(boot_targets[i], name))
			return true;
	return false;
}

/* Up from the start: a part of the boot itself, or something of it that is not
 * part of the import wants it. */
static bool unit_boots(const struct unit_set *s, const struct unit *u)
{
	if (is_boot_target(u->naming.name))
		return true;
	for (size_t i = 0; i < u->items.count; i++) {
		const char *at = u->items.item[i].value, *name;

		if (!text_same(u->items.item[i].key, "WantedBy"))
			continue;
		while ((name = text_next(&at)) != NULL)
			if (is_boot_target(name) && !unit_behind(s, name))
				return true;
	}
	return false;
}

/* A want that is contrary to the order says no more than that both are up from
 * the start, where the one that wants is. */
static bool edge_moot(struct unit_set *s, const struct edge *e)
{
	struct unit *to = &s->unit[e->to];

	if (e->relation != WANTS || (!unit_boots(s, to) &&
	                             !unit_boots(s, &s->unit[e->from])))
		return false;
	draft_carry(e->draft, e->it);
	if (unit_boots(s, to))
		return true;
	draft_set(&to->draft, e->it, ".target", "UP");
	draft_note(&to->draft, "%s: it goes up at the start, not whenever %s "
	           "does: it starts after that", item_place(e->it),
	           s->unit[e->from].draft.name);
	return true;
}

/* Requisite= of one that starts after it: systemd starts it only together with
 * that one, and stops it with that one. The second half can be said. */
static void edge_write_backwards(struct unit_set *s, const struct edges *all,
                                 const struct edge *e)
{
	struct unit *from = &s->unit[e->from];
	const char *name = s->unit[e->to].draft.name;
	const struct edge *next = e + 1;
	bool said = next < all->edge + all->count && next->from == e->from &&
	            next->to == e->to && next->relation == FOLLOWS;

	draft_carry(e->draft, e->it);
	if (!said)
		draft_list(&from->draft, e->it, words[FOLLOWS], name);
	draft_note(&from->draft, "%s: it starts before %s, so it is not kept "
	           "from starting without that one", item_place(e->it), name);
}

static void edge_write(struct unit_set *s, const struct edges *all,
                       const struct edge *e)
{
	const char *name = s->unit[e->to].draft.name;

	if (edge_contrary(all, e) && edge_moot(s, e))
		return;
	if (edge_contrary(all, e) && e->relation == REQUISITE &&
	    word_known(words[FOLLOWS]))
		edge_write_backwards(s, all, e);
	else if (edge_contrary(all, e))
		draft_decide(e->draft, e->it, "%s starts after it: let %s have "
		             ".target = UP, or make a group of both (.members)",
		             name, name);
	else if (e->relation == RELOADS &&
	         !draft_has(&s->unit[e->from].draft, ".reload"))
		draft_drop(e->draft, e->it, "it has no ExecReload=, so nothing "
		                            "would be done");
	else if (edge_may(e)) {
		draft_list(&s->unit[e->from].draft, e->it, words[e->relation],
		           name);
		draft_carry(e->draft, e->it);
	}
}

#define BIT(relation) (1u << (relation))

/* What says all that this one says, and more. */
static const unsigned covering[RELATIONS] = {
	[AFTER] = BIT(WANTS) | BIT(NEEDS) | BIT(BINDS) | BIT(REQUISITE),
	[WANTS] = BIT(NEEDS) | BIT(BINDS),
	[NEEDS] = BIT(BINDS),
	[REQUISITE] = BIT(NEEDS) | BIT(BINDS),
	[FOLLOWS] = BIT(NEEDS) | BIT(BINDS) | BIT(REQUISITE),
};

static bool edge_covers(const struct edges *all, const struct edge *by,
                        const struct edge *e)
{
	return by->from == e->from && by->to == e->to &&
	       (covering[e->relation] >> by->relation & 1) != 0 &&
	       word_known(words[by->relation]) && !edge_contrary(all, by);
}

/* Edges between the same two are neighbours. */
static bool edge_is_covered(const struct edges *all, size_t i)
{
	const struct edge *e = &all->edge[i];

	for (size_t k = i; k > 0 && all->edge[k - 1].from == e->from &&
	                   all->edge[k - 1].to == e->to; k--)
		if (edge_covers(all, &all->edge[k - 1], e))
			return true;
	for (size_t k = i + 1; k < all->count && all->edge[k].from == e->from &&
	                       all->edge[k].to == e->to; k++)
		if (edge_covers(all, &all->edge[k], e))
			return true;
	return false;
}

/* Of the edges between two units those are written that no stronger one
 * covers. */
static void edges_write(struct unit_set *s, const struct edges *all)
{
	for (size_t i = 0; i < all->count; i++) {
		const struct edge *e = &all->edge[i];

		if (edge_is_covered(all, i))
			draft_carry(e->draft, e->it);
		else
			edge_write(s, all, e);
	}
}

/* The target of a service: up if something of the machine's boot wants it. What
 * else wants it, and is not part of the import, has to be decided about. */
static void unit_install(struct unit *u, struct item *it, const char *name)
{
	if (it->fate == FATE_DROPPED)
		return;
	if (is_boot_target(name) && !draft_has(&u->draft, ".target"))
		draft_set(&u->draft, it, ".target", "UP");
	if (is_boot_target(name))
		draft_carry(&u->draft, it);
	else if (host_lacks(u->naming.host, name))
		draft_drop(&u->draft, it, "it is started by other means");
}

static void unit_not_installed(struct unit *u, struct item *it)
{
	if (it->fate == FATE_OPEN && !draft_has(&u->draft, ".target"))
		draft_decide(&u->draft, it, "what starts it is not part of "
		             "this import: give it, too, or say --without %s",
		             it->value);
	else if (it->fate == FATE_OPEN)
		draft_drop(&u->draft, it, "it is up from the start");
}

static void unit_target(struct unit_set *s, struct unit *u)
{
	for (size_t i = 0; i < u->items.count; i++) {
		struct item *it = &u->items.item[i];
		const char *at = it->value, *name;

		if (!text_same(it->section, "Install") ||
		    !text_ends(it->key, "edBy"))
			continue;
		while ((name = text_next(&at)) != NULL)
			if (unit_behind(s, name) == NULL)
				unit_install(u, it, name);
	}
	for (size_t i = 0; i < u->items.count; i++)
		if (text_same(u->items.item[i].section, "Install") &&
		    text_ends(u->items.item[i].key, "edBy"))
			unit_not_installed(u, &u->items.item[i]);
	if (!draft_has(&u->draft, ".target"))
		draft_set(&u->draft, NULL, ".target",
		          is_boot_target(u->naming.name) ? "UP" : "DOWN");
}

/* A target starts after what it wants or needs, if it does not say otherwise. */
static bool waits(const struct unit_set *s, const struct edge *e)
{
	return unit_is(&s->unit[e->from], ".target") &&
	       (e->relation == WANTS || e->relation == NEEDS);
}

static struct edges edges_read(struct unit_set *s)
{
	struct edges all = { 0 };

	for (size_t i = 0; i < s->count; i++) {
		struct unit *u = &s->unit[i];

		if (!unit_is(u, ".service") && !unit_is(u, ".target"))
			continue;
		for (size_t k = 0; k < u->items.count; k++)
			relate_item(s, &all, u, &u->items.item[k]);
	}
	if (all.count > 0)
		qsort(all.edge, all.count, sizeof(struct edge), edge_compare);
	return all;
}

static struct edges order;

/* Finds which units other units wait for, before any draft is made. */
void units_order(struct unit_set *s)
{
	order = edges_read(s);
	for (size_t i = 0; i < order.count; i++)
		if (order.edge[i].relation <= REQUISITE ||
		    waits(s, &order.edge[i]))
			s->unit[order.edge[i].to].awaited = true;
}

/* Writes all relations, and the targets. */
void units_relate(struct unit_set *s)
{
	edges_write(s, &order);
	for (size_t i = 0; i < s->count; i++)
		if (unit_is(&s->unit[i], ".service") ||
		    unit_is(&s->unit[i], ".target"))
			unit_target(s, &s->unit[i]);
	order = (struct edges){ 0 };
}
