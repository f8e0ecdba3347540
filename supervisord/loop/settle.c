/* SPDX-License-Identifier: MIT */
/* Changes of state. The model decides (model/settle.c); here a change is
 * stored, said, and its effect done, in that order: killed in between, the
 * successor does the effect of the stored state again. */
#include "supervisord/loop/settle.h"

#include "model/change.h"
#include "model/clock.h"
#include "model/due.h"
#include "model/settle.h"
#include "supervisord/base/publish.h"
#include "supervisord/base/say.h"
#include "supervisord/base/supervisor.h"
#include "supervisord/loop/overdue.h"
#include "supervisord/loop/probation.h"
#include "supervisord/process/effect.h"

static void carry_out(const struct change *c)
{
	struct world *w = &supervisor.world;
	union phase before = record_of(c->service)->phase;

	publish_change(c);
	world_changed(w, c->service, before);
	say_change(c);
	probation_note(c);
	overdue_note(c->to);
	due_set(w, c->service,
	        effect_launches(c->effect)
	                ? NEVER_MS /* until it is launched */
	                : clock_of(w, c->service, supervisor.now_ms));
	effect_do(c);
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
		carry_out(&change);
	}
}
