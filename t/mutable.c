/* SPDX-License-Identifier: MIT */
/* The tables of the model without const. Must not know what is right. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "t/mutable.h"

#define const
#define columns state_columns
#include "model/state.c"
#undef columns
#include "model/rules.c"
#define columns graph_columns
#include "model/graph.c"
#undef columns
#define columns target_columns
#include "model/target.c"
#undef columns
#undef const

enum { SAYS = 200 };

static const char *const row_says[RULES] = {
#define RULE(in, to, all, none) #in " -> " #to " (" #all "; not " #none ")",
#include "model/rule.def"
#undef RULE
};

static const char *const state_name[STATES] = {
#define STATE(name, label, settled, active, clock, effect) #name,
#include "model/state.def"
#undef STATE
};

static const char *const fact_name[FACTS] = {
#define FACT(name, sentence) #name,
#include "model/fact.def"
#undef FACT
};

static const char *const clock_name[CLOCKS] = {
#define CLOCK(name, what) #name,
#include "model/clock.def"
#undef CLOCK
};

static const char *const effect_name[EFFECTS] = {
#define EFFECT(name, launches) #name,
#include "model/effect.def"
#undef EFFECT
};

static const char *const edge_name[EDGES] = {
#define EDGE(name, label, met, waits, lifts, falls, groups, repels) #name,
#include "model/edge.def"
#undef EDGE
};

static const char *const met_name[] = { "UP", "PASSED", "CHANCE", "OUT",
	                                     "ANY" };
static const char *const waits_name[] = { "ALWAYS", "WAY", "STALE", "NEVER" };

unsigned mutable_holding(unsigned state, uint32_t facts)
{
	unsigned count = 0;

	for (int k = 0; k < RULES; k++)
		count += rules[k].in == state &&
		         (facts & rules[k].all) == rules[k].all &&
		         (facts & rules[k].none) == 0;
	return count;
}

static void delete_row(mutable_visit *visit, int k)
{
	uint8_t was = rules[k].in;
	char says[SAYS];

	snprintf(says, sizeof(says), "%s: deleted", row_says[k]);
	rules[k].in = STATES;
	visit(FAULT_WHAT, says);
	rules[k].in = was;
}

static void send_elsewhere(mutable_visit *visit, int k)
{
	uint8_t was = rules[k].to;
	char says[SAYS];

	for (uint8_t to = 0; to < STATES; to++) {
		if (to == was)
			continue;
		snprintf(says, sizeof(says), "%s: goes to %s", row_says[k],
		         state_name[to]);
		rules[k].to = to;
		visit(FAULT_WHAT, says);
	}
	rules[k].to = was;
}

static void drop_bits(mutable_visit *visit, int k, uint32_t *set,
                      const char *which)
{
	uint32_t was = *set;
	char says[SAYS];

	for (int bit = 0; bit < FACTS; bit++) {
		if ((was >> bit & 1) == 0)
			continue;
		snprintf(says, sizeof(says), "%s: without %s%s", row_says[k],
		         which, fact_name[bit]);
		*set = was & ~(1u << bit);
		visit(FAULT_WHEN, says);
	}
	*set = was;
}

/* One of `count` other values in a column. */
static void change_byte(mutable_visit *visit, uint8_t *value,
                        const char *const *names, int count, const char *row,
                        const char *column)
{
	uint8_t was = *value;
	char says[SAYS];

	for (int other = 0; other < count; other++) {
		if (other == was)
			continue;
		snprintf(says, sizeof(says), "%s: %s is %s", row, column,
		         names[other]);
		*value = (uint8_t)other;
		visit(FAULT_WHAT, says);
	}
	*value = was;
}

static void change_bool(mutable_visit *visit, bool *value, const char *row,
                        const char *column)
{
	char says[SAYS];

	snprintf(says, sizeof(says), "%s: %s is %s", row, column,
	         *value ? "false" : "true");
	*value = !*value;
	visit(FAULT_WHAT, says);
	*value = !*value;
}

static void change_state(mutable_visit *visit, int k)
{
	struct state_columns *c = &state_columns[k];

	change_bool(visit, &c->settled, state_name[k], "settled");
	change_bool(visit, &c->active, state_name[k], "active");
	change_byte(visit, &c->clock, clock_name, CLOCKS, state_name[k],
	            "clock");
	change_byte(visit, &c->effect, effect_name, EFFECTS, state_name[k],
	            "effect");
}

static void change_edge(mutable_visit *visit, int k)
{
	change_byte(visit, &graph_columns[k].met, met_name,
	            sizeof(met_name) / sizeof(met_name[0]), edge_name[k],
	            "met");
	change_byte(visit, &graph_columns[k].waits, waits_name,
	            sizeof(waits_name) / sizeof(waits_name[0]), edge_name[k],
	            "waits");
	change_bool(visit, &target_columns[k].lifts, edge_name[k], "lifts");
	change_bool(visit, &target_columns[k].falls, edge_name[k], "falls");
	change_bool(visit, &target_columns[k].groups, edge_name[k], "groups");
	change_bool(visit, &target_columns[k].repels, edge_name[k], "repels");
}

void mutable_each(mutable_visit *visit)
{
	for (int k = 0; k < RULES; k++) {
		delete_row(visit, k);
		send_elsewhere(visit, k);
		drop_bits(visit, k, &rules[k].all, "");
		drop_bits(visit, k, &rules[k].none, "not ");
	}
	for (int k = 0; k < STATES; k++)
		change_state(visit, k);
	for (int k = 0; k < EFFECTS; k++)
		change_bool(visit, &launches[k], effect_name[k], "launches");
	for (int k = 0; k < TARGETS; k++)
		change_bool(visit, &wanted[k], target_label[k], "wanted");
	for (int k = 0; k < EDGES; k++)
		change_edge(visit, k);
}
