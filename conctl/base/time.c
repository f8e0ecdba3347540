/* SPDX-License-Identifier: MIT */
/* Moments and spans of time, as text, and a short sleep. Knows no service. */
#include "conctl/base/time.h"

#include "conctl/base/out.h"
#include "model/text.h"
#include "sys/call.h"
#include "sys/clock.h"

static uint64_t real_time_ms(void)
{
	struct __kernel_timespec t = { 0, 0 };

	(void)sys_clock_gettime(CLOCK_REALTIME, &t); /* it cannot fail */
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* Days since 1970-01-01 as a date of the Gregorian calendar. Years are taken
 * to begin in March, so that the leap day is the last day of a year. */
struct date {
	uint64_t year, month, day;
};

static struct date date_of(uint64_t days)
{
	const uint64_t era_days = 146097;   /* in 400 years */
	uint64_t shifted = days + 719468;   /* from 0000-03-01 on */
	uint64_t day = shifted % era_days, year, month;

	year = (day - day / 1460 + day / 36524 - day / (era_days - 1)) / 365;
	day -= 365 * year + year / 4 - year / 100;
	month = (5 * day + 2) / 153;        /* 0: March */
	return (struct date){
		.year = year + shifted / era_days * 400 + (month >= 10),
		.month = month < 10 ? month + 3 : month - 9,
		.day = day - (153 * month + 2) / 5 + 1,
	};
}

/* With leading zeros. */
static void padded(struct out *out, uint64_t value, uint32_t digits)
{
	struct digits d;
	const char *text = text_number(&d, (int64_t)value);

	for (size_t length = text_length(text); length < digits; length++)
		out_text(out, "0");
	out_text(out, text);
}

/* Writes seconds with three decimals: 3.214. */
void decimal_write(struct out *out, uint64_t ms)
{
	out_number(out, (int64_t)(ms / 1000));
	out_text(out, ".");
	padded(out, ms % 1000, 3);
}

/* The same with its unit: 3.214s. */
void seconds_write(struct out *out, uint64_t ms)
{
	decimal_write(out, ms);
	out_text(out, "s");
}

static const struct {
	uint64_t below_ms, unit_ms;
	const char *letter, *word;
} units[] = {
	{ 60000, 1000, "s", " s" },
	{ 3600000, 60000, "m", " min" },
	{ 86400000, 3600000, "h", " h" },
	{ UINT64_MAX, 86400000, "d", " d" },
};

enum { UNITS = sizeof(units) / sizeof(units[0]) };

/* Writes the count of the largest unit that fits, below ten seconds with a
 * tenth. Returns the row of the unit. */
static uint32_t count_write(struct out *out, uint64_t ms)
{
	uint32_t k = 0;

	while (k < UNITS - 1 && ms >= units[k].below_ms)
		k++;
	out_number(out, (int64_t)(ms / units[k].unit_ms));
	if (ms < 10000) {
		out_text(out, ".");
		out_number(out, (int64_t)(ms % 1000 / 100));
	}
	return k;
}

/* Writes a span in its largest unit, short: 3.2s, 12s, 5m, 7h, 2d. */
void duration_write(struct out *out, uint64_t ms)
{
	out_text(out, units[count_write(out, ms)].letter);
}

/* Writes a span in its largest unit: 3.2 s, 12 s, 5 min, 7 h, 2 d. */
void span_write(struct out *out, uint64_t ms)
{
	out_text(out, units[count_write(out, ms)].word);
}

/* A moment of CLOCK_MONOTONIC (milliseconds, past or to come) in milliseconds
 * since 1970, by both clocks as they are now; before 1970 it is 0. */
uint64_t time_real_ms(uint64_t at_ms)
{
	uint64_t now = real_time_ms(), passed = clock_now_ms();

	return now + at_ms > passed ? now + at_ms - passed : 0;
}

/* Writes a moment, as of time_real_ms(), as UTC, or the part of it that `part`
 * names. */
void time_write(struct out *out, uint64_t at_ms, enum time_part part)
{
	uint64_t ms = time_real_ms(at_ms);
	struct date date = date_of(ms / 86400000);

	if (part == TIME_FULL) {
		padded(out, date.year, 4);
		out_text(out, "-");
	}
	if (part != TIME_SECOND) {
		padded(out, date.month, 2);
		out_text(out, "-");
		padded(out, date.day, 2);
		out_text(out, part == TIME_FULL ? "T" : " ");
	}
	padded(out, ms / 3600000 % 24, 2);
	out_text(out, ":");
	padded(out, ms / 60000 % 60, 2);
	out_text(out, ":");
	padded(out, ms / 1000 % 60, 2);
	if (part == TIME_SECOND)
		return;
	out_text(out, ".");
	padded(out, ms % 1000, 3);
	out_text(out, part == TIME_FULL ? "Z" : "");
}

/* Reads SECONDS with an optional fraction into milliseconds: up to 10^9 s,
 * which is thirty years; a part of a millisecond is rounded up. False: it is no
 * such number. */
bool time_parse(const char *text, uint64_t *ms)
{
	uint64_t sum = 0, unit = 1000, rest = 0;
	uint32_t digits = 0;

	for (; *text >= '0' && *text <= '9'; text++, digits++)
		if ((sum = sum * 10 + (uint64_t)(*text - '0')) > 1000000000)
			return false;
	sum *= 1000;
	if (*text == '.')
		text++;
	for (; *text >= '0' && *text <= '9'; text++, digits++) {
		unit /= 10;
		sum += unit * (uint64_t)(*text - '0');
		if (unit == 0 && *text != '0')
			rest = 1;
	}
	*ms = sum + rest;
	return digits > 0 && *text == '\0';
}

/* Sleeps for so long, up to a second less 1 ms, or until a signal. */
void pause_ms(uint32_t ms)
{
	struct __kernel_timespec time = { .tv_nsec = ms * 1000000l };

	(void)sys_ppoll(NULL, 0, &time); /* a signal only shortens it */
}
