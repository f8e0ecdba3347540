/* SPDX-License-Identifier: MIT */
/* Lists of settings. */
#include <string.h>

#include "import/item.h"
#include "import/memory.h"
#include "import/text.h"

void items_add(struct items *to, const struct item *item)
{
	if (to->count == to->room) {
		size_t size = sizeof(struct item), room = to->room * 2 + 16;

		to->item = memory_grow(to->item, to->count * size, room * size);
		to->room = room;
	}
	to->item[to->count++] = *item;
}

/* The last setting of that name, or NULL: in most formats it is the one that
 * counts. */
struct item *items_last(const struct items *all, const char *section,
                        const char *key)
{
	for (size_t i = all->count; i > 0; i--) {
		struct item *it = &all->item[i - 1];

		if (text_same(it->section, section) && text_same(it->key, key))
			return it;
	}
	return NULL;
}

/* The next line at *at, without its end and a carriage return before it; NULL
 * at the end. */
const char *line_next(const char **at)
{
	const char *from = *at, *end;

	if (*from == '\0')
		return NULL;
	end = from + strcspn(from, "\n");
	*at = *end == '\n' ? end + 1 : end;
	if (end > from && end[-1] == '\r')
		end--;
	return text_part(from, end);
}
