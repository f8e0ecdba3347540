/* SPDX-License-Identifier: MIT */
/* Findings: gathered while checking, printed together in the order of the
 * file. Knows no rule that a configuration has to follow. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "config/check/check.h"

struct finding {
	uint32_t at;     /* service */
	uint32_t number; /* in the order of finding */
	const char *format;
	char *line;
};

static struct finding *findings;
static uint32_t count, errors, warnings;

/* What would damage a terminal or the line's form becomes a question mark. */
static void make_printable(char *line)
{
	for (; *line != '\0'; line++)
		if ((unsigned char)*line < ' ' || *line == 127)
			*line = '?';
}

/* Was that said of another instance of the same template? One is enough. */
static bool is_repeated(const struct config *c, uint32_t at, const char *format)
{
	const struct service *s = &c->services[at];

	if (at >= c->count || !s->is_template)
		return false;
	for (uint32_t k = 0; k < count; k++) {
		uint32_t other = findings[k].at;

		if (findings[k].format == format && other < at &&
		    c->services[other].line == s->line &&
		    strcmp(c->services[other].file, s->file) == 0)
			return true;
	}
	return false;
}

static void finding_add(uint32_t at, const char *format, char *line)
{
	make_printable(line);
	if ((count & (count - 1)) == 0)
		findings = memory_grow(findings, 2 * (size_t)count + 1,
		                       sizeof(*findings));
	findings[count] = (struct finding){ at, count, format, line };
	count++;
}

static void report(const struct config *c, uint32_t at, const char *kind,
                   const char *format, va_list arguments)
{
	const struct service *s = at < c->count ? &c->services[at] : NULL;
	char *line = NULL;
	size_t size;
	FILE *to;

	if (is_repeated(c, at, format))
		return;
	to = open_memstream(&line, &size);
	if (to == NULL) {
		perror("concheck: error");
		exit(2);
	}
	if (s == NULL)
		fprintf(to, "%s:%u: %s", c->file, c->line, kind);
	else
		fprintf(to, "%s:%u: %s: service '%s'", s->file, s->line, kind,
		        s->is.name != NULL ? s->is.name : "");
	vfprintf(to, format, arguments);
	fclose(to);
	finding_add(at, format, line);
}

void report_error(const struct config *c, uint32_t at, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	report(c, at, "error", format, arguments);
	va_end(arguments);
	errors++;
}

void report_warning(const struct config *c, uint32_t at, const char *format,
                    ...)
{
	va_list arguments;

	va_start(arguments, format);
	report(c, at, "warning", format, arguments);
	va_end(arguments);
	warnings++;
}

uint32_t report_errors(void)
{
	return errors;
}

uint32_t report_warnings(void)
{
	return warnings;
}

static int by_position(const void *a, const void *b)
{
	const struct finding *x = a, *y = b;

	if (x->at != y->at)
		return x->at < y->at ? -1 : 1;
	return x->number < y->number ? -1 : x->number > y->number;
}

void report_print(void (*more)(void *of, uint32_t at, const char *line),
                  void *of)
{
	if (count > 0)
		qsort(findings, count, sizeof(*findings), by_position);
	for (uint32_t i = 0; i < count; i++) {
		fprintf(stderr, "%s\n", findings[i].line);
		if (more != NULL)
			more(of, findings[i].at, findings[i].line);
	}
}

void report_forget(void)
{
	for (uint32_t i = 0; i < count; i++)
		free(findings[i].line);
	free(findings);
	findings = NULL;
	count = errors = warnings = 0;
}
