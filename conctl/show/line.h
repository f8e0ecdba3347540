/* SPDX-License-Identifier: MIT */
/* A line as connate-log writes it, taken apart. */
#ifndef CONCTL_SHOW_LINE_H
#define CONCTL_SHOW_LINE_H

#include <stdbool.h>
#include <stdint.h>

#include "conctl/show/pages.h"

enum {
	LINE_TIME = 27,             /* 2031-12-24T18:00:00.123456Z */
	LEVEL_DEFAULT = 6,          /* info: of a line that has none */
	LEVELS = 8,                 /* those of syslog(3) */
};

/* key: grows with the time; keys of two lines are only compared. */
struct line_parts {
	uint64_t key;
	const char *name, *text;
	uint32_t name_length, text_length;
	int level;                  /* below 0: it has none */
};

extern const char *const level_names[LEVELS];

bool line_key_in(const struct text_line *l, uint64_t *key);
bool line_take_apart(const struct text_line *l, struct line_parts *parts);
bool line_is_of(const struct line_parts *parts, const char *name);
uint64_t line_key(const char *time);
uint64_t line_key_of_ms(int64_t ms);
uint64_t line_key_of_stamp(const char *stamp);
int level_read(const char *text);

#endif
