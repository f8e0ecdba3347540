/* SPDX-License-Identifier: MIT */
/* Which services wait for what will not come by itself. */
#ifndef MODEL_HOPELESS_H
#define MODEL_HOPELESS_H

#include "model/world.h"

uint32_t hopeless_for(struct world *w, uint32_t service);

#endif
