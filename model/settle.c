/* SPDX-License-Identifier: MIT */
/* From facts to the next change. The only place where a state changes. */
#include "model/settle.h"

#include <stddef.h>

#include "model/facts.h"
#include "model/overlap.h"
#include "model/phase.h"
#include "model/rules.h"

/* Is its process to be started although it enters no state? It was not started
 * because supervisord crashed, or because there was no room. Not while it waits
 * for a slot of the child pool, or, where the kernel had no room, until the
 * next attempt is due. */
static bool must_launch(const struct world *w, uint32_t i)
{
	const struct record *r = &w->records[i];

	return phase_pending(r->phase, r->life) && !w->works[i].waiting &&
	       w->works[i].due_ms == NEVER_MS;
}

/* Has its stop to go on? The command of its .stop was not started, as there was
 * no slot or no room; or it has ended, so that SIGTERM is to be sent. */
static bool must_stop(const struct world *w, uint32_t i)
{
	const struct record *r = &w->records[i];
	const struct work *work = &w->works[i];

	if (r->phase.state != STATE_STOPPING || r->life.pid == 0)
		return false;
	if (work->stop_delayed)
		return false;
	return work->stop_by_signal ||
	       (phase_asks(table_service(w->table, i), r) && !work->waiting);
}

/* Is the command of .started to be started? Not while it waits for a slot, or
 * for room. */
static bool must_follow(const struct world *w, uint32_t i)
{
	const struct work *work = &w->works[i];

	return !work->waiting && !work->stop_delayed && started_is_due(w, i);
}

/* Is its checking to be begun? It was not begun, as there was no slot or no
 * room, or it has ended. */
static bool must_check(const struct world *w, uint32_t i)
{
	const struct record *r = &w->records[i];
	const struct work *work = &w->works[i];

	return phase_checks(table_service(w->table, i), r->phase) &&
	       r->life.pid != 0 && r->helper == 0 && !work->waiting &&
	       !work->stop_delayed;
}

static bool service_judge(struct world *w, uint32_t i, uint64_t now_ms,
                          struct change *change)
{
	const struct record *r = &w->records[i];
	uint32_t facts = facts_gather(w, i, now_ms);
	enum state from = r->phase.state;
	const struct rule *rule = rule_pick(from, facts);

	*change = (struct change){ .service = i,
		                   .from = from,
		                   .to = from,
		                   .phase = r->phase,
		                   .effect = state_effect(from),
		                   .facts = facts };
	if (rule == NULL && must_launch(w, i)) {
		change->phase.since_low_ms = now_ms & MOMENT_MASK;
		return true;
	}
	if (rule == NULL && must_follow(w, i)) {
		change->effect = EFFECT_STARTED;
		return true;
	}
	if (rule == NULL && must_check(w, i)) {
		change->effect = EFFECT_CHECK;
		return true;
	}
	if (rule == NULL)
		return must_stop(w, i) || overlap_judge(w, i, change);
	change->to = rule->to;
	change->effect = state_effect(rule->to);
	change->phase =
		phase_next(r->phase, rule->to, facts, r->life.exits, now_ms);
	/* What would be the end of it is that of a run of a timer; what would
	 * begin it is a run that is not due yet. */
	if (change->phase.target != r->phase.target &&
	    table_timed(table_service(w->table, i)))
		change->phase.target = TARGET_RESTART;
	return true;
}

/* Decides about services that are to be judged, until one of them has to
 * change: that is in *change, and the caller carries it out before the next
 * call. False: none has to, all is quiet. now_ms: CLOCK_MONOTONIC. O(1) for
 * each service, as facts are counters. */
bool settle_next(struct world *w, uint64_t now_ms, struct change *change)
{
	uint32_t i;

	while (queue_pop(&w->dirty, &i)) {
		w->works[i].dirty = 0;
		if (service_judge(w, i, now_ms, change))
			return true;
	}
	return false;
}
