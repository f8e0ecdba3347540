/* SPDX-License-Identifier: MIT */
/* From facts to the next change. The only place where a state changes. */
#include <stddef.h>

#include "model/world.h"

/* Its process is still to be started: after a crash, or because there was no
 * room for it before. Not while it waits for room (in the child pool) or for
 * a moment (in the heap: the kernel had none). */
static bool must_launch(const struct world *w, uint32_t i)
{
	const struct record *r = &w->records[i];

	return phase_pending(r->phase, r->life) && !w->works[i].waiting &&
	       w->works[i].due_ms == NEVER_MS;
}

/* So is the command of its .stop: its place was taken, or there was none. Or
 * it has failed. */
static bool must_ask(const struct world *w, uint32_t i)
{
	const struct record *r = &w->records[i];
	const struct work *work = &w->works[i];

	if (r->phase.state != STATE_STOPPING || r->life.pid == 0)
		return false;
	return work->instead || (phase_asks(table_service(w->table, i), r) &&
	                         !work->waiting && !work->held);
}

static bool judge(struct world *w, uint32_t i, uint64_t now_ms,
                  struct change *change)
{
	const struct record *r = &w->records[i];
	uint32_t facts = facts_gather(w, i, now_ms);
	enum state from = r->phase.state;
	const struct rule *rule = rule_pick(from, facts);

	*change =
		(struct change){ i,    from, from, r->phase, state_effect(from),
		                 facts };
	if (rule == NULL && must_launch(w, i)) {
		change->phase.since_low_ms = now_ms & MOMENT_MASK;
		return true;
	}
	if (rule == NULL)
		return must_ask(w, i);
	change->to = rule->to;
	change->effect = state_effect(rule->to);
	change->phase =
		phase_next(r->phase, rule->to, facts, r->life.exits, now_ms);
	return true;
}

bool settle_next(struct world *w, uint64_t now_ms, struct change *change)
{
	uint32_t i;

	while (queue_pop(&w->dirty, &i)) {
		w->works[i].dirty = 0;
		if (judge(w, i, now_ms, change))
			return true;
	}
	return false;
}
