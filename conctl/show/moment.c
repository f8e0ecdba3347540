/* SPDX-License-Identifier: MIT */
/* The moment behind --since or --until, as people write it (model/when.h). */
#include "conctl/show/moment.h"

#include "conctl/base/date.h"
#include "conctl/base/out.h"
#include "conctl/base/time.h"
#include "model/when.h"
#include "sys/clock.h"

/* Reads it as milliseconds from now on; what is only a time of day is the last
 * one. False, and that has been explained: it is none. */
bool moment_from_now(const char *verb, const char *text, int64_t *ms)
{
	struct when w;

	if (!when_read(text, 0, &w)) {
		complain(verb, ": '", text, "' is no time; write 03:00, "
		         "yesterday 03:00, 2031-12-24 03:12, 10min ago, -1h or "
		         "@SECONDS", NULL);
		return false;
	}
	if (!date_from_now(&w, DATE_LAST, ms)) {
		complain(verb, ": '", text, "': the local time cannot be told "
		         "from /etc/localtime; end it with Z, or say 10min ago",
		         NULL);
		return false;
	}
	return true;
}

/* The same as milliseconds since 1970; 0: before that. */
bool moment_real(const char *verb, const char *text, int64_t *ms)
{
	if (!moment_from_now(verb, text, ms))
		return false;
	*ms += (int64_t)time_real_ms(clock_now_ms());
	*ms = *ms > 0 ? *ms : 0;
	return true;
}
