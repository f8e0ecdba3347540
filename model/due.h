/* SPDX-License-Identifier: MIT */
/* The deadlines of all services. Pure. */
#ifndef MODEL_DUE_H
#define MODEL_DUE_H

#include "model/world.h"

void due_set(struct world *w, uint32_t service, uint64_t due_ms);
uint64_t due_next(const struct world *w);
void due_expire(struct world *w, uint64_t now_ms);

#endif
