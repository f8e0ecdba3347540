/* SPDX-License-Identifier: MIT */
/* The next moment of a calendar expression. Knows no kernel. */
#include "model/calendar.h"

#include <stdbool.h>

enum { DAY_S = 86400, HOUR_S = 3600, MINUTE_S = 60 };

struct day {
	int64_t number;             /* days since 1970-01-01, a Thursday */
	uint32_t year, month, day;
};

static bool is_leap_year(uint32_t year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static uint32_t days_of_month(uint32_t year, uint32_t month)
{
	static const uint8_t days[] = { 31, 28, 31, 30, 31, 30,
		                        31, 31, 30, 31, 30, 31 };

	return days[month - 1] + (month == 2 && is_leap_year(year));
}

static void month_pass(struct day *d)
{
	d->number += days_of_month(d->year, d->month) - d->day + 1;
	d->day = 1;
	d->year += d->month == 12;
	d->month = d->month % 12 + 1;
}

static void day_pass(struct day *d)
{
	if (d->day == days_of_month(d->year, d->month)) {
		month_pass(d);
		return;
	}
	d->number++;
	d->day++;
}

/* number: not below 0. At most 230 + 12 steps, as the last year ends it. */
static struct day day_of(int64_t number)
{
	struct day d = { 0, CALENDAR_FIRST_YEAR, 1, 1 };

	while (d.year <= CALENDAR_LAST_YEAR &&
	       d.number + 365 + is_leap_year(d.year) <= number) {
		d.number += 365 + is_leap_year(d.year);
		d.year++;
	}
	while (d.year <= CALENDAR_LAST_YEAR &&
	       d.number + days_of_month(d.year, d.month) <= number)
		month_pass(&d);
	d.day += (uint32_t)(number - d.number);
	d.number = number;
	return d;
}

static bool is_in(const uint32_t *set, uint32_t value)
{
	return (set[value / 32] >> value % 32 & 1) != 0;
}

/* The first value of a set from `value` on, below `end`; or end. */
static uint32_t first_in(const uint32_t *set, uint32_t value, uint32_t end)
{
	while (value < end && !is_in(set, value))
		value++;
	return value;
}

static bool has_year(const struct calendar *c, uint32_t year)
{
	return is_in(c->years, year - CALENDAR_FIRST_YEAR);
}

static bool has_day(const struct calendar *c, const struct day *d)
{
	uint32_t day = d->day;

	if (c->from_end != 0)
		day = days_of_month(d->year, d->month) - day + 1;
	return is_in(&c->days, day) &&
	       is_in(&c->weekdays, (uint32_t)((d->number + 3) % 7));
}

/* The first day from *d on that has such a date; false: there is none. */
static bool day_find(const struct calendar *c, struct day *d)
{
	while (d->year <= CALENDAR_LAST_YEAR) {
		if (!has_year(c, d->year) || !is_in(&c->months, d->month))
			month_pass(d);
		else if (has_day(c, d))
			return true;
		else
			day_pass(d);
	}
	return false;
}

/* The first time of a day, in seconds, from at_s on; DAY_S: there is none. */
static uint32_t time_find(const struct calendar *c, uint32_t at_s)
{
	uint32_t hour, minute, second;

	for (; at_s < DAY_S; at_s = (at_s / MINUTE_S + 1) * MINUTE_S) {
		hour = first_in(&c->hours, at_s / HOUR_S, 24);
		if (hour == 24)
			break;
		if (hour != at_s / HOUR_S)
			at_s = hour * HOUR_S;
		minute = first_in(c->minutes, at_s / MINUTE_S % 60, 60);
		if (minute != at_s / MINUTE_S % 60)
			at_s = hour * HOUR_S + minute * MINUTE_S;
		if (minute == 60) {
			at_s -= MINUTE_S; /* on to the next hour */
			continue;
		}
		second = first_in(c->seconds, at_s % 60, 60);
		if (second < 60)
			return at_s / MINUTE_S * MINUTE_S + second;
	}
	return DAY_S;
}

/* The first moment behind after_s that the expression means, both by the clock
 * on the wall; or CALENDAR_NEVER, behind the year 2199 also. O(months), as
 * months that it does not mean are passed at once; at most 84,000 steps for an
 * expression that never comes, which concheck refuses. */
int64_t calendar_next(const struct calendar *c, int64_t after_s)
{
	int64_t from_s = after_s < 0 ? 0 : after_s + 1;
	struct day today, d;
	uint32_t time;

	if (from_s / DAY_S > 84100) /* the year 2200 */
		return CALENDAR_NEVER;
	today = d = day_of(from_s / DAY_S);
	while (day_find(c, &d)) {
		time = time_find(c, d.number == today.number
		                            ? (uint32_t)(from_s % DAY_S)
		                            : 0);
		if (time < DAY_S)
			return d.number * DAY_S + time;
		if (d.number != today.number)
			break; /* there is no such time on any day */
		day_pass(&d);
	}
	return CALENDAR_NEVER;
}

/* The moment behind after_s at which clocks of the zone show local_s. In an hour
 * that they show twice it is the first one, and in one that they leave out there
 * is none. Offsets change by less than a day. */
static bool from_local(const struct zone *zone, int64_t local_s,
                       int64_t after_s, int64_t *at_s)
{
	int32_t offset, there;

	for (int day = -1; day <= 1; day += 2) {
		if (!zone_offset_at(zone, local_s + day * DAY_S, &offset) ||
		    !zone_offset_at(zone, local_s - offset, &there))
			return false;
		*at_s = local_s - offset;
		if (offset == there && *at_s > after_s)
			return true;
	}
	return false;
}

/* Into *at_s: the first moment behind after_s that the expression means in that
 * zone, both in seconds since 1970. What it means is what clocks on the wall
 * show, so a time that a change of daylight saving leaves out is left out, and
 * one that comes twice is meant once, as systemd has it. False: there is none,
 * or the zone is no zone. */
bool calendar_due(const struct calendar *c, const struct zone *zone,
                  int64_t after_s, int64_t *at_s)
{
	static const struct zone utc = { 0 };
	int64_t local_s;
	int32_t offset;

	if (c->utc != 0)
		zone = &utc;
	if (!zone_offset_at(zone, after_s, &offset))
		return false;
	local_s = after_s + offset;
	do {
		local_s = calendar_next(c, local_s);
		if (local_s == CALENDAR_NEVER)
			return false;
	} while (!from_local(zone, local_s, after_s, at_s));
	return true;
}
