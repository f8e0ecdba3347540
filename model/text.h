/* SPDX-License-Identifier: MIT */
/* Numbers, durations and errors as text, and text as numbers, in the caller's
 * memory. Pure. */
#ifndef MODEL_TEXT_H
#define MODEL_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Room for the decimal text of any 64-bit number. */
struct digits {
	char text[24];
};

size_t text_length(const char *text);
bool text_equal(const char *a, const char *b);

/* Below, at or above 0 as a comes before, is, or comes after b, by bytes. */
int text_compare(const char *a, const char *b);

/* text starts with prefix. */
bool text_starts(const char *text, const char *prefix);

/* How many of these `size` bytes (1 or more) are their first character in
 * UTF-8 (RFC 3629), 1 to 4; 0: they do not begin with one. */
size_t text_character(const char *text, size_t size);

/* A terminal may obey that character of `length` bytes rather than show it:
 * controls of ASCII and of ISO 6429 (C1), marks that turn or end a line. */
bool text_controls(const char *text, size_t length);

/* What is behind the last / of a path. */
const char *text_base(const char *path);

/* A path may begin with $NAME/, for the value that NAME has in an environment:
 * the length of NAME, or 0. */
size_t text_variable(const char *path);

/* What NAME is in an environment: behind NAME= of length bytes; or NULL. */
const char *text_value(char *const *envp, const char *name, size_t length);

/* prefix, then the path with $NAME replaced, in `size` bytes of to. NULL: it
 * is. Else why not: there is no such value, or no room. */
const char *text_expand(char *to, size_t size, const char *prefix,
                        const char *path, char *const *envp);

/* The decimal text of value, in *d. */
const char *text_number(struct digits *d, int64_t value);

/* A decimal number without sign, 0 … max, that is the whole text. */
bool text_to_number(const char *text, uint64_t max, uint64_t *value);

/* What an errno value (either sign) means, as a person would say it; a number
 * in *d for one that we do not expect. */
const char *text_error(struct digits *d, int error);

/* Like PIPE for SIGPIPE; a number in *d for one without a name. */
const char *text_signal(struct digits *d, int signal);

#endif
