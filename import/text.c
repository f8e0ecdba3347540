/* SPDX-License-Identifier: MIT */
/* Texts: built, compared, and written for C and for the shell. */
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "import/memory.h"
#include "import/text.h"

static void text_room(struct text *t, size_t more)
{
	size_t room = t->room == 0 ? 64 : t->room;

	if (t->size + more < t->room)
		return;
	while (room <= t->size + more)
		room *= 2;
	t->at = memory_grow(t->at, t->size, room);
	t->room = room;
}

void text_add(struct text *t, const char *bytes, size_t size)
{
	text_room(t, size);
	memcpy(t->at + t->size, bytes, size);
	t->size += size;
	t->at[t->size] = '\0';
}

void text_char(struct text *t, char c)
{
	text_add(t, &c, 1);
}

void text_put(struct text *t, const char *s)
{
	text_add(t, s, strlen(s));
}

static void text_list(struct text *t, const char *format, va_list list)
{
	va_list again;
	int size;

	va_copy(again, list);
	size = vsnprintf(NULL, 0, format, again);
	va_end(again);
	if (size < 0)
		return;
	text_room(t, (size_t)size);
	(void)vsnprintf(t->at + t->size, (size_t)size + 1, format, list);
	t->size += (size_t)size;
}

void text_format(struct text *t, const char *format, ...)
{
	va_list list;

	va_start(list, format);
	text_list(t, format, list);
	va_end(list);
}

/* The text as it is now; "" if nothing was added. */
const char *text_end(const struct text *t)
{
	return t->at != NULL ? t->at : "";
}

const char *text_of(const char *format, ...)
{
	struct text t = { 0 };
	va_list list;

	va_start(list, format);
	text_list(&t, format, list);
	va_end(list);
	return text_end(&t);
}

/* What stands from one place of a text to before another. */
const char *text_part(const char *from, const char *to)
{
	struct text t = { 0 };

	text_add(&t, from, (size_t)(to - from));
	return text_end(&t);
}

/* Without blanks at both ends. */
const char *text_trim(const char *s)
{
	const char *end;

	while (isspace((unsigned char)*s))
		s++;
	end = s + strlen(s);
	while (end > s && isspace((unsigned char)end[-1]))
		end--;
	return text_part(s, end);
}

/* Adds a string literal of C. An octal escape has three digits, so no digit
 * behind it becomes part of it. */
void text_c(struct text *t, const char *s)
{
	text_char(t, '"');
	for (; *s != '\0'; s++) {
		unsigned char c = (unsigned char)*s;

		if (c == '"' || c == '\\')
			text_format(t, "\\%c", c);
		else if (c == '\n')
			text_put(t, "\\n");
		else if (c == '\t')
			text_put(t, "\\t");
		else if (c < ' ' || c >= 0x7f)
			text_format(t, "\\%03o", c);
		else
			text_char(t, (char)c);
	}
	text_char(t, '"');
}

const char *text_quoted(const char *s)
{
	struct text t = { 0 };

	text_c(&t, s);
	return text_end(&t);
}

/* Adds what may stand in a comment of C and on one line of a terminal: nothing
 * that ends the comment, begins another, or moves a cursor. */
void text_comment(struct text *t, const char *s)
{
	for (; *s != '\0'; s++) {
		unsigned char c = (unsigned char)*s;

		if (c < ' ' || c >= 0x7f)
			text_char(t, c == '\n' || c == '\t' ? ' ' : '?');
		else
			text_char(t, (char)c);
		if ((c == '*' && s[1] == '/') || (c == '/' && s[1] == '*'))
			text_char(t, ' ');
	}
}

static bool shell_plain(const char *s)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789_-+./:,@%";

	return *s != '\0' && s[strspn(s, plain)] == '\0';
}

/* Adds one word of sh(1), in quotes where it needs them. */
void text_shell(struct text *t, const char *s)
{
	if (shell_plain(s)) {
		text_put(t, s);
		return;
	}
	text_char(t, '\'');
	for (; *s != '\0'; s++)
		if (*s == '\'')
			text_put(t, "'\\''");
		else
			text_char(t, *s);
	text_char(t, '\'');
}

bool text_same(const char *a, const char *b)
{
	return strcmp(a, b) == 0;
}

bool text_starts(const char *s, const char *start)
{
	return strncmp(s, start, strlen(start)) == 0;
}

bool text_ends(const char *s, const char *end)
{
	size_t a = strlen(s), b = strlen(end);

	return a >= b && text_same(s + a - b, end);
}

/* The text without that end, which it has. */
const char *text_without(const char *s, const char *end)
{
	return text_part(s, s + strlen(s) - strlen(end));
}

/* The last part of a path. */
const char *text_base(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL ? slash + 1 : path;
}

/* The next word at *at, which is moved behind it; NULL if there is none. */
const char *text_next(const char **at)
{
	const char *from;

	while (isspace((unsigned char)**at))
		(*at)++;
	from = *at;
	while (**at != '\0' && !isspace((unsigned char)**at))
		(*at)++;
	return *at == from ? NULL : text_part(from, *at);
}
