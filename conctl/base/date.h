/* SPDX-License-Identifier: MIT */
/* Moments as people write them, by the clocks and the zone of this machine. */
#ifndef CONCTL_BASE_DATE_H
#define CONCTL_BASE_DATE_H

#include <stdbool.h>
#include <stdint.h>

struct when;

/* LAST: what is only a time of day is the last one; NEXT: the next one. */
enum date_side { DATE_LAST, DATE_NEXT };

bool date_from_now(const struct when *w, enum date_side side, int64_t *ms);

#endif
