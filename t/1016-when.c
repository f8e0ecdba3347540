/* SPDX-License-Identifier: MIT */
/* Moments as people write them: each way, what is none, and dates against the C
 * library's idea of them. Must not know how they are read. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "model/when.h"
#include "t/guard.h"
#include "t/tap.h"

enum { FUZZ = 300000 };

#define S 1000ll
#define M (60 * S)
#define H (60 * M)
#define D (24 * H)

static const struct {
	const char *text;
	enum when_kind kind;
	int64_t ms;
} rows[] = {
	{ "now", WHEN_FROM_NOW, 0 },
	{ "03:00", WHEN_CLOCK, 3 * H },
	{ "3:00", WHEN_CLOCK, 3 * H },
	{ "23:59:59.5", WHEN_CLOCK, D - 500 },
	{ "03:12:04.1239", WHEN_CLOCK, 3 * H + 12 * M + 4 * S + 123 },
	{ "today", WHEN_DAY, 0 },
	{ "yesterday", WHEN_DAY, -D },
	{ "yesterday 03:00", WHEN_DAY, 3 * H - D },
	{ "tomorrow 03:00", WHEN_DAY, 3 * H + D },
	{ "1970-01-01", WHEN_LOCAL, 0 },
	{ "1970-01-02 00:01", WHEN_LOCAL, D + M },
	{ "2026-11-29 03:12", WHEN_LOCAL, 1795921920 * S },
	{ "2026-11-29T03:12:00", WHEN_LOCAL, 1795921920 * S },
	{ "2026-11-29T03:12:00.250Z", WHEN_EPOCH, 1795921920 * S + 250 },
	{ "2026-11-29 03:12 UTC", WHEN_EPOCH, 1795921920 * S },
	{ "2026-11-29 03:12 +01:00", WHEN_EPOCH, 1795921920 * S - H },
	{ "2026-11-29T03:12-0330", WHEN_EPOCH, 1795921920 * S + 210 * M },
	{ "2024-02-29", WHEN_LOCAL, 1709164800 * S },
	{ "10min ago", WHEN_FROM_NOW, -10 * M },
	{ "10 min ago", WHEN_FROM_NOW, -10 * M },
	{ "2 hours ago", WHEN_FROM_NOW, -2 * H },
	{ "1h30m ago", WHEN_FROM_NOW, -90 * M },
	{ "1 day 2 h ago", WHEN_FROM_NOW, -26 * H },
	{ "-1h", WHEN_FROM_NOW, -H },
	{ "-90s", WHEN_FROM_NOW, -90 * S },
	{ "-2w", WHEN_FROM_NOW, -14 * D },
	{ "+5", WHEN_FROM_NOW, 5 * M },
	{ "-5", WHEN_FROM_NOW, -5 * M },
	{ "+1h", WHEN_FROM_NOW, H },
	{ "@1795921920", WHEN_EPOCH, 1795921920 * S },
	{ "@1795921920.5", WHEN_EPOCH, 1795921920 * S + 500 },
	{ "@0", WHEN_EPOCH, 0 },
};

static const char *const wrong[] = {
	"", " ", "soon", "5", "+", "-", "+x", "-1y", "24:00", "12:60", "12:",
	":30", "1:2:3", "12:30:60", "12:30:1", "12:30.", "12:30 Z", "today 24:00",
	"todayish", "yesterday03:00x", "nowx", "2026-13-01", "2026-00-01",
	"2026-11-31", "2023-02-29", "1900-01-01", "1969-12-31", "26-11-29",
	"2026-11", "2026-11-29 03", "2026-11-29 03:12 +1", "2026-11-29 +01:",
	"2026-11-29 03:12 CET", "10min", "10 ago", "ago", "-1h ago", "10min agoo",
	"@", "@x", "@-1", "@1.", "1h1", "99999999999999999999h ago", "@1e9",
	"+9999999999",
};

static void check_rows(void)
{
	struct when w;

	for (size_t k = 0; k < sizeof(rows) / sizeof(rows[0]); k++)
		ok(when_read(rows[k].text, 60, &w) && w.kind == rows[k].kind &&
		           w.ms == rows[k].ms,
		   "%s", rows[k].text);
	for (size_t k = 0; k < sizeof(wrong) / sizeof(wrong[0]); k++)
		ok(!when_read(wrong[k], 60, &w), "'%s' is none", wrong[k]);
	ok(!when_read("-5", 0, &w), "a number without a unit, where none may be");
}

/* Each day of 1970 to 2500, and some times of it. */
static void check_dates(void)
{
	int bad = 0;

	for (int64_t day = 0; day < 193700; day++) {
		time_t at = (time_t)(day * 86400 + day * 37 % 86400);
		struct tm tm;
		struct when w;
		char text[64];

		gmtime_r(&at, &tm);
		strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%SZ", &tm);
		bad += !when_read(text, 0, &w) || w.kind != WHEN_EPOCH ||
		       w.ms != at * 1000;
	}
	ok(bad == 0, "dates are those of the C library");
}

/* Any bytes are read within their bounds, and give a number in range. */
static void check_garbage(void)
{
	static const char letters[] = "0123456789:-+ .@TZUCagohmindsyetrwk";
	struct guarded g = guard_make(64);
	uint64_t seed = 20261129;
	int bad = 0;

	for (int k = 0; k < FUZZ; k++) {
		size_t length = guard_random(&seed) % 24;
		char *text = (char *)g.memory + g.room - length - 1;
		struct when w = { .ms = 0 };

		for (size_t c = 0; c < length; c++)
			text[c] = letters[guard_random(&seed) %
			                  (sizeof(letters) - 1)];
		text[length] = '\0';
		if (when_read(text, 1, &w))
			bad += w.ms > INT64_MAX / 2 || w.ms < INT64_MIN / 2;
	}
	ok(bad == 0, "garbage is read within its bounds");
}

int main(void)
{
	check_rows();
	check_dates();
	check_garbage();
	return done();
}
