/* SPDX-License-Identifier: MIT */
/* How far local time is from UTC. */
#ifndef CONCTL_BASE_ZONE_H
#define CONCTL_BASE_ZONE_H

#include <stdbool.h>
#include <stdint.h>

#include "model/zone.h"

bool zone_read(struct zone *zone);
bool zone_offset(int64_t at_s, int32_t *offset);

#endif
