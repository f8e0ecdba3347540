/* SPDX-License-Identifier: MIT */
/* The fields of a service as they are written, with the file and line of each:
 * that of the service itself, of DEFAULTS, of a macro or of OVERRIDE. */
#include "reader/show.h"

#include <ctype.h>
#include <string.h>

#include "reader/say.h"

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
	if (s->ours)
		printf("    the first value\n");
	else
		printf("    %s:%u\n", s->path, place_line(at));
}

/* The field that a finding is about, by its words: "service 'x': .field …", or
 * "service 'x' needs 'y', …". */
static bool is_about(const char *rest, const char *field)
{
	size_t length = strlen(field);

	if (rest[0] == ':' && rest[1] == ' ' && rest[2] == '.')
		return strncmp(rest + 3, field, length) == 0 &&
		       !isalpha((unsigned char)rest[3 + length]) &&
		       rest[3 + length] != '_';
	if (strncmp(rest, " logs to", 8) == 0)
		return strcmp(field, "log") == 0;
	return rest[0] == ' ' && strncmp(rest + 1, field, length) == 0 &&
	       rest[1 + length] == ' ';
}

/* Where in the value the first word in apostrophes stands, or the field. */
static void show_word(struct place field, const char *rest)
{
	const char *begin = source_of(field)->bytes + field.at;
	const char *end = end_of_value(begin), *word = strchr(rest, '\'');
	size_t length = word != NULL ? strcspn(word + 1, "'") : 0;
	uint32_t marked = 0;

	for (const char *p = begin; length > 0 && p + length <= end; p++)
		if (memcmp(p, word + 1, length) == 0) {
			field.at += (uint32_t)(p - begin);
			say_row(field, (uint32_t)length);
			return;
		}
	while (begin[marked] == '.' || begin[marked] == '_' ||
	       isalnum((unsigned char)begin[marked]))
		marked++;
	say_row(field, marked);
}

/* Where the fields of service i were given; NULL: no file has it. */
static const struct place *given_of(const struct reading *r, size_t i)
{
	uint32_t from = i < r->config.count ? templates_origin((uint32_t)i)
	                                    : UINT32_MAX;

	return from < r->count ? r->given[from] : NULL;
}

/* Behind a finding of the checks about service `at`: the line that it is about,
 * with a mark, if the field stands in a file of the user. */
void show_finding(void *reading, uint32_t at, const char *line)
{
	const struct reading *r = reading;
	const struct place *given = given_of(r, at);
	const char *rest = strstr(line, "service '");

	if (rest == NULL || given == NULL)
		return;
	rest = strchr(rest + 9, '\'');
	for (uint32_t k = 1; rest != NULL && k < r->fields->members; k++) {
		struct place p = k < FIELDS_MAX
		                         ? given[k]
		                         : (struct place){ SOURCE_NONE, 0 };

		if (p.source == SOURCE_NONE || source_of(p)->ours ||
		    !is_about(rest + 1, r->fields->member[k].name->text))
			continue;
		show_word(p, rest + 1);
		return;
	}
}

/* False: there is none of that name. */
bool show_service(const struct reading *r, const char *name)
{
	for (size_t i = 0; i < r->config.count; i++) {
		const struct service *s = &r->config.services[i];
		const struct place *given = given_of(r, i);

		if (strcmp(s->is.name, name) != 0)
			continue;
		printf("%s    %s:%u\n", name, s->file, s->line);
		for (uint32_t k = 1; k < r->fields->members; k++)
			if (given != NULL && k < FIELDS_MAX &&
			    given[k].source != SOURCE_NONE)
				show_field(given[k]);
		return true;
	}
	return false;
}
