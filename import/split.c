/* SPDX-License-Identifier: MIT */
/* Command lines to words. Quotes are taken away before variables are looked at,
 * by systemd too, so none of them protects a $ there. */
#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "import/memory.h"
#include "import/split.h"
#include "import/text.h"

void words_add(struct words *to, const char *word)
{
	if (to->count == to->room) {
		size_t size = sizeof(char *), room = to->room * 2 + 16;

		to->word = memory_grow(to->word, to->count * size, room * size);
		to->room = room;
	}
	to->word[to->count++] = word;
}

static void add_character(struct text *t, unsigned long code)
{
	if (code < 0x80)
		text_char(t, (char)code);
	else if (code < 0x800)
		text_format(t, "%c%c", (int)(0xc0 | code >> 6),
		            (int)(0x80 | (code & 0x3f)));
	else if (code < 0x10000)
		text_format(t, "%c%c%c", (int)(0xe0 | code >> 12),
		            (int)(0x80 | (code >> 6 & 0x3f)),
		            (int)(0x80 | (code & 0x3f)));
	else
		text_format(t, "%c%c%c%c", (int)(0xf0 | code >> 18),
		            (int)(0x80 | (code >> 12 & 0x3f)),
		            (int)(0x80 | (code >> 6 & 0x3f)),
		            (int)(0x80 | (code & 0x3f)));
}

/* A number of exactly that many digits; true and the text grows, or false. */
static bool add_number(struct text *t, const char *s, int digits, int base)
{
	unsigned long code = 0;

	for (int i = 0; i < digits; i++) {
		unsigned char c = (unsigned char)s[i];
		int digit = isdigit(c)    ? c - '0'
		            : isxdigit(c) ? tolower(c) - 'a' + 10
		                          : base;

		if (digit >= base)
			return false;
		code = code * (unsigned)base + (unsigned)digit;
	}
	if (code == 0 || code > 0x10ffff || (base == 8 && code > 0377))
		return false;
	if (digits <= 3)
		text_char(t, (char)code);
	else
		add_character(t, code);
	return true;
}

/* Takes what stands behind a backslash; returns its length, or 0 if that is no
 * escape, so that both stay as they are. */
static size_t add_escape(struct text *t, const char *s)
{
	static const char names[] = "abfnrtvs\\\"'";
	static const char values[] = "\a\b\f\n\r\t\v \\\"'";
	const char *name = *s != '\0' ? strchr(names, *s) : NULL;

	if (name != NULL) {
		text_char(t, values[name - names]);
		return 1;
	}
	if (*s == 'x')
		return add_number(t, s + 1, 2, 16) ? 3 : 0;
	if (*s == 'u')
		return add_number(t, s + 1, 4, 16) ? 5 : 0;
	if (*s == 'U')
		return add_number(t, s + 1, 8, 16) ? 9 : 0;
	return add_number(t, s, 3, 8) ? 3 : 0;
}

const char *split_unit(const char **at, bool *bare, bool *wrong)
{
	struct text t = { 0 };
	const char *s = *at;
	char quote = '\0';

	*bare = true;
	s += strspn(s, " \t\r\n");
	if (*s == '\0')
		return NULL;
	for (; *s != '\0' && (quote != '\0' || !strchr(" \t\r\n", *s)); s++) {
		if (*s == '\\' && s[1] != '\0') {
			size_t size = add_escape(&t, s + 1);

			/* Both characters stay, even if the second is a
			 * blank. */
			if (size == 0)
				text_add(&t, s, 2);
			s += size > 0 ? size : 1;
			*bare = *bare && size == 0;
		} else if (*s == quote)
			quote = '\0';
		else if (quote == '\0' && (*s == '"' || *s == '\'')) {
			quote = *s;
			*bare = false;
		} else
			text_char(&t, *s);
	}
	*at = s;
	*wrong = quote != '\0';
	return *wrong ? NULL : text_end(&t);
}

/* Double quotes only; a backslash protects any character. */
int split_dinit(struct words *to, const char *s)
{
	while (*(s += strspn(s, " \t\n")) != '\0') {
		struct text t = { 0 };
		bool quoted = false;

		for (; *s != '\0' && (quoted || !strchr(" \t\n", *s)); s++) {
			if (*s == '\\' && s[1] != '\0')
				text_char(&t, *++s);
			else if (*s == '"')
				quoted = !quoted;
			else
				text_char(&t, *s);
		}
		if (quoted)
			return -1;
		words_add(to, text_end(&t));
	}
	return 0;
}

/* As shlex of Python: in single quotes nothing is special, in double quotes a
 * backslash protects only " and itself. */
int split_python(struct words *to, const char *s)
{
	while (*(s += strspn(s, " \t\r\n")) != '\0') {
		struct text t = { 0 };
		char quote = '\0';

		for (; *s != '\0' && (quote || !strchr(" \t\r\n", *s)); s++) {
			if (*s == '\\' && s[1] != '\0' && quote != '\'' &&
			    (quote == '\0' || s[1] == '"' || s[1] == '\\'))
				text_char(&t, *++s);
			else if (*s == quote)
				quote = '\0';
			else if (quote == '\0' && (*s == '"' || *s == '\''))
				quote = *s;
			else
				text_char(&t, *s);
		}
		if (quote != '\0')
			return -1;
		words_add(to, text_end(&t));
	}
	return 0;
}
