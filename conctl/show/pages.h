/* SPDX-License-Identifier: MIT */
/* A file, or a piece of memory, read line by line from either end. */
#ifndef CONCTL_SHOW_PAGES_H
#define CONCTL_SHOW_PAGES_H

#include <stdbool.h>
#include <stdint.h>

/* In memory until the next line of the same file is read. Any bytes. */
struct text_line {
	const char *text;
	uint32_t length;            /* without the newline */
};

enum { PAGES_ROOM = 64 << 10 };     /* for the longest line of connate-log */

struct pages {
	int fd;                     /* below 0: all of it is in the window */
	char *window;               /* room for `room` bytes */
	uint32_t room, count;
	int64_t from;               /* where the window begins */
	int64_t end;                /* bytes of the file, as was seen last */
};

int pages_begin(struct pages *p, uint32_t room);
void pages_use(struct pages *p, int fd, int64_t end);
int64_t pages_last(struct pages *p);
bool pages_prev(struct pages *p, int64_t *at, struct text_line *line);
bool pages_next(struct pages *p, int64_t *at, struct text_line *line);
int64_t pages_line_at(struct pages *p, int64_t at);

#endif
