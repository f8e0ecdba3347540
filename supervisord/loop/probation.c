/* SPDX-License-Identifier: MIT */
/* When has our image stood its probation? Time alone does not show it: it has to
 * have seen a service come up and one end, and after that to have lived for as
 * long as a minute's fault takes to show twice. Where no service does either,
 * it has stood after an hour. A death begins it anew.
 *
 * connate keeps the former image until it is told, and counts our deaths. Costs
 * nothing when idle: there is one deadline, and then none. */
#include "supervisord/base/supervisor.h"

enum { SEEN_START = 1, SEEN_END = 2, SEEN_BOTH = SEEN_START | SEEN_END };

static unsigned seen;
static uint64_t since_ms = NEVER_MS; /* on probation, and adopted */

/* It has a process, or had one a moment ago. */
static bool is_run(enum state state)
{
	return state_active(state) && state != STATE_SETTING_UP;
}

void stood_note(const struct change *c)
{
	if (c->to == STATE_UP)
		seen |= SEEN_START;
	if (is_run(c->from) && !state_active(c->to))
		seen |= SEEN_END;
}

/* connate has written it down before it says KEPT. */
static bool is_on_probation(void)
{
	return supervisor.kept && !supervisor.link_lost && !supervisor.stood &&
	       supervisor.ledger->probation.stage != STAGE_NONE;
}

static uint64_t after_ms(void)
{
	return seen == SEEN_BOTH ? PROBATION_MS : PROBATION_MAX_MS;
}

uint64_t stood_due_ms(void)
{
	return is_on_probation() && since_ms != NEVER_MS
	               ? since_ms + after_ms()
	               : NEVER_MS;
}

bool stood(void)
{
	if (is_on_probation() && since_ms == NEVER_MS)
		since_ms = supervisor.now_ms;
	return stood_due_ms() <= supervisor.now_ms;
}
