/* SPDX-License-Identifier: MIT */
/* Picking the row of rule.def that holds. Knows states and facts only. */
#include "model/rules.h"

#include <stddef.h>

/* Each fact by its bare name, so that the table reads as sentences. */
enum {
	NOTHING = FACT_NOTHING,
#define FACT(name, sentence) name = FACT_##name,
#include "model/fact.def"
#undef FACT
};

static const struct rule rules[] = {
#define RULE(in, to, all, none) { STATE_##in, STATE_##to, all, none },
#include "model/rule.def"
#undef RULE
};

enum { RULES = sizeof(rules) / sizeof(rules[0]) };

/* The row that holds for a service in that state with that set of facts, or
 * NULL: it stays there. At most one row holds (t/1001-rules). */
const struct rule *rule_pick(enum state state, uint32_t facts)
{
	for (unsigned i = 0; i < RULES; i++)
		if (rules[i].in == state &&
		    (facts & rules[i].all) == rules[i].all &&
		    (facts & rules[i].none) == 0)
			return &rules[i];
	return NULL;
}
