/* SPDX-License-Identifier: MIT */
/* Local time by a rule of the variable TZ. Knows no kernel and no file. */
#include "model/daylight.h"

enum {
	MINUTE = 60,
	HOUR = 3600,
	DAY = 86400,
	OFFSET_HOURS = 24,          /* at most, of a name … */
	TIME_HOURS = 167,           /* … and of a change: RFC 8536, 3.3.1 */
	CHANGE_AT = 2 * HOUR,       /* if the rule does not say */
};

/* The first of January 1971, and the last second of the year 9999. */
static const int64_t first_s = 31536000, last_s = 253402300799;

/* What is left of the rule. */
struct cursor {
	const char *at, *end;
};

/* When daylight saving begins, or ends. */
enum day { NTH_WEEKDAY, YEAR_DAY, LEAP_YEAR_DAY };

struct change {
	enum day kind;
	uint32_t month, week, day;
	int32_t time;               /* of that day, by the clock until then */
};

static bool rule_next_is(const struct cursor *c, char what)
{
	return c->at < c->end && *c->at == what;
}

static bool rule_skip(struct cursor *c, char what)
{
	bool found = rule_next_is(c, what);

	c->at += found;
	return found;
}

static bool rule_at_digit(const struct cursor *c)
{
	return c->at < c->end && *c->at >= '0' && *c->at <= '9';
}

static bool rule_number(struct cursor *c, uint32_t least, uint32_t most,
                        uint32_t *value)
{
	const char *begin = c->at;

	for (*value = 0; rule_at_digit(c) && *value <= most; c->at++)
		*value = *value * 10 + (uint32_t)(*c->at - '0');
	return c->at > begin && *value >= least && *value <= most;
}

/* A name of letters; or of any characters, in < and >. */
static bool rule_name(struct cursor *c)
{
	const char *begin = c->at;
	bool quoted = rule_skip(c, '<');

	while (c->at < c->end &&
	       (quoted ? *c->at != '>'
	               : (*c->at | 32) >= 'a' && (*c->at | 32) <= 'z'))
		c->at++;
	return c->at > begin && (!quoted || rule_skip(c, '>'));
}

/* [+-]H[:M[:S]] */
static bool rule_time(struct cursor *c, uint32_t hours_max, int32_t *seconds)
{
	bool negative = rule_next_is(c, '-');
	uint32_t hours, minutes = 0, rest = 0;

	if (!rule_skip(c, '-'))
		(void)rule_skip(c, '+');
	if (!rule_number(c, 0, hours_max, &hours))
		return false;
	if (rule_skip(c, ':') &&
	    (!rule_number(c, 0, 59, &minutes) ||
	     (rule_skip(c, ':') && !rule_number(c, 0, 59, &rest))))
		return false;
	*seconds = (int32_t)(hours * HOUR + minutes * MINUTE + rest);
	if (negative)
		*seconds = -*seconds;
	return true;
}

/* When daylight saving begins or ends: ,Mm.w.d or ,Jn or ,n; then /time, or
 * nothing. */
static bool rule_change(struct cursor *c, struct change *to)
{
	bool good;

	to->time = CHANGE_AT;
	if (!rule_skip(c, ','))
		return false;
	if (rule_skip(c, 'M')) {
		to->kind = NTH_WEEKDAY;
		good = rule_number(c, 1, 12, &to->month) && rule_skip(c, '.') &&
		       rule_number(c, 1, 5, &to->week) && rule_skip(c, '.') &&
		       rule_number(c, 0, 6, &to->day);
	} else if (rule_skip(c, 'J')) {
		to->kind = YEAR_DAY;
		good = rule_number(c, 1, 365, &to->day);
	} else {
		to->kind = LEAP_YEAR_DAY;
		good = rule_number(c, 0, 365, &to->day);
	}
	return good &&
	       (!rule_skip(c, '/') || rule_time(c, TIME_HOURS, &to->time));
}

/* The days from 1970 to the first of January of that year. */
static int64_t days_to_year(int64_t year)
{
	int64_t before = year - 1;

	return 365 * (year - 1970) + before / 4 - before / 100 + before / 400 -
	       477; /* leap days until 1970 */
}

static int64_t year_of(int64_t at_s)
{
	int64_t days = at_s / DAY, year = 1970 + days / 366;

	while (days_to_year(year + 1) <= days)
		year++;
	return year;
}

static bool is_leap_year(int64_t year)
{
	return days_to_year(year + 1) - days_to_year(year) == 366;
}

/* The days from 1970 to the first of that month; 13: of January of the next
 * year. */
static int64_t days_to_month(int64_t year, uint32_t month)
{
	static const uint16_t before[] = { 0,   31,  59,  90,  120, 151, 181,
		                           212, 243, 273, 304, 334, 365 };

	return days_to_year(year) + before[month - 1] +
	       (month > 2 && is_leap_year(year));
}

/* The days from 1970 to that weekday of that week of the month; week 5 is the
 * last one that has it. The first of January 1970 was a Thursday. */
static int64_t days_to_weekday(int64_t year, const struct change *c)
{
	int64_t first = days_to_month(year, c->month);
	int64_t day = first + (c->day + 7 - (first + 4) % 7) % 7 +
	              (c->week - 1) * 7;

	return day < days_to_month(year, c->month + 1) ? day : day - 7;
}

/* In seconds since 1970, by the clock until then. J does not count the 29th of
 * February, which would be the 60th day. */
static int64_t change_at_s(int64_t year, const struct change *c)
{
	int64_t day = days_to_year(year) + c->day;

	switch (c->kind) {
	case NTH_WEEKDAY:
		day = days_to_weekday(year, c);
		break;
	case YEAR_DAY:
		day += (c->day >= 60 && is_leap_year(year)) - 1;
		break;
	case LEAP_YEAR_DAY:
		break;
	}
	return day * DAY + c->time;
}

/* Into *offset: by how many seconds local time is ahead of UTC at at_s, in
 * seconds since 1970, UTC; below 0 in the west. The rule, of `length` bytes, is
 * that of POSIX 1003.1-2017, 8.3, with the hours of RFC 8536, 3.3.1; such as
 * CET-1CEST,M3.5.0,M10.5.0/3.
 *
 * False, and *offset means nothing: it is no such rule, or the time is before
 * 1971 or after the year 9999. */
bool daylight_offset(const char *rule, size_t length, int64_t at_s,
                     int32_t *offset)
{
	struct cursor c = { rule, rule + length };
	struct change on, off;
	int32_t standard, saving;
	int64_t year, begin, end;
	bool saves;

	if (at_s < first_s || at_s > last_s || !rule_name(&c) ||
	    !rule_time(&c, OFFSET_HOURS, &standard))
		return false;
	*offset = -standard; /* a rule says how far it is behind UTC */
	if (c.at == c.end)
		return true;
	saving = standard - HOUR;
	if (!rule_name(&c) ||
	    (!rule_next_is(&c, ',') && !rule_time(&c, OFFSET_HOURS, &saving)) ||
	    !rule_change(&c, &on) || !rule_change(&c, &off) || c.at != c.end)
		return false;
	year = year_of(at_s - standard);
	begin = change_at_s(year, &on) + standard;
	end = change_at_s(year, &off) + saving;
	saves = begin < end ? at_s >= begin && at_s < end
	                    : at_s >= begin || at_s < end;
	if (saves)
		*offset = -saving;
	return true;
}
