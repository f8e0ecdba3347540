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

enum { TEXT_BUS_NAME = 255 };       /* bytes of a name on a bus */

size_t text_length(const char *text);
bool text_equal(const char *a, const char *b);
int text_compare(const char *a, const char *b);
bool text_starts(const char *text, const char *prefix);
size_t text_character(const char *text, size_t size);
bool text_is_bus_name(const char *name);
bool text_controls(const char *text, size_t length);
const char *text_base(const char *path);
size_t text_variable(const char *path);
const char *text_value(char *const *envp, const char *name, size_t length);
const char *text_expand(char *to, size_t size, const char *prefix,
                        const char *path, char *const *envp);
const char *text_number(struct digits *d, int64_t value);
bool text_to_number(const char *text, uint64_t max, uint64_t *value);
const char *text_error(struct digits *d, int error);
const char *text_nth(const char *texts, int64_t k);
const char *text_signal(struct digits *d, int signal);

#endif
