/* SPDX-License-Identifier: MIT */
/* Local time by a rule, as it is in the variable TZ and at the end of a file of
 * tzfile(5). Pure. */
#ifndef MODEL_DAYLIGHT_H
#define MODEL_DAYLIGHT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* By how many seconds local time is ahead of UTC at that time, in seconds since
 * 1970, UTC. The rule, which need not end with a 0, is that of POSIX
 * 1003.1-2017, 8.3, with the hours of RFC 8536, 3.3.1; like
 * CET-1CEST,M3.5.0,M10.5.0/3. False: it is none, or the time is before 1971 or
 * behind the year 9999. */
bool daylight_offset(const char *rule, size_t length, int64_t at_s,
                     int32_t *offset);

#endif
