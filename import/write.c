/* SPDX-License-Identifier: MIT */
/* Drafts as a configuration. A decision is an #error, so nothing is built before
 * somebody has decided and removed the line. */
#include <string.h>

#include "import/memory.h"
#include "import/word.h"
#include "import/write.h"

void write_begin(struct text *t, bool whole)
{
	if (whole)
		text_put(t, "#include <connate/config.h>\n\n");
	text_put(t, "static const struct service services[] = {\n");
}

void write_end(struct text *t, bool whole)
{
	text_put(t, "};\n");
	if (whole)
		text_put(t, "\nCONNATE();\n");
}

static void write_remarks(struct text *t, const struct draft *d,
                          enum remark_kind kind, const char *head)
{
	bool first = true;

	for (size_t i = 0; i < d->remarks; i++) {
		if (d->remark[i].kind != kind)
			continue;
		if (first)
			text_format(t, "\t * %s\n", head);
		first = false;
		text_put(t, "\t *   ");
		text_comment(t, d->remark[i].text);
		text_char(t, '\n');
	}
}

static void write_errors(struct text *t, const struct draft *d)
{
	for (size_t i = 0; i < d->remarks; i++) {
		struct text line = { 0 };

		if (d->remark[i].kind != REMARK_DECIDE)
			continue;
		text_comment(&line, d->remark[i].text);
		text_put(t, "#error ");
		text_c(t, text_end(&line));
		text_char(t, '\n');
	}
}

static size_t next_field(const struct draft *d, const bool *written)
{
	size_t best = d->fields;

	for (size_t i = 0; i < d->fields; i++)
		if (!written[i] &&
		    (best == d->fields || word_place(d->field[i].name) <
		                                  word_place(d->field[best].name)))
			best = i;
	return best;
}

enum { COLUMNS = 78, INDENT = 16 };

/* Where the part of a value ends that stays on one line: behind a comma between
 * the elements of the outermost brackets, or at the end. */
static const char *part_end(const char *s, int *depth)
{
	bool quoted = false;

	for (; *s != '\0'; s++) {
		if (*s == '\\' && quoted && s[1] != '\0')
			s++;
		else if (*s == '"')
			quoted = !quoted;
		else if (!quoted)
			*depth += (*s == '(') - (*s == ')');
		if (*s == ',' && !quoted && *depth <= 1)
			return s + 1;
	}
	return s;
}

/* Adds a value, on as many lines as it takes. */
static void write_value(struct text *t, const char *value, size_t column)
{
	int depth = 0;

	while (*value != '\0') {
		const char *end = part_end(value, &depth);
		size_t size = (size_t)(end - value);

		if (column + size > COLUMNS && column > INDENT + INDENT) {
			text_put(t, "\n\t                ");
			column = INDENT + INDENT / 2;
			value += *value == ' ';
			size = (size_t)(end - value);
		}
		text_add(t, value, size);
		column += size;
		value = end;
	}
}

static void write_field(struct text *t, const struct field *f)
{
	const char *list = text_same(f->name, ".rlimits") ? "LIMITS" : "LIST";
	const char *value = text_end(&f->value);

	text_format(t, ",\n\t        %s = ", f->name);
	write_value(t, f->list ? text_of("%s(%s)", list, value) : value,
	            INDENT + strlen(f->name) + 3);
	text_put(t, " /* ");
	text_comment(t, text_end(&f->origin));
	text_put(t, " */");
}

void write_draft(struct text *t, const struct draft *d)
{
	bool *written = memory_new(d->fields * sizeof(bool) + 1);

	text_put(t, "\t/* ");
	text_comment(t, d->title);
	text_char(t, '\n');
	write_remarks(t, d, REMARK_NOTE, "Mind:");
	write_remarks(t, d, REMARK_DROPPED, "Dropped, as nothing is lost:");
	write_remarks(t, d, REMARK_HARDENING, "Hardening, dropped:");
	text_put(t, "\t */\n");
	write_errors(t, d);
	text_format(t, "\tSERVICE(%s", text_quoted(d->name));
	for (size_t n = 0; n < d->fields; n++) {
		size_t i = next_field(d, written);

		written[i] = true;
		write_field(t, &d->field[i]);
	}
	text_put(t, "),\n\n");
}
