/* SPDX-License-Identifier: MIT */
/* When the clock of a state runs out. Pure. */
#ifndef MODEL_CLOCK_H
#define MODEL_CLOCK_H

#include "model/world.h"

/* At most so long lasts a state that has a clock when the end is hurried. */
enum { HURRY_MS = 1000 };

uint64_t clock_hurried(uint64_t usual_ms, uint64_t since_ms,
                       uint64_t hurried_ms);
uint64_t clock_runs_out(const struct table_profile *p, union phase phase,
                        uint64_t hurried_ms, uint64_t now_ms);
uint64_t clock_of(const struct world *w, uint32_t service, uint64_t now_ms);
uint64_t clock_settles(const struct table_service *s, union phase phase,
                       uint64_t now_ms);
uint64_t clock_looks(const struct world *w, uint32_t service, uint64_t now_ms);
uint64_t silence_of(const struct world *w, uint32_t service);
bool silence_stops(const struct world *w, uint32_t service, uint64_t now_ms);

#endif
