/* SPDX-License-Identifier: MIT */
/* Deadlines: when a state's clock runs out, and the heap of who is due. The
 * clock is read here by the sleeper and by the judge alike. */
#include "model/world.h"

/* How long the kernel may take over a SIGKILL before we say that it cannot
 * be stopped: a process in uninterruptible sleep, or of another user. */
enum { KILL_MS = 10000 };

/* after, 2 × after, 4 × after … at most max. */
static uint32_t doubled(uint32_t after, uint32_t max, uint32_t attempt)
{
	uint64_t delay = after;

	for (; attempt > 1 && delay < max; attempt--)
		delay *= 2;
	return delay < max ? (uint32_t)delay : max;
}

static uint32_t retry_delay(const struct table_profile *p, uint32_t attempt)
{
	if (p->retry_kind == RETRY_KIND_DOUBLING)
		return doubled(p->retry_after_ms, p->retry_max_ms, attempt);
	return p->retry_after_ms;
}

static uint32_t clock_length(const struct table_profile *p, enum clock clock,
                             uint32_t attempt)
{
	switch (clock) {
	case CLOCK_SETUP:
		return p->max_setup_ms;
	case CLOCK_READY:
		return p->max_ready_ms;
	case CLOCK_STOP:
		return p->max_stop_ms;
	case CLOCK_CLEANUP:
		return p->max_cleanup_ms;
	case CLOCK_RETRY:
		return retry_delay(p, attempt);
	case CLOCK_KILL:
		return KILL_MS;
	case CLOCK_NONE:
	case CLOCKS:
		break;
	}
	return TABLE_FOREVER;
}

uint64_t clock_runs_out(const struct table_profile *p, union phase phase,
                        uint64_t hurried_ms, uint64_t now_ms)
{
	uint64_t since_ms = phase_since_ms(phase, now_ms);
	enum clock clock = state_clock(phase.state);
	uint32_t length = clock_length(p, clock, phase.attempt);
	uint64_t usual = length == TABLE_FOREVER ? NEVER_MS
	                                         : since_ms + length;

	if (clock == CLOCK_NONE || hurried_ms == 0)
		return usual;
	return earlier(usual, later(since_ms, hurried_ms) + HURRY_MS);
}

uint64_t clock_of(const struct world *w, uint32_t service, uint64_t now_ms)
{
	return clock_runs_out(world_profile(w, service),
	                      w->records[service].phase, w->hurried_ms, now_ms);
}

/* The heap: due[k] is not later than due[2k + 1] and due[2k + 2]. */

static uint64_t due_at(const struct world *w, uint32_t place)
{
	return w->works[w->due[place]].due_ms;
}

static void due_put(struct world *w, uint32_t place, uint32_t service)
{
	w->due[place] = service;
	w->works[service].due_at = place;
}

static void due_swap(struct world *w, uint32_t a, uint32_t b)
{
	uint32_t service = w->due[a];

	due_put(w, a, w->due[b]);
	due_put(w, b, service);
}

static void due_up(struct world *w, uint32_t place)
{
	while (place > 0 && due_at(w, place) < due_at(w, (place - 1) / 2)) {
		due_swap(w, place, (place - 1) / 2);
		place = (place - 1) / 2;
	}
}

static void due_down(struct world *w, uint32_t place)
{
	for (;;) {
		uint32_t child = 2 * place + 1;

		if (child >= w->due_count)
			return;
		if (child + 1 < w->due_count &&
		    due_at(w, child + 1) < due_at(w, child))
			child++;
		if (due_at(w, place) <= due_at(w, child))
			return;
		due_swap(w, place, child);
		place = child;
	}
}

static void due_remove(struct world *w, uint32_t service)
{
	uint32_t place = w->works[service].due_at;

	w->works[service].due_at = NOT_DUE;
	if (place == --w->due_count)
		return;
	due_put(w, place, w->due[w->due_count]);
	due_up(w, place);
	due_down(w, place);
}

void due_set(struct world *w, uint32_t service, uint64_t due_ms)
{
	struct work *work = &w->works[service];

	if (work->due_at != NOT_DUE)
		due_remove(w, service);
	work->due_ms = due_ms;
	if (due_ms == NEVER_MS)
		return;
	due_put(w, w->due_count++, service);
	due_up(w, work->due_at);
}

uint64_t due_next(const struct world *w)
{
	return w->due_count > 0 ? due_at(w, 0) : NEVER_MS;
}

void due_expire(struct world *w, uint64_t now_ms)
{
	while (due_next(w) <= now_ms) {
		uint32_t service = w->due[0];

		due_set(w, service, NEVER_MS);
		w->works[service].held = 0;
		world_touch(w, service);
	}
}
