/* SPDX-License-Identifier: MIT */
/* When a shutdown is to be: now, +MINUTES or HH:MM. Knows no service. */
#include "conctl/machine/when.h"

#include <stdbool.h>
#include <stddef.h>

#include "conctl/machine/zone.h"
#include "model/text.h"
#include "sys/call.h"

enum {
	PLAN_MAX_S = (1 << 24) - 1, /* of REQUEST_PLAN */
	MINUTE = 60,
	HOUR = 3600,
	DAY = 86400,
};

/* A number of one or two digits; returns what follows it, or NULL. */
static const char *digits_parse(const char *text, uint64_t *value)
{
	int count = 0;

	for (*value = 0; *text >= '0' && *text <= '9' && count < 2; count++)
		*value = *value * 10 + (uint64_t)(*text++ - '0');
	return count > 0 ? text : NULL;
}

static bool clock_parse(const char *text, uint64_t *of_day)
{
	uint64_t hours, minutes;

	text = digits_parse(text, &hours);
	if (text == NULL || *text != ':')
		return false;
	text = digits_parse(text + 1, &minutes);
	*of_day = hours * HOUR + minutes * MINUTE;
	return text != NULL && *text == '\0' && hours < 24 && minutes < 60;
}

/* The next time that local clocks show this, with summer time that begins or
 * ends until then. */
static const char *clock_next(uint64_t of_day, uint64_t *seconds)
{
	struct __kernel_timespec now = { 0, 0 };
	int32_t offset, then;
	int64_t today, left;

	(void)sys_clock_gettime(CLOCK_REALTIME, &now); /* it cannot fail */
	if (!zone_offset(now.tv_sec, &offset))
		return "the local time cannot be told from /etc/localtime; "
		       "say +MINUTES";
	today = (now.tv_sec + offset) % DAY;
	left = (int64_t)of_day - today;
	left += left > 0 ? 0 : DAY;
	if (zone_offset(now.tv_sec + left, &then))
		left -= then - offset;
	*seconds = (uint64_t)(left > 0 ? left : left + DAY);
	return NULL;
}

/* Reads now, +MINUTES or HH:MM (of local time) into seconds from now on. NULL;
 * or why that is no time, in English. */
const char *when_parse(const char *text, uint64_t *seconds)
{
	uint64_t of_day;

	*seconds = 0;
	if (text_equal(text, "now"))
		return NULL;
	if (clock_parse(text, &of_day))
		return clock_next(of_day, seconds);
	if (*text != '+' ||
	    !text_to_number(text + 1, PLAN_MAX_S / MINUTE, seconds))
		return "it is to be now, +MINUTES or HH:MM";
	*seconds *= MINUTE;
	return NULL;
}

/* These seconds as " in 5 min", rounded up, or " now"; until the next call. */
const char *when_text(uint64_t seconds)
{
	static char bytes[sizeof(struct digits) + 16];
	struct digits d;
	const char *number = text_number(&d, (int64_t)((seconds + 59) / 60));
	const char *parts[] = { " in ", number, " min" };
	size_t at = 0;

	if (seconds == 0)
		return " now";
	for (unsigned k = 0; k < sizeof(parts) / sizeof(parts[0]); k++)
		for (const char *c = parts[k]; *c != '\0'; c++)
			bytes[at++] = *c;
	bytes[at] = '\0';
	return bytes;
}
