/* SPDX-License-Identifier: MIT */
/* The units of an import to drafts: each by itself, then what they have to do with
 * each other, then what only starts another one. */
#include <string.h>

#include "import/text.h"
#include "import/unit_set.h"

enum { NAME_MOST = 63 };

static void unit_name(struct unit *u)
{
	struct item *about = unit_item(u, "Description");
	struct draft *d = &u->draft;

	if (about != NULL) {
		d->title = text_of("%s: %s", d->title, about->value);
		draft_carry(d, about);
	}
	if (strlen(d->name) > NAME_MOST)
		draft_decide(d, NULL, "%s: a name has at most %d characters: "
		             "give it another one", u->naming.name, NAME_MOST);
	if (u->naming.instance != NULL && *u->naming.instance == '\0')
		draft_decide(d, NULL, "%s: a template: name its instances "
		             "(connate-import %s@NAME.service)",
		             u->naming.name, u->naming.prefix);
}

static void unit_map(struct unit *u)
{
	unit_name(u);
	if (u->wrong != NULL)
		draft_decide(&u->draft, NULL, "%s", u->wrong);
	if (unit_is(u, ".service")) {
		unit_run(u);
		unit_end(u);
		unit_attributes(u);
		unit_surroundings(u);
	} else if (unit_is(u, ".target"))
		unit_surroundings(u);
}

static bool is_imported(const struct unit *u)
{
	static const char *const kinds[] = {
		".service", ".target", ".socket", ".timer", ".path",
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (unit_is(u, kinds[i]))
			return true;
	return false;
}

/* One decision is about all of its settings. */
static void unit_refuse(struct unit *u)
{
	u->items.count = 0;
	draft_decide(&u->draft, NULL, "%s: units of this kind are not "
	             "imported: write a service that does it",
	             u->naming.name);
}

/* Makes the drafts of all units. */
void units_map(struct unit_set *s)
{
	for (size_t i = 0; i < s->count; i++)
		if (is_imported(&s->unit[i]))
			unit_prepare(&s->unit[i]);
		else
			unit_refuse(&s->unit[i]);
	units_order(s);
	for (size_t i = 0; i < s->count; i++)
		unit_map(&s->unit[i]);
	units_relate(s);
	for (size_t i = 0; i < s->count; i++)
		if (unit_is(&s->unit[i], ".socket") ||
		    unit_is(&s->unit[i], ".timer") ||
		    unit_is(&s->unit[i], ".path"))
			unit_trigger(s, &s->unit[i]);
		else
			unit_finish(&s->unit[i], &s->unit[i].draft);
}
