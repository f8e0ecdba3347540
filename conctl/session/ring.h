/* SPDX-License-Identifier: MIT */
/* The last lines of services in memory (model/ring.h), by connate's descriptors. */
#ifndef CONCTL_SESSION_RING_H
#define CONCTL_SESSION_RING_H

#include <stdbool.h>
#include <stdint.h>

#include "model/ring.h"

struct ring_view {
	const volatile struct ring *ring;
	uint32_t room;              /* as it was checked */
	uint64_t device, inode;
};

bool session_ring(uint32_t logger, struct ring_view *view);

#endif
