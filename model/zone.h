/* SPDX-License-Identifier: MIT */
/* How far the local time of a zone is from UTC. */
#ifndef MODEL_ZONE_H
#define MODEL_ZONE_H

#include <stdbool.h>
#include <stdint.h>

/* The bytes of such a file; size 0: UTC. */
struct zone {
	const unsigned char *bytes;
	uint64_t size;
};

bool zone_offset_at(const struct zone *z, int64_t at_s, int32_t *offset);

#endif
