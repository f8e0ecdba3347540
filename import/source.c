/* SPDX-License-Identifier: MIT */
/* Definitions of other managers: lists of them, and what is left of one. */
#include <fnmatch.h>
#include <string.h>

#include "import/memory.h"
#include "import/source.h"
#include "import/text.h"
#include "import/unit_set.h"

/* Pointers to sources are right until the next one is added. */
struct source *source_add(struct sources *s, const char *name,
                          const char *path, const char *defaults)
{
	size_t size = sizeof(struct source);
	struct source *one;

	if (s->count == s->room) {
		size_t room = s->room * 2 + 16;

		s->source = memory_grow(s->source, s->count * size,
		                        room * size);
		s->room = room;
	}
	one = &s->source[s->count++];
	*one = (struct source){ .name = name, .path = path };
	one->draft.name = unit_service(name);
	one->draft.title = path;
	one->draft.defaults = defaults;
	if (strlen(name) > 63 || *name == '\0')
		draft_decide(&one->draft, NULL, "%s: a name has 1 to 63 "
		             "characters: give it another one", path);
	return one;
}

struct source *source_find(const struct sources *s, const char *name)
{
	for (size_t i = 0; i < s->count; i++)
		if (text_same(s->source[i].name, name))
			return &s->source[i];
	return NULL;
}

struct item *source_item(const struct source *s, const char *key)
{
	for (size_t i = s->items.count; i > 0; i--)
		if (text_same(s->items.item[i - 1].key, key))
			return &s->items.item[i - 1];
	return NULL;
}

static void finish_item(struct draft *d, struct item *it,
                        const struct rest *rests, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (fnmatch(rests[i].key, it->key, 0) != 0)
			continue;
		if (rests[i].harmless != NULL)
			draft_drop(d, it, rests[i].harmless);
		else
			draft_decide(d, it, "not carried; %s",
			             rests[i].remedy);
		return;
	}
	draft_decide(d, it, "not known: write by hand what it does");
}

void source_finish(struct source *s, const struct rest *rests, size_t count)
{
	for (size_t i = 0; i < s->items.count; i++)
		if (s->items.item[i].fate == FATE_OPEN)
			finish_item(&s->draft, &s->items.item[i], rests, count);
}
