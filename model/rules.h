/* SPDX-License-Identifier: MIT */
/* The rows of rule.def. Pure. */
#ifndef MODEL_RULES_H
#define MODEL_RULES_H

#include <stdint.h>

#include "model/state.h"

struct rule {
	uint8_t in, to;     /* enum state */
	uint32_t all, none; /* sets of enum fact */
};

const struct rule *rule_pick(enum state state, uint32_t facts);

#endif
