/* SPDX-License-Identifier: MIT */
/* A calendar expression of systemd.time(7) as sets of bits (model/calendar.h):
 * weekdays, a date and a time, of which each may be left out; a name such as
 * daily stands for such an expression. Knows no configuration. */
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "config/check/check.h"
#include "model/calendar.h"

static const struct {
	const char *name, *expression;
} names[] = {
	{ "minutely", "*-*-* *:*:00" },
	{ "hourly", "*-*-* *:00:00" },
	{ "daily", "*-*-* 00:00:00" },
	{ "weekly", "Mon *-*-* 00:00:00" },
	{ "monthly", "*-*-01 00:00:00" },
	{ "quarterly", "*-01,04,07,10-01 00:00:00" },
	{ "semiannually", "*-01,07-01 00:00:00" },
	{ "semi-annually", "*-01,07-01 00:00:00" },
	{ "biannually", "*-01,07-01 00:00:00" },
	{ "bi-annually", "*-01,07-01 00:00:00" },
	{ "yearly", "*-01-01 00:00:00" },
	{ "annually", "*-01-01 00:00:00" },
};

static const char *const weekdays[] = {
	"Monday",   "Tuesday", "Wednesday", "Thursday",
	"Friday", "Saturday", "Sunday",
};

enum { NAMES = sizeof(names) / sizeof(names[0]), WEEKDAYS = 7 };

/* What is left of the text, and what is wrong with it. */
struct reading {
	const char *at;
	char *why;
	size_t size;
};

static bool __attribute__((format(printf, 2, 3)))
wrong(struct reading *r, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(r->why, r->size, format, arguments);
	va_end(arguments);
	return false;
}

static bool skip(struct reading *r, const char *what)
{
	size_t length = strlen(what);

	if (strncmp(r->at, what, length) != 0)
		return false;
	r->at += length;
	return true;
}

/* A part of a date or a time: its values, and the set that they go into. */
struct part {
	const char *name;
	uint32_t least, most;
	uint32_t base;              /* the value of bit 0 */
	bool backwards;             /* steps go down: days before the end */
};

static void set_add(uint32_t *set, const struct part *p, uint32_t value)
{
	value -= p->base;
	set[value / 32] |= 1u << value % 32;
}

/* first, first + step … last; of days before the end of the month the later one
 * has the lesser number, so it goes from the other side. */
static void set_add_range(uint32_t *set, const struct part *p, uint32_t first,
                          uint32_t last, uint32_t step)
{
	for (uint32_t k = 0; k <= last - first; k += step)
		set_add(set, p, p->backwards ? last - k : first + k);
}

static bool read_number(struct reading *r, const struct part *p,
                        uint32_t *value)
{
	const char *begin = r->at;

	for (*value = 0; isdigit((unsigned char)*r->at) && *value < 100000;
	     r->at++)
		*value = *value * 10 + (uint32_t)(*r->at - '0');
	if (r->at == begin)
		return wrong(r, "a %s is expected at '%s'", p->name, begin);
	if (p->base == CALENDAR_FIRST_YEAR && r->at - begin <= 2)
		*value += *value < 70 ? 2000 : 1900;
	if (*value < p->least || *value > p->most)
		return wrong(r, "%.*s is no %s: it is %u to %u",
		             (int)(r->at - begin), begin, p->name, p->least,
		             p->most);
	return true;
}

static bool read_step(struct reading *r, const struct part *p, uint32_t *step)
{
	const char *begin = r->at;

	*step = 0;
	while (isdigit((unsigned char)*r->at) && *step <= p->most)
		*step = *step * 10 + (uint32_t)(*r->at++ - '0');
	if (*r->at == '.')
		return wrong(r, "'/%s': times are whole seconds", begin);
	return *step > 0 || wrong(r, "the step behind '/' is no number of at "
	                             "least 1");
}

/* value, value..value; with /step behind it from there on, up to the end. */
static bool read_item(struct reading *r, const struct part *p, uint32_t *set)
{
	const char *begin = r->at;
	uint32_t first, last, step = 1;
	bool range;

	if (!read_number(r, p, &first))
		return false;
	if (*r->at == '.' && r->at[1] != '.')
		return wrong(r, "times are whole seconds, without a fraction");
	last = first;
	range = skip(r, "..");
	if (range && !read_number(r, p, &last))
		return false;
	if (range && last <= first)
		return wrong(r, "the range %u..%u is empty: a range goes "
		             "upwards", first, last);
	if (*r->at == '/') {
		r->at++;
		if (!read_step(r, p, &step))
			return false;
		if (!range && p->backwards)
			first = p->least;
		else if (!range)
			last = p->most;
		if (!range && step > last - first)
			return wrong(r, "'%.*s': the first step is beyond %u; "
			             "leave it out", (int)(r->at - begin),
			             begin, p->backwards ? first : last);
	}
	set_add_range(set, p, first, last, step);
	return true;
}

static bool read_part(struct reading *r, const struct part *p, uint32_t *set)
{
	if (skip(r, "*")) {
		if (*r->at == '/')
			return wrong(r, "'*%s': write %u%s", r->at,
			             p->least < 60 ? p->least : 2000, r->at);
		set_add_range(set, p, p->least, p->most, 1);
		return true;
	}
	do {
		if (!read_item(r, p, set))
			return false;
	} while (skip(r, ","));
	return true;
}

static const struct part year = { "year", CALENDAR_FIRST_YEAR,
	                          CALENDAR_LAST_YEAR, CALENDAR_FIRST_YEAR,
	                          false };
static const struct part month = { "month", 1, 12, 0, false };
static const struct part day = { "day", 1, 31, 0, false };
static const struct part last_day = { "day", 1, 31, 0, true };
static const struct part hour = { "hour", 0, 23, 0, false };
static const struct part minute = { "minute", 0, 59, 0, false };
static const struct part second = { "second", 0, 59, 0, false };

/* Its length, or 0: none. */
static size_t read_weekday(const char *text, uint32_t *weekday)
{
	size_t length = 0;

	while (isalpha((unsigned char)text[length]))
		length++;
	for (*weekday = 0; *weekday < WEEKDAYS; ++*weekday)
		if ((length == 3 || length == strlen(weekdays[*weekday])) &&
		    strncasecmp(text, weekdays[*weekday], length) == 0)
			return length;
	return 0;
}

static bool no_weekday(struct reading *r)
{
	const char *known[NAMES + WEEKDAYS], *like;
	char word[32];
	size_t k = 0;

	while (isalpha((unsigned char)r->at[k]) && k < sizeof(word) - 1)
		k++;
	memcpy(word, r->at, k);
	word[k] = '\0';
	for (k = 0; k < NAMES; k++)
		known[k] = names[k].name;
	for (k = 0; k < WEEKDAYS; k++)
		known[NAMES + k] = weekdays[k];
	like = words_like(known, NAMES + WEEKDAYS, word);
	if (like != NULL)
		return wrong(r, "'%s' is no weekday; did you mean %s?", word,
		             like);
	return wrong(r, "'%s' is no weekday, and no name such as daily", word);
}

static bool read_weekdays(struct reading *r, struct calendar *c)
{
	uint32_t first, last;
	size_t length;

	c->weekdays = 0;
	do {
		length = read_weekday(r->at, &first);
		if (length == 0)
			return no_weekday(r);
		r->at += length;
		last = first;
		if (skip(r, "..") || skip(r, "-")) {
			length = read_weekday(r->at, &last);
			if (length == 0)
				return no_weekday(r);
			r->at += length;
		}
		if (last < first)
			return wrong(r, "%s..%s is empty: a week begins on "
			             "Monday; write %s..Sunday,Monday..%s",
			             weekdays[first], weekdays[last],
			             weekdays[first], weekdays[last]);
		for (; first <= last; first++)
			c->weekdays |= 1u << first;
	} while (skip(r, ","));
	return true;
}

/* [year-]month-day; ~ for the last - counts days from the end. */
static bool read_date(struct reading *r, struct calendar *c)
{
	size_t length = strcspn(r->at, " ");
	uint32_t dashes = 0;

	for (size_t k = 0; k < length; k++)
		dashes += r->at[k] == '-' || r->at[k] == '~';
	if (dashes == 0 || dashes > 2)
		return wrong(r, "'%.*s' is neither a date (2031-12-24, *-*-01) "
		             "nor a time (03:12)", (int)length, r->at);
	if (dashes == 2) {
		memset(c->years, 0, sizeof(c->years));
		if (!read_part(r, &year, c->years))
			return false;
		if (!skip(r, "-"))
			return wrong(r, "'-' is expected at '%s'", r->at);
	}
	c->months = c->days = 0;
	if (!read_part(r, &month, &c->months))
		return false;
	c->from_end = *r->at == '~';
	if (!skip(r, "-") && !skip(r, "~"))
		return wrong(r, "'-' is expected at '%s'", r->at);
	return read_part(r, c->from_end ? &last_day : &day, &c->days);
}

/* hour:minute[:second] */
static bool read_time(struct reading *r, struct calendar *c)
{
	c->hours = 0;
	memset(c->minutes, 0, sizeof(c->minutes));
	if (!read_part(r, &hour, &c->hours))
		return false;
	if (!skip(r, ":"))
		return wrong(r, "':' is expected at '%s'", r->at);
	if (!read_part(r, &minute, c->minutes))
		return false;
	if (!skip(r, ":"))
		return true;
	c->seconds[0] = 0;
	return read_part(r, &second, c->seconds);
}

static void skip_blanks(struct reading *r)
{
	r->at += strspn(r->at, " ");
}

static bool read_zone(struct reading *r, struct calendar *c)
{
	if (strcasecmp(r->at, "UTC") != 0)
		return wrong(r, "'%s': a time is that of the machine's zone, "
		             "or ends with UTC", r->at);
	c->utc = 1;
	return true;
}

/* Does the next word have this character? */
static bool word_has(const struct reading *r, char what)
{
	return memchr(r->at, what, strcspn(r->at, " ")) != NULL;
}

static bool is_zone(const struct reading *r)
{
	return isalpha((unsigned char)*r->at);
}

static bool read_all(struct reading *r, struct calendar *c)
{
	if (is_zone(r)) {
		if (!read_weekdays(r, c))
			return false;
		if (*r->at != '\0' && *r->at != ' ')
			return wrong(r, "nothing is expected at '%s'", r->at);
		skip_blanks(r);
	}
	if (*r->at != '\0' && !is_zone(r) && !word_has(r, ':')) {
		if (!read_date(r, c))
			return false;
		if (*r->at != '\0' && *r->at != ' ')
			return wrong(r, "nothing is expected at '%s'", r->at);
		skip_blanks(r);
	}
	if (*r->at != '\0' && !is_zone(r)) {
		if (!read_time(r, c))
			return false;
		if (*r->at != '\0' && *r->at != ' ')
			return wrong(r, "nothing is expected at '%s'", r->at);
		skip_blanks(r);
	}
	return *r->at == '\0' || read_zone(r, c);
}

static void fill_whole(struct calendar *c)
{
	*c = (struct calendar){
		.weekdays = (1u << WEEKDAYS) - 1,
		.hours = 1,
		.minutes = { 1, 0 },
		.seconds = { 1, 0 },
	};
	set_add_range(c->years, &year, year.least, year.most, 1);
	set_add_range(&c->months, &month, month.least, month.most, 1);
	set_add_range(&c->days, &day, day.least, day.most, 1);
}

/* The expression that a name stands for. With UTC behind it: *utc. */
static const char *named(const char *text, bool *utc)
{
	size_t length = strcspn(text, " ");

	*utc = strcasecmp(text + length, " UTC") == 0;
	for (size_t k = 0; k < NAMES; k++)
		if (strlen(names[k].name) == length &&
		    strncasecmp(text, names[k].name, length) == 0 &&
		    (*utc || text[length] == '\0'))
			return names[k].expression;
	*utc = false;
	return text;
}

/* Reads an expression into *c. False: why, of that size, says what is wrong
 * with it, as the end of a sentence. */
bool calendar_read(const char *text, struct calendar *c, char *why,
                   size_t size)
{
	struct reading r = { .why = why, .size = size };
	bool utc;

	fill_whole(c);
	if (text == NULL || *text == '\0')
		return wrong(&r, "it is empty");
	r.at = named(text, &utc);
	if (!read_all(&r, c))
		return false;
	c->utc |= utc;
	if (calendar_next(c, -1) == CALENDAR_NEVER)
		return wrong(&r, "that never comes: no month has such a day");
	return true;
}
