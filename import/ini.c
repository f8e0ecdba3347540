/* SPDX-License-Identifier: MIT */
/* The file of Supervisor, read as its Python does: a comment begins with ; or #
 * in the first column, or with a ; behind a blank; a line that begins with a
 * blank continues the value before it. */
#include <ctype.h>
#include <string.h>

#include "import/item.h"
#include "import/text.h"

static const char *without_comment(const char *line)
{
	for (const char *s = line; *s != '\0'; s++)
		if (*s == ';' && s > line && isspace((unsigned char)s[-1]))
			return text_part(line, s);
	return line;
}

static void read_setting(struct items *to, struct item item, const char *line,
                         struct text *value)
{
	const char *at = line + strcspn(line, "=:");
	struct text key = { 0 };

	for (const char *s = text_trim(text_part(line, at)); *s != '\0'; s++)
		text_char(&key, (char)tolower((unsigned char)*s));
	item.key = text_end(&key);
	*value = (struct text){ 0 };
	text_put(value, text_trim(*at != '\0' ? at + 1 : at));
	item.value = text_end(value);
	items_add(to, &item);
}

/* Adds the settings of a text. The section of an item is "" before the first
 * one, where Supervisor refuses the file. */
const char *ini_parse(struct items *to, const char *file, const char *text)
{
	const char *line, *section = NULL, *close;
	size_t first = to->count;
	struct text value = { 0 };

	for (unsigned n = 1; (line = line_next(&text)) != NULL; n++) {
		bool more = isspace((unsigned char)*line);

		if (*line == '#' || *line == ';')
			continue;
		line = text_trim(without_comment(line));
		if (*line == '\0' || *line == ';')
			continue;
		close = strchr(line, ']');
		if (*line == '[' && close != NULL)
			section = text_part(line + 1, close);
		else if (section == NULL)
			return text_of("line %u stands in no section", n);
		else if (more && to->count > first) {
			text_format(&value, "\n%s", line);
			to->item[to->count - 1].value = text_end(&value);
		} else
			read_setting(to, (struct item){ .section = section,
			             .file = file, .line = n }, line, &value);
	}
	return NULL;
}
