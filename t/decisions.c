/* SPDX-License-Identifier: MIT */
/* The decisions, with each fact by its bare name. */
#include "t/stories.h"

enum {
	NOTHING = FACT_NOTHING,
#define FACT(name, sentence) name = FACT_##name,
#include "model/fact.def"
#undef FACT
};

const struct decision decisions[] = {
#define DECIDE(in, facts, to, says) { STATE_##in, facts, STATE_##to, says },
#include "t/decision.def"
#undef DECIDE
};

const unsigned decision_count = sizeof(decisions) / sizeof(decisions[0]);
