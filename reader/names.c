/* SPDX-License-Identifier: MIT */
/* Names, each stored once, and the place of a token in the user's own file. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "reader/say.h"
#include "reader/store.h"
#include "reader/token.h"

enum { LISTS = 1 << 12 };

static struct name *lists[LISTS];

struct name *name_find(const char *text, uint32_t length)
{
	uint32_t h = 2166136261u;
	struct name **list, *n;

	for (uint32_t k = 0; k < length; k++)
		h = (h ^ (unsigned char)text[k]) * 16777619u;
	list = &lists[(h ^ h >> 15) & (LISTS - 1)];
	for (n = *list; n != NULL; n = n->next)
		if (n->length == length && memcmp(n->text, text, length) == 0)
			return n;
	n = store_take(sizeof(*n));
	n->text = text_keep(text, length);
	n->length = length;
	n->next = *list;
	*list = n;
	return n;
}

bool name_is(const struct token *t, const char *text)
{
	return t->kind == TOKEN_NAME && t->name->text[0] == text[0] &&
	       strcmp(t->name->text, text) == 0;
}

/* Another file begins, which knows nothing of those before it. */
void names_new_unit(void)
{
	for (int k = 0; k < LISTS; k++)
		for (struct name *n = lists[k]; n != NULL; n = n->next) {
			n->macro = NULL;
			n->symbol = NULL;
			n->tag = NULL;
		}
}

/* After store_forget(). */
void names_forget(void)
{
	memset(lists, 0, sizeof(lists));
}

/* Does it stand in a file of the user, not in config.h? */
bool token_is_theirs(const struct token *t)
{
	return t->spelled.source != SOURCE_NONE &&
	       !source_of(t->spelled)->ours;
}

struct place token_place(const struct token *t)
{
	return t->used.source != SOURCE_NONE && !token_is_theirs(t)
	               ? t->used
	               : t->spelled;
}

/* As many bytes as are marked: those of the token, or of the macro's name. */
static uint32_t marked(const struct token *t, struct place at)
{
	const char *bytes = source_of(at)->bytes + at.at;
	uint32_t length = 0;

	if (at.source == t->spelled.source && at.at == t->spelled.at)
		return t->length;
	while ((bytes[length] >= 'A' && bytes[length] <= 'Z') ||
	       (bytes[length] >= 'a' && bytes[length] <= 'z') ||
	       bytes[length] == '_')
		length++;
	return length;
}

void fail_token(const struct token *t, const char *format, ...)
{
	struct place at = token_place(t);
	char line[512];
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(line, sizeof(line), format, arguments); /* cut off */
	va_end(arguments);
	say_fail_at(at, marked(t, at), "%s", line);
}
