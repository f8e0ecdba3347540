/* SPDX-License-Identifier: MIT */
/* The text of an environment file, by the rules of systemd.exec(5),
 * EnvironmentFile=, as systemd reads it: lines NAME=value, of which those that
 * begin with # or ; are comments. A value is made of parts in '…', in "…", and
 * at last a bare one, which goes to the end of the line and is trimmed. '…': as
 * it is, over several lines. "…": a backslash before one of "\`$ stands for
 * that, before the end of a line for nothing. Bare: a backslash stands for what
 * follows, before the end of a line for nothing; a quotation mark in it is one.
 * Nothing is replaced. Pure: knows no file. */
#include "model/text.h"
#include "prepare/prepare.h"

static bool is_end(const struct env_text *t)
{
	return t->at == t->end;
}

static bool is_line_end(char c)
{
	return c == '\n' || c == '\r';
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* The next character, which is there. */
static char take(struct env_text *t)
{
	t->line += *t->at == '\n';
	return *t->at++;
}

static bool at_line_end(const struct env_text *t)
{
	return is_end(t) || is_line_end(*t->at);
}

static void skip_line(struct env_text *t)
{
	while (!at_line_end(t))
		(void)take(t);
}

static void skip_blanks(struct env_text *t)
{
	while (!is_end(t) && is_blank(*t->at))
		(void)take(t);
}

static void fault(struct env_text *t, const char *wrong)
{
	t->wrong = wrong;
	t->wrong_line = t->line;
}

/* An entry that is too long ends early, which is a fault. */
static void put(struct env_text *t, char **to, char c)
{
	if (*to < t->room_end)
		*(*to)++ = c;
	else
		fault(t, "there is no room for so much");
}

static void take_single(struct env_text *t, char **to)
{
	while (!is_end(t)) {
		char c = take(t);

		if (c == '\'')
			return;
		put(t, to, c);
	}
	fault(t, "a ' has no counterpart");
}

static void take_escaped_in_double(struct env_text *t, char **to)
{
	char c = take(t);

	if (c == '\n')
		return;
	if (c != '"' && c != '\\' && c != '`' && c != '$')
		put(t, to, '\\');
	put(t, to, c);
}

static void take_double(struct env_text *t, char **to)
{
	while (!is_end(t)) {
		char c = take(t);

		if (c == '"')
			return;
		if (c != '\\')
			put(t, to, c);
		else if (!is_end(t))
			take_escaped_in_double(t, to);
	}
	fault(t, "a \" has no counterpart");
}

static void take_bare(struct env_text *t, char **to)
{
	char *kept = *to; /* the end without blanks */

	while (!at_line_end(t)) {
		char c = take(t);
		bool escaped = c == '\\';

		if (escaped && is_end(t))
			break;
		if (escaped)
			c = take(t);
		if (!escaped || !is_line_end(c))
			put(t, to, c);
		if (escaped || !is_blank(c))
			kept = *to;
	}
	*to = kept;
}

static void take_value(struct env_text *t, char **to)
{
	for (skip_blanks(t); !at_line_end(t); skip_blanks(t)) {
		if (*t->at == '\'') {
			(void)take(t);
			take_single(t, to);
		} else if (*t->at == '"') {
			(void)take(t);
			take_double(t, to);
		} else {
			take_bare(t, to);
		}
	}
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_name(const char *from, const char *end)
{
	bool right = from < end && is_letter(*from);

	for (; from < end; from++)
		right &= is_letter(*from) || (*from >= '0' && *from <= '9');
	return right;
}

/* NAME, without blanks around it, and what follows it up to the value. */
static void take_name(struct env_text *t, char **to)
{
	const char *begin = *to;

	while (!at_line_end(t) && *t->at != '=')
		put(t, to, take(t));
	while (*to > begin && is_blank((*to)[-1]))
		--*to;
	if (at_line_end(t))
		fault(t, "the line is none: it has no =");
	else if (!is_name(begin, *to))
		fault(t, "the line is none: a variable has another name");
	if (!is_end(t) && *t->at == '=')
		put(t, to, take(t));
}

static void skip_between(struct env_text *t)
{
	while (!is_end(t)) {
		if (*t->at == '#' || *t->at == ';')
			skip_line(t);
		else if (is_blank(*t->at) || is_line_end(*t->at))
			(void)take(t);
		else
			return;
	}
}

/* The next entry, NAME=value, written to text->entry, behind which the next one
 * will be; text->wrong and its line: what is wrong with it. Of a line that is
 * none, text->entry stays where it was. NULL: there is no more. text->end has
 * to be the end of what can be read, text->line 1 at the beginning. */
const char *env_text_next(struct env_text *text)
{
	const char *entry = text->entry;
	char *to = text->entry;

	text->wrong = NULL;
	skip_between(text);
	if (is_end(text))
		return NULL;
	take_name(text, &to);
	if (text->wrong != NULL) {
		skip_line(text);
		return entry;
	}
	take_value(text, &to);
	*to++ = '\0'; /* room_end is before the last byte */
	text->entry = to < text->room_end ? to : text->room_end;
	return entry;
}
