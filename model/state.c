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

/* Does a service stay in this state until something happens from outside? */
bool state_settled(enum state state)
{
	return columns[state].settled;
}

/* May something of a service in this state run, so that others must reckon with
 * it? */
bool state_active(enum state state)
{
	return columns[state].active;
}

/* The clock that is running in this state; CLOCK_NONE: none. */
enum clock state_clock(enum state state)
{
	return columns[state].clock;
}

/* What is done when a service enters this state. */
enum effect state_effect(enum state state)
{
	return columns[state].effect;
}

/* Is a service in this state on its way up, or up? */
bool state_rising(enum state state)
{
	return state == STATE_SETTING_UP || state == STATE_STARTING ||
	       state == STATE_UP;
}

/* Does this effect start a process? */
bool effect_launches(enum effect effect)
{
	return launches[effect];
}

/* Is the process of a service in this state being stopped? */
bool state_stops(enum state state)
{
	return state == STATE_STOPPING || state == STATE_FORCE_DOWN ||
	       state == STATE_CANNOT_STOP;
}

/* Is a service with this target to be up? A RESTART is not until it has gone
 * down. */
bool target_wanted(enum target target)
{
	return wanted[target];
}
