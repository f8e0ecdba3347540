/* SPDX-License-Identifier: MIT */
/* States, targets, clocks, effects and facts as C, from their .def files.
 * Must not know services, time or the kernel. */
#ifndef MODEL_STATE_H
#define MODEL_STATE_H

#include <stdbool.h>
#include <stdint.h>

enum state {
#define STATE(name, label, settled, active, clock, effect) STATE_##name,
#include "model/state.def"
#undef STATE
	STATES
};

enum target {
#define TARGET(name, label, wanted) TARGET_##name,
#include "model/target.def"
#undef TARGET
	TARGETS
};

enum clock {
#define CLOCK(name, what) CLOCK_##name,
#include "model/clock.def"
#undef CLOCK
	CLOCKS
};

enum effect {
#define EFFECT(name, launches) EFFECT_##name,
#include "model/effect.def"
#undef EFFECT
	EFFECTS
};

enum fact_bit {
#define FACT(name, sentence) FACT_BIT_##name,
#include "model/fact.def"
#undef FACT
	FACTS
};

/* A set of facts: one bit each. */
enum fact {
	FACT_NOTHING = 0,
#define FACT(name, sentence) FACT_##name = 1u << FACT_BIT_##name,
#include "model/fact.def"
#undef FACT
};

/* The words that users see. */
extern const char *const state_label[STATES];
extern const char *const target_label[TARGETS];

bool state_settled(enum state state);
bool state_active(enum state state);
enum clock state_clock(enum state state);
enum effect state_effect(enum state state);
bool effect_launches(enum effect effect);

bool state_rising(enum state state);
bool state_stops(enum state state);
bool target_wanted(enum target target);

#endif
