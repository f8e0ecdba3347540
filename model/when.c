/* SPDX-License-Identifier: MIT */
/* Moments as people write them. Knows no clock and no zone. */
#include "model/when.h"

#include <stddef.h>

enum {
	SECOND = 1000,
	MINUTE = 60 * SECOND,
	HOUR = 60 * MINUTE,
	DAY = 24 * HOUR,
	DIGITS = 12,                /* of the longest number: 30,000 years */
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static void skip_spaces(const char **at)
{
	while (**at == ' ')
		++*at;
}

/* A number of `least` to `most` digits, not above `top`. */
static bool number(const char **at, int least, int most, int64_t top,
                   int64_t *value)
{
	int digits = 0;

	for (*value = 0; is_digit(**at) && digits < most; digits++, ++*at)
		*value = *value * 10 + (**at - '0');
	return digits >= least && !is_digit(**at) && *value <= top;
}

/* This word, in small letters, if no other letter follows. */
static bool word(const char **at, const char *what)
{
	const char *c = *at;

	for (; *what != '\0'; c++, what++)
		if (*c != *what)
			return false;
	if (*c >= 'a' && *c <= 'z')
		return false;
	*at = c;
	return true;
}

/* The fraction of a second behind a dot, if there is one: further digits than
 * milliseconds are passed over. */
static bool fraction(const char **at, int64_t *ms)
{
	int64_t unit = 100;

	if (**at != '.')
		return true;
	if (!is_digit(*++*at))
		return false;
	for (; is_digit(**at); ++*at, unit /= 10)
		*ms += (**at - '0') * unit;
	return true;
}

/* HH:MM or HH:MM:SS, with a fraction. */
static bool clock(const char **at, int64_t *ms)
{
	int64_t hours, minutes, seconds = 0;

	*ms = 0;
	if (!number(at, 1, 2, 23, &hours) || **at != ':')
		return false;
	++*at;
	if (!number(at, 1, 2, 59, &minutes))
		return false;
	if (**at == ':') {
		++*at;
		if (!number(at, 2, 2, 59, &seconds) || !fraction(at, ms))
			return false;
	}
	*ms += hours * HOUR + minutes * MINUTE + seconds * SECOND;
	return true;
}

static int64_t days_in(int64_t year, int64_t month)
{
	static const char days[] = { 31, 28, 31, 30, 31, 30,
		                     31, 31, 30, 31, 30, 31 };
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return days[month - 1] + (month == 2 && leap);
}

/* Days from 1970-01-01 on, of the Gregorian calendar. */
static int64_t days_until(int64_t year, int64_t month, int64_t day)
{
	int64_t before = year - 1, days = 0;

	for (int64_t m = 1; m < month; m++)
		days += days_in(year, m);
	return before * 365 + before / 4 - before / 100 + before / 400 -
	       719162 + days + day - 1;
}

/* YYYY-MM-DD, from 1970 on. */
static bool date(const char **at, int64_t *ms)
{
	int64_t year, month, day;

	if (!number(at, 4, 4, 9999, &year) || *(*at)++ != '-' ||
	    !number(at, 1, 2, 12, &month) || *(*at)++ != '-' ||
	    !number(at, 1, 2, 31, &day))
		return false;
	if (year < 1970 || month < 1 || day < 1 || day > days_in(year, month))
		return false;
	*ms = days_until(year, month, day) * DAY;
	return true;
}

/* Z, UTC, or how far the zone is ahead of it: +HH:MM, +HHMM or +HH. False: there
 * is none. */
static bool zone(const char **at, int64_t *ahead_ms)
{
	int64_t sign = **at == '-' ? -1 : 1, hours, minutes = 0;
	const char *c = *at;

	*ahead_ms = 0;
	if (*c == 'Z' || *c == 'z') {
		++*at;
		return true;
	}
	if (c[0] == 'U' && c[1] == 'T' && c[2] == 'C') {
		*at += 3;
		return true;
	}
	if ((*c != '+' && *c != '-') || !is_digit(c[1]) || !is_digit(c[2]))
		return false;
	hours = (c[1] - '0') * 10 + (c[2] - '0');
	c += 3;
	c += *c == ':';
	if (is_digit(*c) && !number(&c, 2, 2, 59, &minutes))
		return false;
	if (hours > 15 || c[-1] == ':')
		return false;
	*at = c;
	*ahead_ms = sign * (hours * HOUR + minutes * MINUTE);
	return true;
}

/* A date, with a time of day behind it and a zone behind that. */
static bool read_date(const char *at, struct when *w)
{
	int64_t of_day = 0, ahead;

	*w = (struct when){ .kind = WHEN_LOCAL };
	if (!date(&at, &w->ms))
		return false;
	if (*at == 'T' || *at == 't' || *at == ' ') {
		at++;
		skip_spaces(&at);
		if (!clock(&at, &of_day))
			return false;
	}
	skip_spaces(&at);
	w->ms += of_day;
	if (zone(&at, &ahead)) {
		w->kind = WHEN_EPOCH;
		w->ms -= ahead;
	}
	return *at == '\0';
}

static const struct {
	const char *name;
	int64_t ms;
} units[] = {
	{ "s", SECOND },      { "sec", SECOND },    { "secs", SECOND },
	{ "second", SECOND }, { "seconds", SECOND },
	{ "m", MINUTE },      { "min", MINUTE },    { "mins", MINUTE },
	{ "minute", MINUTE }, { "minutes", MINUTE },
	{ "h", HOUR },        { "hr", HOUR },       { "hrs", HOUR },
	{ "hour", HOUR },     { "hours", HOUR },
	{ "d", DAY },         { "day", DAY },       { "days", DAY },
	{ "w", 7 * DAY },     { "week", 7 * DAY },  { "weeks", 7 * DAY },
};

static bool unit(const char **at, int64_t *ms)
{
	for (size_t k = 0; k < sizeof(units) / sizeof(units[0]); k++)
		if (word(at, units[k].name)) {
			*ms = units[k].ms;
			return true;
		}
	return false;
}

/* Numbers with units: 1h30m, 10 min; or one number without, of bare_s seconds
 * (0: none may be). */
static bool span(const char **at, uint32_t bare_s, int64_t *ms)
{
	int64_t value, of;
	bool any = false;

	for (*ms = 0; is_digit(**at); any = true) {
		if (!number(at, 1, DIGITS, 999999999, &value))
			return false;
		skip_spaces(at);
		if (unit(at, &of))
			*ms += value * of;
		else if (!any && bare_s > 0 && **at == '\0')
			*ms = value * (int64_t)bare_s * SECOND;
		else
			return false;
		skip_spaces(at);
	}
	return any;
}

/* -1h, +5, 10 min ago. */
static bool read_span(const char *at, uint32_t bare_s, struct when *w)
{
	bool back = *at == '-', sign = back || *at == '+';

	*w = (struct when){ .kind = WHEN_FROM_NOW };
	at += sign;
	if (!span(&at, sign ? bare_s : 0, &w->ms))
		return false;
	if (!sign)
		back = word(&at, "ago");
	w->ms = back ? -w->ms : w->ms;
	return (sign || back) && *at == '\0';
}

static bool read_epoch(const char *at, struct when *w)
{
	int64_t seconds, ms = 0;

	if (*at++ != '@' || !number(&at, 1, DIGITS, 253402300799, &seconds) ||
	    !fraction(&at, &ms))
		return false;
	*w = (struct when){ .kind = WHEN_EPOCH, .ms = seconds * SECOND + ms };
	return *at == '\0';
}

/* now; today, yesterday and tomorrow, with a time of day behind them. */
static bool read_word(const char *at, struct when *w)
{
	int64_t of_day = 0;

	*w = (struct when){ .kind = WHEN_DAY };
	if (word(&at, "now")) {
		w->kind = WHEN_FROM_NOW;
		return *at == '\0';
	}
	if (word(&at, "yesterday"))
		w->ms = -DAY;
	else if (word(&at, "tomorrow"))
		w->ms = DAY;
	else if (!word(&at, "today"))
		return false;
	skip_spaces(&at);
	if (*at != '\0' && !clock(&at, &of_day))
		return false;
	w->ms += of_day;
	return *at == '\0';
}

static bool read_clock(const char *at, struct when *w)
{
	*w = (struct when){ .kind = WHEN_CLOCK };
	return clock(&at, &w->ms) && *at == '\0';
}

/* Reads a moment as people write it. bare_s: the seconds of a number without a
 * unit behind + or -; 0: such a number is no moment. Units of a span are s, m or
 * min, h, d, w and their longer names. A date or an epoch is one of the years
 * 1970 to 9999; a span has at most 19 million years, so sums fit. False: it is
 * none, and *w has no meaning. */
bool when_read(const char *text, uint32_t bare_s, struct when *w)
{
	return read_clock(text, w) || read_word(text, w) ||
	       read_date(text, w) || read_epoch(text, w) ||
	       read_span(text, bare_s, w);
}
