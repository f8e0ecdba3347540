/* SPDX-License-Identifier: MIT */
/* The phase, one word of a record: what a transition makes of it, and what it
 * says about processes that are still to be started. Pure. */
#ifndef MODEL_PHASE_H
#define MODEL_PHASE_H

#include <stdbool.h>
#include <stdint.h>

#include "model/ledger.h"
#include "model/state.h"
#include "model/table.h"

union phase phase_next(union phase phase, enum state to, uint32_t facts,
                       uint32_t exits, uint64_t now_ms);
bool phase_pending(union phase phase, union life life);
bool phase_checks(const struct table_service *s, union phase phase);
bool phase_asks(const struct table_service *s, const struct record *r);

#endif
