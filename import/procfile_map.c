/* SPDX-License-Identifier: MIT */
/* The lines of a Procfile to drafts. What runs such a file differs; here is what
 * foreman(1) does: a shell, a PORT, and no restart. */
#include <string.h>

#include "import/source.h"
#include "import/text.h"
#include "import/word.h"

enum { PORT_FIRST = 5000, PORT_STEP = 100 };

static const char *folder_of(const char *path)
{
	const char *name = text_base(path);

	if (name == path || name == path + 1)
		return "/";
	return text_part(path, name - 1);
}

static bool is_last(const struct items *all, size_t i)
{
	return items_last(all, all->item[i].section, "command") ==
	       &all->item[i];
}

/* Adds the services of a file; of two lines with one name the later counts. */
void procfile_map(struct sources *s, const char *path, const struct items *all)
{
	for (size_t i = 0; i < all->count; i++) {
		struct item *it = &all->item[i];
		unsigned port = PORT_FIRST + PORT_STEP * (unsigned)i;
		struct source *one;

		if (!is_last(all, i))
			continue;
		one = source_add(s, it->section, path, "foreman's default");
		items_add(&one->items, it);
		it = &one->items.item[0];
		draft_set(&one->draft, it, ".run", "SHELL(%s)", text_quoted(
			text_of("PORT=%u; export PORT; %s", port, it->value)));
		draft_set(&one->draft, NULL, ".chdir", "%s",
		          text_quoted(folder_of(path)));
		draft_set(&one->draft, NULL, ".retry", "RETRY_NEVER");
		draft_set(&one->draft, NULL, ".max_stop", "SECONDS(5)");
		draft_set(&one->draft, NULL, ".stop_all", "true");
		if (word_known(".env_file"))
			draft_list(&one->draft, NULL, ".env_file", text_of(
				"-%s/.env", folder_of(path)));
		else
			draft_note(&one->draft, "a file .env beside the "
			           "Procfile is not read");
		draft_note(&one->draft, "foreman ends all when one has ended: "
		           ".primary does that for one of them");
	}
}
