/* SPDX-License-Identifier: MIT */
#include "model/daylight.h"

enum {
	MINUTE = 60,
	HOUR = 3600,
	DAY = 86400,
	OFFSET_HOURS = 24,          /* at most, of a name … */
	TIME_HOURS = 167,           /* … and of a change: RFC 8536, 3.3.1 */
	CHANGE_AT = 2 * HOUR,       /* if the rule does not say */
};

/* That of the first of January 1971, and the last one of the year 9999 */
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

static bool next_is(const struct cursor *c, char what)
{
	return c->at < c->end && *c->at == what;
}

static bool skip(struct cursor *c, char what)
{
	bool found = next_is(c, what);

	c->at += found;
	return found;
}

static bool is_digit(const struct cursor *c)
{
	return c->at < c->end && *c->at >= '0' && *c->at <= '9';
}

static bool number(struct cursor *c, uint32_t least, uint32_t most,
                   uint32_t *value)
{
	const char *begin = c->at;

	for (*value = 0; is_digit(c) && *value <= most; c->at++)
		*value = *value * 10 + (uint32_t)(*c->at - '0');
	return c->at > begin && *value >= least && *value <= most;
}

/* Letters; or anything, in < and >. */
static bool name(struct cursor *c)
{
	const char *begin = c->at;
	bool quoted = skip(c, '<');

	while (c->at < c->end &&
	       (quoted ? *c->at != '>'
	               : (*c->at | 32) >= 'a' && (*c->at | 32) <= 'z'))
		c->at++;
	return c->at > begin && (!quoted || skip(c, '>'));
}

/* [+-]H[:M[:S]] */
static bool clock(struct cursor *c, uint32_t hours_max, int32_t *seconds)
{
	bool negative = next_is(c, '-');
	uint32_t hours, minutes = 0, rest = 0;

	if (!skip(c, '-'))
		(void)skip(c, '+');
	if (!number(c, 0, hours_max, &hours))
		return false;
	if (skip(c, ':') && (!number(c, 0, 59, &minutes) ||
	                     (skip(c, ':') && !number(c, 0, 59, &rest))))
		return false;
	*seconds = (int32_t)(hours * HOUR + minutes * MINUTE + rest);
	if (negative)
		*seconds = -*seconds;
	return true;
}

/* ,Mm.w.d or ,Jn or ,n; /time */
static bool change(struct cursor *c, struct change *to)
{
	bool good;

	to->time = CHANGE_AT;
	if (!skip(c, ','))
		return false;
	if (skip(c, 'M')) {
		to->kind = NTH_WEEKDAY;
		good = number(c, 1, 12, &to->month) && skip(c, '.') &&
		       number(c, 1, 5, &to->week) && skip(c, '.') &&
		       number(c, 0, 6, &to->day);
	} else if (skip(c, 'J')) {
		to->kind = YEAR_DAY;
		good = number(c, 1, 365, &to->day);
	} else {
		to->kind = LEAP_YEAR_DAY;
		good = number(c, 0, 365, &to->day);
	}
	return good && (!skip(c, '/') || clock(c, TIME_HOURS, &to->time));
}

/* The days until the first of January. */
static int64_t new_year(int64_t year)
{
	int64_t before = year - 1;

	return 365 * (year - 1970) + before / 4 - before / 100 + before / 400 -
	       477; /* leap days until 1970 */
}

static int64_t year_of(int64_t at_s)
{
	int64_t days = at_s / DAY, year = 1970 + days / 366;

	while (new_year(year + 1) <= days)
		year++;
	return year;
}

static bool is_leap(int64_t year)
{
	return new_year(year + 1) - new_year(year) == 366;
}

/* The days until the first of that month; 13: of the next year's first. */
static int64_t new_month(int64_t year, uint32_t month)
{
	static const uint16_t before[] = { 0,   31,  59,  90,  120, 151, 181,
		                           212, 243, 273, 304, 334, 365 };

	return new_year(year) + before[month - 1] + (month > 2 && is_leap(year));
}

/* Week 5 is the last one that has that day. The first of 1970 was a
 * Thursday. */
static int64_t nth_weekday(int64_t year, const struct change *c)
{
	int64_t first = new_month(year, c->month);
	int64_t day = first + (c->day + 7 - (first + 4) % 7) % 7 +
	              (c->week - 1) * 7;

	return day < new_month(year, c->month + 1) ? day : day - 7;
}

/* In seconds since 1970, by the clock until then. J counts no 29th of February,
 * which it would be if it had the 60th day. */
static int64_t change_at(int64_t year, const struct change *c)
{
	int64_t day = new_year(year) + c->day;

	switch (c->kind) {
	case NTH_WEEKDAY:
		day = nth_weekday(year, c);
		break;
	case YEAR_DAY:
		day += (c->day >= 60 && is_leap(year)) - 1;
		break;
	case LEAP_YEAR_DAY:
		break;
	}
	return day * DAY + c->time;
}

bool daylight_offset(const char *rule, size_t length, int64_t at_s,
                     int32_t *offset)
{
	struct cursor c = { rule, rule + length };
	struct change on, off;
	int32_t standard, saving;
	int64_t year, begin, end;
	bool saves;

	if (at_s < first_s || at_s > last_s || !name(&c) ||
	    !clock(&c, OFFSET_HOURS, &standard))
		return false;
	*offset = -standard; /* a rule says how far it is behind UTC */
	if (c.at == c.end)
		return true;
	saving = standard - HOUR;
	if (!name(&c) ||
	    (!next_is(&c, ',') && !clock(&c, OFFSET_HOURS, &saving)) ||
	    !change(&c, &on) || !change(&c, &off) || c.at != c.end)
		return false;
	year = year_of(at_s - standard);
	begin = change_at(year, &on) + standard;
	end = change_at(year, &off) + saving;
	saves = begin < end ? at_s >= begin && at_s < end
	                    : at_s >= begin || at_s < end;
	if (saves)
		*offset = -saving;
	return true;
}
