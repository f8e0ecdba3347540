/* SPDX-License-Identifier: MIT */
/* Service descriptions of dinit: NAME = VALUE or NAME: VALUE. Quotes and
 * backslashes stay in the value, as what they protect differs between settings. */
#include <ctype.h>
#include <string.h>

#include "import/item.h"
#include "import/text.h"

/* Where a value ends: at a # behind a blank, outside of quotes. */
static const char *value_end(const char *s)
{
	bool quoted = false, blank = true;

	for (; *s != '\0'; s++) {
		if (*s == '\\' && s[1] != '\0')
			s++;
		else if (*s == '"')
			quoted = !quoted;
		else if (*s == '#' && blank && !quoted)
			break;
		blank = isspace((unsigned char)*s);
	}
	return s;
}

/* Adds the settings of a text. A line that is none is an error: dinit does not
 * load the service. */
const char *dinit_parse(struct items *to, const char *file, const char *text)
{
	const char *line;

	for (unsigned n = 1; (line = line_next(&text)) != NULL; n++) {
		struct item item = { .section = "", .file = file, .line = n };
		struct text whole = { 0 };
		const char *at;

		text_put(&whole, line);
		while (text_ends(text_end(&whole), "\\") &&
		       *text_trim(line) != '#' &&
		       (line = line_next(&text)) != NULL) {
			whole.size--;
			text_put(&whole, line);
			n++;
		}
		line = text_trim(text_end(&whole));
		if (*line == '\0' || *line == '#')
			continue;
		at = line + strcspn(line, "=: \t");
		item.key = text_part(line, at);
		at += strspn(at, " \t");
		if (*line == '@')
			item.value = text_trim(at);
		else if (*at != '=' && *at != ':')
			return text_of("line %u is no setting", n);
		else
			item.value = text_trim(
				text_part(at + 1, value_end(at + 1)));
		items_add(to, &item);
	}
	return NULL;
}
