/* SPDX-License-Identifier: MIT */
/* Rules of daylight saving against the C library's idea of them, at each
 * quarter of an hour for years. Must not know how they are read. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "model/daylight.h"
#include "t/guard.h"
#include "t/tap.h"

enum {
	QUARTER = 900,
	DAY = 86400,
	YEARS = 14,                 /* a leap year, and each first weekday … */
	FUZZ = 300000,
};

static const int64_t from_s = 1704067200; /* … from 2024 on */

/* Of real zones: east and west, north and south, half hours, no daylight saving,
 * less than in winter, before midnight and far behind it, by day of the year. */
static const char *const rules[] = {
	"UTC0",
	"JST-9",
	"<+0545>-5:45",
	"EST5EDT,M3.2.0,M11.1.0",
	"CET-1CEST,M3.5.0,M10.5.0/3",
	"GMT0BST,M3.5.0/1,M10.5.0",
	"IST-1GMT0,M10.5.0,M3.5.0/1",
	"NST3:30NDT,M3.2.0,M11.1.0",
	"AEST-10AEDT,M10.1.0,M4.1.0/3",
	"<+1030>-10:30<+11>-11,M10.1.0,M4.1.0",
	"<+1245>-12:45<+1345>,M9.5.0/2:45,M4.1.0/3:45",
	"<-02>2<-01>,M3.5.0/-1,M10.5.0/0",
	"IST-2IDT,M3.4.4/26,M10.5.0",
	"EET-2EEST,M3.4.4/50,M10.4.4/50",
	"<-04>4<-03>,M9.1.6/24,M4.1.6/24",
	"XYZ3ABC,J60/0,J300",
	"XYZ-3ABC,59,299/1:30:15",
};

static const char *const wrong[] = {
	"",
	"0",
	"EST",
	"EST25",
	"<EST5",
	"EST5EDT",
	"EST5EDT,M3.2.0",
	"EST5EDT,M3.2.0,M11.1.0,",
	"EST5EDT,M0.2.0,M11.1.0",
	"EST5EDT,M3.6.0,M11.1.0",
	"EST5EDT,M3.2.7,M11.1.0",
	"EST5EDT,M3.2,M11.1.0",
	"EST5EDT,J0,J365",
	"EST5EDT,J1,J366",
	"EST5EDT,366,1",
	"EST5EDT,M3.2.0/168,M11.1.0",
	"EST5:60EDT,M3.2.0,M11.1.0",
	"EST5EDT,M3.2.0/,M11.1.0",
	"EST99999999999999999999",
};

static void compare(const char *rule)
{
	int64_t bad = 0;

	setenv("TZ", rule, 1);
	tzset();
	for (int64_t at = from_s; at < from_s + YEARS * 365LL * DAY;
	     at += QUARTER) {
		time_t t = (time_t)at;
		int32_t offset = -1;
		struct tm local;

		localtime_r(&t, &local);
		if ((!daylight_offset(rule, strlen(rule), at, &offset) ||
		     offset != local.tm_gmtoff) &&
		    bad == 0)
			bad = at;
	}
	ok(bad == 0, "%s, as the C library has it", rule);
	if (bad != 0)
		note("not so at %lld", (long long)bad);
}

/* No text of any kind is read behind its end, and what is taken is an offset. */
static void fuzz(void)
{
	static const char letters[] = "MJ,./:+-<>ESTT0123456789";
	struct guarded g = guard_make(64);
	uint64_t seed = 20261128;
	uint32_t taken = 0, wild = 0;

	for (int k = 0; k < FUZZ; k++) {
		const char *rule = rules[guard_random(&seed) %
		                         (sizeof(rules) / sizeof(rules[0]))];
		size_t length = strlen(rule);
		char *text = (char *)g.memory + g.room - length;
		int32_t offset = 0;

		memcpy(text, rule, length); /* to the wall */
		for (int n = 0; n < 2; n++)
			text[guard_random(&seed) % length] =
				letters[guard_random(&seed) %
			                (sizeof(letters) - 1)];
		if (daylight_offset(text, length,
		                    from_s + (int64_t)(guard_random(&seed) %
		                                       (DAY * 400LL)),
		                    &offset)) {
			taken++;
			wild += offset > 25 * 3600 || offset < -25 * 3600;
		}
	}
	ok(taken > FUZZ / 100 && wild == 0, "%u of %u changed ones are rules",
	   taken, (unsigned)FUZZ);
}

int main(void)
{
	int32_t offset;

	for (size_t k = 0; k < sizeof(rules) / sizeof(rules[0]); k++)
		compare(rules[k]);
	for (size_t k = 0; k < sizeof(wrong) / sizeof(wrong[0]); k++)
		ok(!daylight_offset(wrong[k], strlen(wrong[k]), from_s, &offset),
		   "not a rule: %s", wrong[k]);
	ok(!daylight_offset("UTC0", 4, -1, &offset) &&
	           !daylight_offset("UTC0", 4, INT64_MAX, &offset),
	   "a clock that is far off");
	fuzz();
	return done();
}
