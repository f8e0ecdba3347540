/* SPDX-License-Identifier: MIT */
/* One line as text for people, and as JSON. */
#ifndef LOG_WRITE_H
#define LOG_WRITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TIME_BYTES = 27 };       /* 2031-12-24T18:00:00.000000Z */
enum { LEVEL_NONE = 8 };        /* below: those of syslog(3) */

struct line {
	const char *name;           /* of the service */
	const char *text;
	size_t length;              /* of the text, without the newline */
	unsigned level;
	bool continues, is_cut;     /* a piece of a line that was too long */
	char time[TIME_BYTES + 2];
};

void line_time(struct line *l, int64_t seconds, uint32_t nanoseconds);
void line_level(struct line *l);
char *line_string(char *to, const char *text, size_t length);
char *line_text(char *to, const struct line *l);
char *line_json(char *to, const struct line *l);

#endif
