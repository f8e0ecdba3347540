/* SPDX-License-Identifier: MIT */
/* The next change that the rules demand. Pure. */
#ifndef MODEL_SETTLE_H
#define MODEL_SETTLE_H

#include "model/change.h"
#include "model/world.h"

bool settle_next(struct world *w, uint64_t now_ms, struct change *change);

#endif
