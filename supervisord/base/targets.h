/* SPDX-License-Identifier: MIT */
/* Targets of services, and what follows from them. */
#ifndef SUPERVISORD_BASE_TARGETS_H
#define SUPERVISORD_BASE_TARGETS_H

#include <stdint.h>

#include "model/request.h"
#include "model/state.h"

void targets_set(const struct request_range *ranges, uint32_t count,
                 enum target target);
void targets_apply(void);                   /* what target_set() has begun */

#endif
