/* SPDX-License-Identifier: MIT */
/* The facts about a service now. Pure. */
#ifndef MODEL_FACTS_H
#define MODEL_FACTS_H

#include "model/ledger.h"
#include "model/world.h"

bool service_ended_well(const struct world *w, uint32_t service,
                        union ending ending);
bool started_is_due(const struct world *w, uint32_t i);
uint32_t facts_gather(const struct world *w, uint32_t service,
                      uint64_t now_ms);

#endif
