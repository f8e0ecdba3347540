/* SPDX-License-Identifier: MIT */
/* Local time by a rule, as it is in the variable TZ and at the end of a file of
 * tzfile(5). Pure. */
#ifndef MODEL_DAYLIGHT_H
#define MODEL_DAYLIGHT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

bool daylight_offset(const char *rule, size_t length, int64_t at_s,
                     int32_t *offset);

#endif
