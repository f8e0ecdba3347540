/* SPDX-License-Identifier: MIT */
/* When the clock of a state runs out. What sets a deadline and what judges
 * whether it has passed both ask here, so they cannot disagree. */
#include "model/clock.h"

/* How long the kernel may take to end a process after SIGKILL, before the
 * service is CANNOT_STOP: the process is in uninterruptible sleep, or another
 * user's. */
enum { KILL_MS = 10000 };

/* How long a logger whose .max_stop is for ever may read before it gets the
 * signal: it may not heed the end of its input. */
enum { DRAIN_MS = 10000 };

/* after, 2 × after, 4 × after … at most max. */
static uint32_t delay_doubled(uint32_t after, uint32_t max, uint32_t attempt)
{
	uint64_t delay = after;

	for (; attempt > 1 && delay < max; attempt--)
		delay *= 2;
	return delay < max ? (uint32_t)delay : max;
}

static uint32_t retry_delay(const struct table_profile *p, uint32_t attempt)
{
	if (p->retry_kind == RETRY_KIND_DOUBLING)
		return delay_doubled(p->retry_after_ms, p->retry_max_ms,
		                     attempt);
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
	case CLOCK_DRAIN:
		return p->max_stop_ms == TABLE_FOREVER ? DRAIN_MS
		                                       : p->max_stop_ms;
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

/* When a time that began at since_ms and is over at usual_ms is over in an end
 * that is hurried since hurried_ms: HURRY_MS later at most. hurried_ms 0: it is
 * not. All are CLOCK_MONOTONIC. */
uint64_t clock_hurried(uint64_t usual_ms, uint64_t since_ms,
                       uint64_t hurried_ms)
{
	if (hurried_ms == 0)
		return usual_ms;
	return earlier(usual_ms, later(since_ms, hurried_ms) + HURRY_MS);
}

/* The time at which the clock of a state runs out, or NEVER_MS. phase: of a
 * service with this profile. hurried_ms: since when the end is hurried; 0: it
 * is not. From then on a state that has a clock lasts no longer than HURRY_MS,
 * also one whose time is TABLE_FOREVER. now_ms: to read the phase's time in
 * full (moment_full()). */
uint64_t clock_runs_out(const struct table_profile *p, union phase phase,
                        uint64_t hurried_ms, uint64_t now_ms)
{
	uint64_t since_ms = phase_since_ms(phase, now_ms);
	enum clock clock = state_clock(phase.state);
	uint32_t length = clock_length(p, clock, phase.attempt);
	uint64_t usual = length == TABLE_FOREVER ? NEVER_MS
	                                         : since_ms + length;

	return clock == CLOCK_NONE ? usual
	                           : clock_hurried(usual, since_ms, hurried_ms);
}

/* What the process that a service has now has said; NULL: nothing. */
static const struct said *said_now(const struct world *w, uint32_t service)
{
	const struct said *said = world_said(w, service);
	union life life = w->records[service].life;

	return said != NULL && life.pid != 0 && said->run == life.exits + 1u
	               ? said
	               : NULL;
}

/* The same of a service in the state that it is in. Its process may have asked
 * for more time in this state, unless the end is hurried. */
uint64_t clock_of(const struct world *w, uint32_t service, uint64_t now_ms)
{
	union phase phase = w->records[service].phase;
	const struct said *said = said_now(w, service);
	uint64_t usual = clock_runs_out(world_profile(w, service), phase,
	                                w->hurried_ms, now_ms);

	return said != NULL && said->extended == phase.state &&
	                       w->hurried_ms == 0
	               ? later(usual, said->extended_ms)
	               : usual;
}

/* The time at which a service has given no sign of life for as long as it may,
 * since it came up, since its last sign, and since supervisord could last not
 * listen; NEVER_MS: it need not give one. Not a clock of its state. */
uint64_t silence_of(const struct world *w, uint32_t service)
{
	const struct record *r = &w->records[service];
	const struct said *said = said_now(w, service);
	uint64_t since_ms = later(r->up_ms, w->stalled_ms);

	return said == NULL || said->watchdog_ms == 0 ||
	                       r->up_ms < r->wanted_ms
	               ? NEVER_MS
	               : later(since_ms, said->alive_ms) + said->watchdog_ms;
}

/* Is a service being stopped because it was silent? */
bool silence_stops(const struct world *w, uint32_t service, uint64_t now_ms)
{
	union phase phase = w->records[service].phase;

	return phase.state == STATE_STOPPING && phase.fault &&
	       silence_of(w, service) <= phase_since_ms(phase, now_ms);
}

/* When a service that is up begins to count as up for those that need it, by
 * .settle. That needs no place of its own: it follows from the time of the
 * phase, so a successor finds the same. */
uint64_t clock_settles(const struct table_service *s, union phase phase,
                       uint64_t now_ms)
{
	return phase_since_ms(phase, now_ms) + s->settle_ms;
}

/* When a service is to be looked at although nothing happens to it, or NEVER_MS:
 * when its clock runs out, or, as being up has none, when it has settled or has
 * given no sign of life for too long. */
uint64_t clock_looks(const struct world *w, uint32_t service, uint64_t now_ms)
{
	union phase phase = w->records[service].phase;

	if (phase.state != STATE_UP)
		return clock_of(w, service, now_ms);
	return w->works[service].settled
	               ? silence_of(w, service)
	               : earlier(silence_of(w, service),
	                         clock_settles(table_service(w->table, service),
	                                       phase, now_ms));
}
