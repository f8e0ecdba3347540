/* SPDX-License-Identifier: MIT */
/* The word that a transition stores, and what it says. Knows no world. */
#include "model/phase.h"

/* Is the process that this state is about still to be started? See union life.
 * False in a state that starts none. */
bool phase_pending(union phase phase, union life life)
{
	return life.pid == 0 && effect_launches(state_effect(phase.state)) &&
	       phase.launch != (life.exits & 3);
}

/* Is the command of .stop still to be started? Once in each stop, and only for
 * a program that runs. s and r are of one service. */
bool phase_asks(const struct table_service *s, const struct record *r)
{
	return r->phase.state == STATE_STOPPING && r->phase.ran &&
	       !r->phase.asked && s->stop.kind != ACTION_SIGNAL &&
	       r->helper == 0 && r->life.pid != 0 &&
	       !(record_guarded(s, r) && main_ended(r->main));
}

/* Is a service in this phase checked? With READY_CHECK also while it starts, as
 * the checks tell when it is up. */
bool phase_checks(const struct table_service *s, union phase phase)
{
	return s->check.kind != ACTION_NONE &&
	       (phase.state == STATE_UP || (phase.state == STATE_STARTING &&
	                                    s->ready == READY_KIND_CHECK));
}

enum { ATTEMPT_LAST = (1 << 10) - 1 };

static void attempt_count(union phase *next, enum state from, enum state to)
{
	if (from == STATE_WAITING_TO_START && state_rising(to) &&
	    next->attempt < ATTEMPT_LAST)
		next->attempt++;
}

/* What the target becomes by itself: of a restart, UP when it is DOWN; of a
 * service that was to be up once, DOWN when it is done. */
static enum target target_after(enum target target, enum state to,
                                uint32_t facts)
{
	if ((facts & FACT_DONE) != 0)
		return TARGET_DOWN;
	if (to == STATE_DOWN && target == TARGET_RESTART)
		return TARGET_UP;
	return target;
}

/* The phase after a transition to that state. facts: why, a set of enum fact.
 * exits: life.exits of its record, by which a launch is numbered. */
union phase phase_next(union phase phase, enum state to, uint32_t facts,
                       uint32_t exits, uint64_t now_ms)
{
	union phase next = phase;
	enum state from = phase.state;

	next.state = to;
	next.since_low_ms = now_ms & MOMENT_MASK;
	next.target = target_after(phase.target, to, facts);
	if (state_rising(from) && !state_rising(to))
		next.fault = (facts & FACT_KEPT) && !(facts & FACT_DONE);
	if (to == STATE_DOWN || to == STATE_WAITING_TO_START)
		next.fault = next.cleaned = next.ready = next.ran = 0;
	if (!state_active(to))
		next.stale = 0;
	if (to == STATE_DOWN || (facts & FACT_HEALTHY) != 0)
		next.attempt = 0;
	if (to == STATE_STARTING) {
		next.ready = next.asked = 0;
		next.ran = 1;
	}
	if (to == STATE_STOPPING)
		next.asked = 0;
	if (to == STATE_CLEANING_UP) {
		next.cleaned = 1;
		next.ran = 0;
	}
	if (effect_launches(state_effect(to)))
		next.launch = (exits + 1) & 3;
	attempt_count(&next, from, to);
	return next;
}
