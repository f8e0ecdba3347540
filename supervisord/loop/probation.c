/* SPDX-License-Identifier: MIT */
/* When has this image stood its probation? Time alone does not show it: a
 * service has to have come up and one to have ended, and the image to have
 * lived for PROBATION_MS, in which a fault that takes a minute shows twice.
 * Where no service starts and ends, it has stood after PROBATION_MAX_MS. When
 * supervisord dies, probation begins anew.
 *
 * connate keeps the former image until it is told, and counts the deaths of
 * supervisord. It costs nothing when idle: there is one deadline, and then
 * none. */
#include "supervisord/loop/probation.h"

#include "model/change.h"
#include "supervisord/base/supervisor.h"

enum { SEEN_START = 1, SEEN_END = 2, SEEN_BOTH = SEEN_START | SEEN_END };

static unsigned seen;
static uint64_t since_ms; /* it is on probation, and adopted; 0: not yet */
static bool told;         /* connate knows that it has stood */

/* It has a process, or had one a moment ago. */
static bool is_run(enum state state)
{
	return state_active(state) && state != STATE_SETTING_UP;
}

/* A service has changed its state. */
void probation_note(const struct change *c)
{
	if (c->to == STATE_UP)
		seen |= SEEN_START;
	if (is_run(c->from) && !state_active(c->to))
		seen |= SEEN_END;
}

/* connate has stored the stage before it says KEPT. */
static bool is_on_probation(void)
{
	return supervisor.kept && !supervisor.link_lost && !told &&
	       supervisor.ledger->probation.stage != STAGE_NONE;
}

static uint64_t after_ms(void)
{
	return seen == SEEN_BOTH ? PROBATION_MS : PROBATION_MAX_MS;
}

/* When probation is over if nothing fails, as far as that is known by now; or
 * NEVER_MS. */
uint64_t probation_due_ms(void)
{
	return is_on_probation() && since_ms != 0
	               ? since_ms + after_ms()
	               : NEVER_MS;
}

/* Has the image stood, and connate is still to be told? */
bool probation_is_over(void)
{
	if (is_on_probation() && since_ms == 0)
		since_ms = supervisor.now_ms;
	return probation_due_ms() <= supervisor.now_ms;
}

/* connate was told that the image has stood. */
void probation_end(void)
{
	told = true;
}
