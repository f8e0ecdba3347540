/* SPDX-License-Identifier: MIT */
/* The facts about a service now. Pure. */
#ifndef MODEL_FACTS_H
#define MODEL_FACTS_H

#include "model/world.h"

uint32_t facts_gather(const struct world *w, uint32_t service,
                      uint64_t now_ms);

#endif
