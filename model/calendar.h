/* SPDX-License-Identifier: MIT */
/* A calendar expression of .every as sets of bits, and the next moment that is
 * in all of them. concheck makes it of a text (config/check/calendar.c); here is
 * neither text nor time zone: a moment is what the clock on the wall shows, in
 * seconds since 1970 as if that were UTC. */
#ifndef MODEL_CALENDAR_H
#define MODEL_CALENDAR_H

#include <stdbool.h>
#include <stdint.h>

#include "model/zone.h"

enum {
	CALENDAR_FIRST_YEAR = 1970, /* bit 0 of years; as systemd.time(7) */
	CALENDAR_LAST_YEAR = 2199,
	CALENDAR_YEAR_WORDS = 8,
};

#define CALENDAR_NEVER INT64_MAX

/* Bit n of a set is the value n, but for years. In the list area of a table:
 * words of 32 bits. */
struct calendar {
	uint32_t weekdays;          /* bit 0: Monday … bit 6: Sunday */
	uint32_t years[CALENDAR_YEAR_WORDS];
	uint32_t months;            /* bits 1 … 12 */
	uint32_t days;              /* bits 1 … 31 … */
	uint32_t from_end;          /* … 1: of the month, 1 is its last day */
	uint32_t hours;
	uint32_t minutes[2], seconds[2];
	uint32_t utc;               /* 1: in UTC, not in the machine's zone */
	uint32_t text;              /* as it was written: text of the table */
};

enum { CALENDAR_WORDS = sizeof(struct calendar) / sizeof(uint32_t) };

_Static_assert(CALENDAR_WORDS == 19, "an ABI");

int64_t calendar_next(const struct calendar *c, int64_t after_s);
bool calendar_due(const struct calendar *c, const struct zone *zone,
                  int64_t after_s, int64_t *at_s);

#endif
