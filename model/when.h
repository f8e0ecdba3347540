/* SPDX-License-Identifier: MIT */
/* Moments as people write them: 03:00, yesterday 03:00, 2026-11-29 03:12,
 * 10min ago, -1h, @1795961402. Pure. */
#ifndef MODEL_WHEN_H
#define MODEL_WHEN_H

#include <stdbool.h>
#include <stdint.h>

enum when_kind {
	WHEN_FROM_NOW,              /* ms from now on; below zero: ago */
	WHEN_CLOCK,                 /* ms of a day of local time, the next or
	                               the last one */
	WHEN_DAY,                   /* ms of today, of local time, + days */
	WHEN_LOCAL,                 /* ms since 1970 of local time */
	WHEN_EPOCH,                 /* ms since 1970 of UTC */
};

struct when {
	enum when_kind kind;
	int64_t ms;
};

bool when_read(const char *text, uint32_t bare_s, struct when *w);

#endif
