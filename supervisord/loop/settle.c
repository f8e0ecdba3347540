/* SPDX-License-Identifier: MIT */
/* Changes of state. The model decides (model/settle.c); here a change is
 * stored, said, and its effect done, in that order: killed in between, the
 * successor does the effect of the stored state again. */
#include "supervisord/loop/settle.h"

#include "model/change.h"
#include "model/clock.h"
#include "model/due.h"
#include "model/phase.h"
#include "model/settle.h"
#include "supervisord/base/publish.h"
#include "supervisord/base/say.h"
#include "supervisord/base/supervisor.h"
#include "supervisord/io/pipes.h"
#include "supervisord/loop/halt.h"
#include "supervisord/loop/overdue.h"
#include "supervisord/loop/probation.h"
#include "supervisord/process/effect.h"
#include "supervisord/process/overlap.h"
#include "supervisord/process/ready.h"

/* If its process could not be started by this try either, the state has lasted
 * since it was entered, not since this try. The time of the try is stored
 * before it, for a process that is started and for the clock of its state.
 * Killed in between: the state has lasted since this try; nothing else goes by
 * that time while there is no process. */
static void keep_since(const struct change *c, union phase before)
{
	const struct record *r = record_of(c->service);
	struct change back = *c;

	if (c->from != c->to || !phase_pending(r->phase, r->life))
		return;
	back.phase.since_low_ms = before.since_low_ms;
	publish_change(&back);
}

/* With a service that is gone its pipe goes, at the next upgrade. */
static void say_gone(const struct change *c)
{
	if (c->to == STATE_DOWN && configured(c->service)->gone)
		pipes_say_lost(c->service);
}

static void carry_out(const struct change *c)
{
	struct world *w = &supervisor.world;
	union phase before = record_of(c->service)->phase;

	publish_change(c);
	world_changed(w, c->service, before);
	say_change(c);
	probation_note(c);
	say_gone(c);
	overdue_note(c->to);
	halt_note(c->to);
	due_set(w, c->service,
	        effect_launches(c->effect)
	                ? NEVER_MS /* until it is launched */
	                : clock_looks(w, c->service, supervisor.now_ms));
	if (configured(c->service)->on_demand != TARGET_DOWN)
		ready_await(c->service);
	effect_do(c);
	keep_since(c, before);
}

/* Carries out what is to be changed: at most SETTLE_MAX changes, so that no
 * configuration can keep supervisord from listening. The services that are left
 * stay dirty, and observe() does not sleep then. */
void settle(void)
{
	struct change change;

	for (int i = 0; i < SETTLE_MAX; i++) {
		if (!settle_next(&supervisor.world, supervisor.now_ms,
		                 &change))
			return;
		if (!change.swaps) {
			carry_out(&change);
			continue;
		}
		overlap_swap(change.service);
		overdue_note(STATE_STOPPING);
	}
}
