/* SPDX-License-Identifier: MIT */
/* A restart with overlap (model/overlap.h): what changes with the places of the
 * two processes. Their sockets do not (world_socket()), nor their logs. */
#include "supervisord/process/overlap.h"

#include "model/change.h"
#include "model/clock.h"
#include "model/due.h"
#include "model/pids.h"
#include "supervisord/base/publish.h"
#include "supervisord/base/supervisor.h"
#include "supervisord/process/effect.h"
#include "supervisord/process/helper.h"

/* Whose children they are. */
static void swap_parents(struct work *a, struct work *b)
{
	struct work was = *a;

	a->own = b->own;
	a->orphan = b->orphan;
	b->own = was.own;
	b->orphan = was.orphan;
}

static void enter(uint32_t service)
{
	struct world *w = &supervisor.world;

	pid_add(w, service, ROLE_LIFE);
	due_set(w, service, clock_looks(w, service, supervisor.now_ms));
}

/* The process in the second place takes over from that in the first one, which
 * is stopped by the rules of the service from now on. A command of .reload has
 * nothing to do any more: its end is awaited, and the swap decided again. */
void overlap_swap(uint32_t second)
{
	const struct change stop = { .service = second,
		                     .from = STATE_UP,
		                     .to = STATE_STOPPING,
		                     .effect = EFFECT_SIGNAL };
	struct world *w = &supervisor.world;
	uint32_t first = configured(second)->other - 1;
	union phase before = record_of(second)->phase;

	if (record_of(first)->helper != 0) {
		helper_kill(first);
		return;
	}
	pid_remove(w, first, ROLE_LIFE, record_of(first)->life.pid);
	pid_remove(w, second, ROLE_LIFE, record_of(second)->life.pid);
	publish_swap(first, second);
	swap_parents(work_of(first), work_of(second));
	enter(first);
	world_changed(w, second, before);
	enter(second);
	effect_do(&stop);
}
