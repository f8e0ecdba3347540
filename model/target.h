/* SPDX-License-Identifier: MIT */
/* A change of targets, and what follows from it over the edges. Pure. */
#ifndef MODEL_TARGET_H
#define MODEL_TARGET_H

#include "model/change.h"
#include "model/world.h"

void target_set(struct world *w, uint32_t service, enum target target);
bool target_next(struct world *w, struct change *change);

#endif
