/* SPDX-License-Identifier: MIT */
/* Texts: built, compared, and written for C and for the shell. */
#ifndef IMPORT_TEXT_H
#define IMPORT_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#define PRINTF(a, b) __attribute__((format(printf, a, b)))

/* A text that grows; `at` ends with 0 when it is not NULL. */
struct text {
	char *at;
	size_t size, room;
};

void text_add(struct text *t, const char *bytes, size_t size);
void text_char(struct text *t, char c);
void text_put(struct text *t, const char *s);
void text_format(struct text *t, const char *format, ...) PRINTF(2, 3);
const char *text_end(const struct text *t);
const char *text_of(const char *format, ...) PRINTF(1, 2);
const char *text_part(const char *from, const char *to);
const char *text_trim(const char *s);

void text_c(struct text *t, const char *s);
const char *text_quoted(const char *s);
void text_comment(struct text *t, const char *s);
void text_shell(struct text *t, const char *s);

bool text_same(const char *a, const char *b);
bool text_starts(const char *s, const char *start);
bool text_ends(const char *s, const char *end);
const char *text_without(const char *s, const char *end);
const char *text_base(const char *path);

/* Words between blanks, one after another. */
const char *text_next(const char **at);

#endif
