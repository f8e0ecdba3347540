/* SPDX-License-Identifier: MIT */
/* The working memory made anew, or its deadlines. Pure. */
#ifndef MODEL_REBUILD_H
#define MODEL_REBUILD_H

#include "model/world.h"

void world_rebuild(struct world *w, uint64_t now_ms);
void world_hurry(struct world *w, uint64_t now_ms);

#endif
