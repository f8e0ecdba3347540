/* SPDX-License-Identifier: MIT */
/* When a shutdown is to be: now, +MINUTES, HH:MM, or another moment of
 * model/when.h that is to come. Knows no service. */
#include "conctl/machine/when.h"

#include <stdbool.h>
#include <stddef.h>

#include "conctl/base/date.h"
#include "model/text.h"
#include "model/when.h"

enum {
	PLAN_MAX_S = (1 << 24) - 1, /* of REQUEST_PLAN */
	MINUTE = 60,
};

/* Reads now, +MINUTES, HH:MM (of local time) and the like into seconds from now
 * on. NULL; or why that is no time to come, in English. */
const char *when_parse(const char *text, uint64_t *seconds)
{
	struct when w;
	int64_t ms;

	*seconds = 0;
	if (!when_read(text, MINUTE, &w))
		return "it is to be now, +MINUTES or HH:MM";
	if (!date_from_now(&w, DATE_NEXT, &ms))
		return "the local time cannot be told from /etc/localtime; "
		       "say +MINUTES";
	if (ms < 0)
		return "that is over";
	if (ms > PLAN_MAX_S * 1000ll)
		return "that is more than half a year from now";
	*seconds = (uint64_t)(ms + 999) / 1000;
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
