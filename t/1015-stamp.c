/* SPDX-License-Identifier: MIT */
/* A time as text, compared with that of the C library: the first and the last
 * second of each day, and some of each hour, up to 2106. */
#include "sys/stamp.h"

#include <string.h>
#include <time.h>

#include "t/tap.h"

static bool is_right(uint32_t seconds)
{
	char ours[STAMP_BYTES + 1] = { 0 }, theirs[64];
	time_t then = seconds;
	struct tm parts;

	strftime(theirs, sizeof(theirs), "%Y-%m-%dT%H:%M:%SZ ",
	         gmtime_r(&then, &parts));
	if (stamp_write(ours, seconds) == STAMP_BYTES &&
	    strcmp(ours, theirs) == 0)
		return true;
	note("%u: '%s', not '%s'", seconds, ours, theirs);
	return false;
}

int main(void)
{
	const uint32_t day = 86400;
	bool first = true, last = true, hours = true;

	for (uint32_t at = 0; at < UINT32_MAX - day; at += day) {
		first = first && is_right(at);
		last = last && is_right(at + day - 1);
		for (uint32_t hour = 0; hours && hour < 24; hour += 5)
			hours = is_right(at + hour * 3600 + at / day % 3600);
	}
	ok(first, "the first second of each day");
	ok(last, "the last one");
	ok(hours, "some in between");
	ok(is_right(UINT32_MAX), "the last second of all");
	return done();
}
