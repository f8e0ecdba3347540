/* SPDX-License-Identifier: MIT */
/* The heap of deadlines: which service is to be judged next although nothing
 * happens to it. */
#include "model/due.h"

#include "model/clock.h"

/* due[k] is not later than due[2k + 1] and due[2k + 2]. */

static uint64_t due_ms_at(const struct world *w, uint32_t at)
{
	return w->works[w->due[at]].due_ms;
}

static void due_put(struct world *w, uint32_t at, uint32_t service)
{
	w->due[at] = service;
	w->works[service].due_at = at;
}

static void due_swap(struct world *w, uint32_t a, uint32_t b)
{
	uint32_t service = w->due[a];

	due_put(w, a, w->due[b]);
	due_put(w, b, service);
}

static void due_up(struct world *w, uint32_t at)
{
	while (at > 0 && due_ms_at(w, at) < due_ms_at(w, (at - 1) / 2)) {
		due_swap(w, at, (at - 1) / 2);
		at = (at - 1) / 2;
	}
}

static void due_down(struct world *w, uint32_t at)
{
	for (;;) {
		uint32_t child = 2 * at + 1;

		if (child >= w->due_count)
			return;
		if (child + 1 < w->due_count &&
		    due_ms_at(w, child + 1) < due_ms_at(w, child))
			child++;
		if (due_ms_at(w, at) <= due_ms_at(w, child))
			return;
		due_swap(w, at, child);
		at = child;
	}
}

static void due_remove(struct world *w, uint32_t service)
{
	uint32_t at = w->works[service].due_at;

	w->works[service].due_at = NOT_DUE;
	if (at == --w->due_count)
		return;
	due_put(w, at, w->due[w->due_count]);
	due_up(w, at);
	due_down(w, at);
}

/* Sets the deadline of a service to due_ms; NEVER_MS: it has none any more.
 * O(log services). */
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

/* The earliest deadline, or NEVER_MS. O(1). */
uint64_t due_next(const struct world *w)
{
	return w->due_count > 0 ? due_ms_at(w, 0) : NEVER_MS;
}

/* The deadline of a service that is up has passed: it has settled, or was silent
 * for too long. The other one may be still to come. */
static void due_up_passed(struct world *w, uint32_t service, uint64_t now_ms)
{
	if (clock_settles(table_service(w->table, service),
	                  w->records[service].phase, now_ms) <= now_ms)
		world_settled(w, service);
	if (silence_of(w, service) > now_ms)
		due_set(w, service, clock_looks(w, service, now_ms));
}

/* Marks each service whose deadline has passed by now_ms as to be judged, and
 * takes its deadline away. O(log services) for each of them. */
void due_expire(struct world *w, uint64_t now_ms)
{
	while (due_next(w) <= now_ms) {
		uint32_t service = w->due[0];

		due_set(w, service, NEVER_MS);
		w->works[service].stop_delayed = 0;
		if (w->records[service].phase.state == STATE_UP)
			due_up_passed(w, service, now_ms);
		world_touch(w, service);
	}
}
