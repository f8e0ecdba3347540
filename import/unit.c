/* SPDX-License-Identifier: MIT */
/* Unit files and drop-ins of systemd, read as systemd 252 does: comments within
 * a continued line are left out, an empty line ends it, and a line that is none
 * is ignored. */
#include <ctype.h>
#include <string.h>

#include "import/item.h"
#include "import/text.h"

enum { LINE_MOST = 1 << 20 };

struct reader {
	struct items *to;
	const char *file, *section;
	unsigned line, begin;  /* this line; the first one of a continued one */
};

static const char *skip_blanks(const char *s)
{
	while (isspace((unsigned char)*s))
		s++;
	return s;
}

/* True if the line ends with a backslash that another one does not escape. */
static bool goes_on(const char *line)
{
	bool escaped = false;

	for (; *line != '\0'; line++)
		escaped = !escaped && *line == '\\';
	return escaped;
}

static void read_setting(struct reader *r, const char *line)
{
	const char *equals = strchr(line, '=');
	struct item item = {
		.section = r->section, .file = r->file, .line = r->begin,
	};

	/* Without a section, or a =, systemd ignores it. */
	if (equals == NULL || r->section == NULL)
		return;
	item.key = text_trim(text_part(line, equals));
	item.value = text_trim(equals + 1);
	items_add(r->to, &item);
}

static const char *read_line(struct reader *r, const char *line)
{
	line = text_trim(line);
	if (*line == '[') {
		if (!text_ends(line, "]"))
			return text_of("line %u: the name of a section does "
			               "not end with ]", r->begin);
		r->section = text_without(line + 1, "]");
	} else if (*line != '\0')
		read_setting(r, line);
	return NULL;
}

/* Adds the settings of a text; returns NULL, or why systemd would not load
 * it. */
const char *unit_parse(struct items *to, const char *file, const char *text)
{
	struct reader r = { .to = to, .file = file };
	struct text whole = { 0 };
	const char *line, *wrong = NULL;

	if (text_starts(text, "\357\273\277"))
		text += 3;
	while (wrong == NULL && (line = line_next(&text)) != NULL) {
		r.line++;
		line = skip_blanks(line);
		if (*line == '#' || *line == ';')
			continue;
		if (whole.size == 0)
			r.begin = r.line;
		text_put(&whole, line);
		if (whole.size > LINE_MOST)
			return text_of("line %u is longer than a megabyte",
			               r.begin);
		if (goes_on(line)) {
			whole.at[whole.size - 1] = ' ';
			continue;
		}
		wrong = read_line(&r, text_end(&whole));
		whole = (struct text){ 0 };
	}
	return wrong != NULL ? wrong : read_line(&r, text_end(&whole));
}
