/* SPDX-License-Identifier: MIT */
/* A Procfile: NAME: COMMAND in each line; a line that is none is ignored. */
#include <ctype.h>
#include <string.h>

#include "import/item.h"
#include "import/text.h"

/* Adds an item for each line: the section is the name, the key "command". */
const char *procfile_parse(struct items *to, const char *file,
                           const char *text)
{
	const char *line;

	for (unsigned n = 1; (line = line_next(&text)) != NULL; n++) {
		struct item item = { .key = "command", .file = file, .line = n };
		const char *at = line;

		while (isalnum((unsigned char)*at) || *at == '_' || *at == '-')
			at++;
		if (at == line || *at != ':')
			continue;
		item.section = text_part(line, at);
		item.value = text_trim(at + 1);
		items_add(to, &item);
	}
	return NULL;
}
