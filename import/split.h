/* SPDX-License-Identifier: MIT */
/* Command lines to words, as each manager does it. */
#ifndef IMPORT_SPLIT_H
#define IMPORT_SPLIT_H

#include <stddef.h>

struct words {
	const char **word;
	size_t count, room;
};

void words_add(struct words *to, const char *word);

/* The next word at *at, which is moved behind it, as systemd reads it; NULL at
 * the end, or with *wrong set if a quote is not closed. *bare: the word had no
 * quote and no escape. */
const char *split_unit(const char **at, _Bool *bare, _Bool *wrong);

/* Each adds all words of a text; 0, or -1 if a quote is not closed. */
int split_dinit(struct words *to, const char *s);
int split_python(struct words *to, const char *s);

#endif
