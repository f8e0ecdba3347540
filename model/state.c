/* SPDX-License-Identifier: MIT */
/* The columns of the .def files, looked up. Knows nothing else. */
#include "model/state.h"

const char *const state_label[STATES] = {
#define STATE(name, label, settled, active, clock, effect) label,
#include "model/state.def"
#undef STATE
};

const char *const target_label[TARGETS] = {
#define TARGET(name, label, wanted) label,
#include "model/target.def"
#undef TARGET
};

struct columns {
	bool settled, active;
	uint8_t clock, effect;
};

static const struct columns columns[STATES] = {
#define STATE(name, label, settled, active, clock, effect) \
	{ settled, active, CLOCK_##clock, EFFECT_##effect },
#include "model/state.def"
#undef STATE
};

static const bool launches[EFFECTS] = {
#define EFFECT(name, launches) launches,
#include "model/effect.def"
#undef EFFECT
};

static const bool wanted[TARGETS] = {
#define TARGET(name, label, wanted) wanted,
#include "model/target.def"
#undef TARGET
};

bool state_settled(enum state state)
{
	return columns[state].settled;
}

bool state_active(enum state state)
{
	return columns[state].active;
}

enum clock state_clock(enum state state)
{
	return columns[state].clock;
}

enum effect state_effect(enum state state)
{
	return columns[state].effect;
}

bool state_rising(enum state state)
{
	return state == STATE_SETTING_UP || state == STATE_STARTING ||
	       state == STATE_UP;
}

bool effect_launches(enum effect effect)
{
	return launches[effect];
}

bool state_stops(enum state state)
{
	return state == STATE_STOPPING || state == STATE_FORCE_DOWN ||
	       state == STATE_CANNOT_STOP;
}

bool target_wanted(enum target target)
{
	return wanted[target];
}
