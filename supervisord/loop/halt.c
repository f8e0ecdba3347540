/* SPDX-License-Identifier: MIT */
/* The end of a session: it is written down first, so that a supervisord that
 * is killed meanwhile has a successor that goes on with it; then every target
 * is down; and when nothing is busy any more pid1 is told (post_news).
 *
 * Who asks again is in a hurry (enum urgency). Stores: escalation, which says who has
 * asked, then halt, then the targets. Killed before escalation: whoever asked is read
 * again, and counts. Killed after it: the same one does not count again, and
 * the rest is done as if it were the first time. */
#include "model/text.h"
#include "supervisord/base/supervisor.h"
#include "sys/message.h"

void halt_go_on(void)
{
	struct request_range all = { 0, supervisor.ledger->services };

	if (supervisor.ledger->halt != 0)
		targets_set(&all, 1, TARGET_DOWN);
}

void halt_begin(enum halt halt, int code)
{
	if (supervisor.ledger->halt == 0)
		publish_halt((uint32_t)halt << 8 | ((uint32_t)code & 255));
	halt_go_on();
}

/* Several who ask at once, as a process and its group may be sent the same
 * signal, are not in a hurry yet. */
static bool is_same(union escalation before, union escalation now)
{
	return before.level != URGENCY_NONE &&
	       (before.asked == now.asked ||
	        moment_age(before.since_low_ms, now.since_low_ms) < SAME_END_MS);
}

static void say_urgency(enum halt halt, enum urgency urgency)
{
	switch (urgency) {
	case URGENCY_ORDERLY:
		if (halt != HALT_EXIT)
			message("supervisord: stopping everything: ",
			        halt_label[halt], NULL);
		break;
	case URGENCY_HURRIED:
		message("supervisord: asked again to end: killing what does "
		        "not stop in 1 s; asked once more, it does not wait",
		        NULL);
		break;
	case URGENCY_FORCED:
		message("supervisord: asked a third time to end: not waiting "
		        "for anybody", NULL);
		break;
	case URGENCY_NONE:
		break;
	}
}

static void press(enum halt halt, uint64_t asked)
{
	union escalation before = supervisor.ledger->escalation;
	union escalation now = { .level = before.level + (before.level < URGENCY_FORCED),
		           .asked = asked,
		           .since_low_ms = supervisor.now_ms & MOMENT_MASK };

	if (is_same(before, now))
		return;
	publish_escalation(now);
	say_urgency(halt, now.level);
	if (escalation_hurried_ms(now, supervisor.now_ms) != 0)
		world_hurry(&supervisor.world, supervisor.now_ms);
}

void halt_ask(enum halt halt, int code, uint64_t asked)
{
	press(halt, asked);
	halt_begin(halt, code);
}

void halt_plan(enum halt halt, uint64_t after_ms)
{
	union planned before = supervisor.ledger->planned;
	union planned now = { .halt = halt,
		              .at_ms = supervisor.now_ms + after_ms };
	struct digits d;

	if (halt == HALT_NONE)
		now.word = 0;
	publish_planned(now);
	if (halt != HALT_NONE)
		message("supervisord: planned: ", halt_label[halt], " in ",
		        text_number(&d, (int64_t)(after_ms / 1000)), " s", NULL);
	else if (before.halt != HALT_NONE)
		message("supervisord: called off: ", halt_label[before.halt], NULL);
}

uint64_t halt_planned_ms(void)
{
	union planned planned = supervisor.ledger->planned;

	return planned.halt == HALT_NONE ? NEVER_MS : planned.at_ms;
}

/* Killed before the plan is taken away: what was planned has begun. */
void halt_as_planned(void)
{
	union planned planned = supervisor.ledger->planned;

	if (halt_planned_ms() > supervisor.now_ms)
		return;
	if (supervisor.ledger->halt == 0)
		halt_ask((enum halt)planned.halt, 0, planned.at_ms);
	publish_planned((union planned){ .word = 0 });
}

/* As a shell has it. */
static int exit_code(const struct record *r)
{
	if (r->failure != 0)
		return (r->failure & 0xffff) == ENOENT ? 127 : 126;
	return r->ending.code == ENDING_EXITED ? r->ending.status
	                                       : 128 + r->ending.status;
}

/* Stopped from outside, with no code of its own to end with: as the primary
 * has ended. For when everything is down. */
int halt_code(uint32_t halt)
{
	uint32_t primary = supervisor.world.table->primary;
	int code = (int)(halt & 255);

	if (primary == TABLE_NONE || code != 0 || halt >> 8 != HALT_EXIT ||
	    supervisor.records[primary].ending.code == 0)
		return code;
	return exit_code(&supervisor.records[primary]);
}

static bool any_failed(void)
{
	for (uint32_t i = 0; i < supervisor.ledger->services; i++)
		if (supervisor.records[i].phase.state == STATE_FAILED)
			return true;
	return false;
}

/* Who runs a container looks at the code. */
void halt_on_signal(int signal, enum init init, uint64_t asked)
{
	uint32_t primary = supervisor.world.table->primary;
	enum halt halt = halt_of_signal(signal, init);

	if (halt != HALT_NONE)
		halt_ask(halt,
		         init == INIT_CONTAINER && primary == TABLE_NONE &&
		                 any_failed(),
		         asked);
	else if (primary != TABLE_NONE)
		publish_signals(supervisor.ledger->signals |
		                SIGNAL_BIT(signal));
}

/* Killed after the signal was sent: it is sent twice. */
void halt_pass_on(void)
{
	uint64_t signals = supervisor.ledger->signals;
	uint32_t primary = supervisor.world.table->primary;

	for (int n = 1; primary != TABLE_NONE && signals != 0 && n <= 64; n++)
		if ((signals & SIGNAL_BIT(n)) != 0)
			(void)effect_signal(primary, n); /* if it runs */
	if (signals != 0)
		publish_signals(supervisor.ledger->signals & ~signals);
}

/* Everything else is there for the primary. Looked at in each pass, so that
 * it does not matter when a supervisord is killed. */
void halt_with_primary(void)
{
	uint32_t primary = supervisor.world.table->primary;
	const struct record *r;

	if (primary == TABLE_NONE || supervisor.ledger->halt != 0)
		return;
	r = &supervisor.records[primary];
	if (r->wanted_ms == 0)
		return; /* it has not been up yet */
	if (r->phase.state == STATE_FAILED ||
	    (r->phase.state == STATE_DOWN && !target_wanted(r->phase.target)))
		halt_begin(HALT_EXIT, exit_code(r));
}
