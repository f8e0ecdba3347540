/* SPDX-License-Identifier: MIT */
/* The fields of a service as they are written, with the file and line of each:
 * that of the service itself, of DEFAULTS, of a macro or of OVERRIDE. */
#include "reader/show.h"

#include <ctype.h>
#include <string.h>

/* How far the value goes that begins there: to a comma or to the parenthesis
 * or brace that closes what is around it. */
static const char *end_of_value(const char *p)
{
	int open = 0;

	for (; *p != '\0'; p++) {
		if (*p == '"' || *p == '\'') {
			char mark = *p++;

			for (; *p != '\0' && *p != mark; p++)
				p += *p == '\\' && p[1] != '\0';
			if (*p == '\0')
				break;
		}
		if (strchr("([{", *p) != NULL)
			open++;
		else if (strchr(")]}", *p) != NULL && open-- == 0)
			break;
		else if (*p == ',' && open == 0)
			break;
	}
	return p;
}

/* In one line, without what joins two. */
static void print_value(const char *begin, const char *end)
{
	bool blank = false;

	for (const char *p = begin; p < end; p++) {
		if (isspace((unsigned char)*p) ||
		    (*p == '\\' && (p[1] == '\n' || p[1] == '\r'))) {
			blank = true;
			continue;
		}
		if (blank)
			putchar(' ');
		blank = false;
		putchar((unsigned char)*p < ' ' || *p == 127 ? '?' : *p);
	}
}

static void show_field(struct place at)
{
	const struct source *s = source_of(at);
	const char *begin = s->bytes + at.at;

	printf("  ");
	print_value(begin, end_of_value(begin));
	printf("    %s:%u\n", s->ours ? "first value, " : s->path,
	       place_line(at));
}

/* False: there is none of that name. */
bool show_service(const struct reading *r, const char *name)
{
	for (size_t i = 0; i < r->config.count; i++) {
		const struct service *s = &r->config.services[i];

		if (strcmp(s->is.name, name) != 0)
			continue;
		printf("%s    %s:%u\n", name, s->file, s->line);
		for (uint32_t k = 1; k < r->fields->members; k++)
			if (k < FIELDS_MAX &&
			    r->given[i][k].source != SOURCE_NONE)
				show_field(r->given[i][k]);
		return true;
	}
	return false;
}
