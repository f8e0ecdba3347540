/* SPDX-License-Identifier: MIT */
/* The facts about a service, gathered from its record and counters. The only
 * place that knows what the sentences of fact.def mean. */
#include "model/facts.h"

#include "model/clock.h"
#include "model/phase.h"
#include "model/step.h"

/* Is there a process that this state is about, by its configuration? */
static bool state_has_process(const struct table_service *s, enum state state)
{
	switch (state) {
	case STATE_SETTING_UP:
		return s->setup.kind != ACTION_NONE;
	case STATE_CLEANING_UP:
		return s->cleanup.kind != ACTION_NONE;
	case STATE_STARTING:
	case STATE_UP:
	case STATE_WAITING_TO_STOP:
	case STATE_DRAINING:
		return s->run.kind != ACTION_NONE;
	case STATE_DOWN:
	case STATE_WAITING_TO_START:
	case STATE_STOPPING:
	case STATE_RETRYING:
	case STATE_FAILED:
	case STATE_FORCE_DOWN:
	case STATE_CANNOT_STOP:
	case STATE_SKIPPED:
	case STATES:
		break;
	}
	return false;
}

/* With AT_ONCE a program is ready when it runs: exec is known to be done, or
 * the program has ended and no step before exec failed. A guard tells that, and
 * when a program has daemonized. */
static bool program_is_ready(const struct world *w, uint32_t i, bool ended)
{
	const struct record *r = &w->records[i];
	const struct table_service *s = table_service(w->table, i);

	switch ((enum ready_kind)s->ready) {
	case READY_KIND_NOTIFY:
	case READY_KIND_FD:
	case READY_KIND_SD_NOTIFY:
	case READY_KIND_CHECK:
		return r->phase.ready;
	case READY_KIND_DAEMONIZE:
		return r->main > 0 && (r->main & MAIN_READY) != 0;
	case READY_KIND_AT_ONCE:
		break;
	}
	if (ended)
		return r->failure == 0 && (!table_guards(s) || r->main != 0);
	return record_guarded(s, r) ? r->main > 0 && (r->main & MAIN_READY) != 0
	                            : w->works[i].execed;
}

/* A program that has ended well meanwhile needs no command of .started; one that
 * has not was never up. */
static bool command_is_done(const struct world *w, uint32_t i, bool ended_well)
{
	const struct record *r = &w->records[i];

	return table_service(w->table, i)->started.kind == ACTION_NONE ||
	       (failure_step(r->failure) != STEP_STARTED &&
	        (ended_well || r->phase.asked));
}

/* Has it failed? */
static bool command_has_failed(const struct record *r)
{
	return r->phase.state == STATE_STARTING &&
	       failure_step(r->failure) == STEP_STARTED;
}

/* Its program has ended, but not the guard. */
static bool program_is_lost(const struct table_service *s,
                            const struct record *r)
{
	return record_guarded(s, r) && main_ended(r->main);
}

/* A logger that stops reads its pipe to the end first. Not where the services
 * that log to it go on, as it stops for a bond of its own; but once that has
 * begun it goes on, also if the logger is wanted again. */
static bool logger_drains(const struct table_service *s, const struct record *r)
{
	return s->pipe != TABLE_NONE && r->life.pid != 0 &&
	       !program_is_lost(s, r) &&
	       (r->phase.state == STATE_DRAINING ||
	        !target_wanted(r->phase.target));
}

/* It is stopping, and the process of its other place has not ended: its stop
 * waits for that, which has a clock of its own. */
static bool other_is_alive(const struct world *w, uint32_t i)
{
	uint32_t other = table_service(w->table, i)->other;

	return other > i + 1 && state_stops(w->records[i].phase.state) &&
	       w->records[other - 1].life.pid != 0;
}

/* A service has stopped only when the command of its .stop has ended, too. */
static bool process_is_alive(const struct record *r)
{
	return r->life.pid != 0 ||
	       (state_stops(r->phase.state) && r->helper != 0);
}

static bool service_was_healthy(union phase phase,
                                const struct table_profile *p, uint64_t now_ms)
{
	return phase.state == STATE_UP && p->healthy_ms != TABLE_FOREVER &&
	       now_ms - phase_since_ms(phase, now_ms) >= p->healthy_ms;
}

/* An exit code is an end in order, if not that of a process that was stopped as
 * it took too long or was silent. */
static bool is_abnormal(union ending e)
{
	return e.code != ENDING_EXITED || state_stops((enum state)e.state);
}

/* Have its checks failed as often as they may? */
static bool is_unhealthy(const struct world *w, uint32_t i)
{
	const struct health *h = world_health(w, i);

	return h != NULL && h->state == HEALTH_FAILED;
}

/* By how it ended; a clean-up does not change that. */
static bool end_allows_retry(const struct world *w, uint32_t i)
{
	union ending e = w->records[i].ending;

	return !ending_is_in(w->table, table_service(w->table, i)->never_retry,
	                     e) &&
	       (world_profile(w, i)->on_failure_only != RETRY_ABNORMAL ||
	        is_abnormal(e));
}

static bool attempt_is_left(const struct world *w, uint32_t i, uint32_t facts)
{
	const struct table_profile *p = world_profile(w, i);
	union phase phase = w->records[i].phase;
	uint32_t used = (facts & FACT_HEALTHY) != 0 ? 0 : phase.attempt;

	if (p->retry_kind == RETRY_KIND_NEVER || phase.target == TARGET_ONCE ||
	    !end_allows_retry(w, i))
		return false;
	return p->retry_attempts == 0 || used < p->retry_attempts;
}

static uint32_t facts_of_target(const struct world *w, uint32_t i)
{
	const struct work *work = &w->works[i];
	uint32_t facts = 0;

	if (target_wanted(w->records[i].phase.target)) {
		facts |= FACT_WANTED;
		if (work->unbound == 0)
			facts |= FACT_KEPT;
	}
	if (work->unmet == 0)
		facts |= FACT_MAY_START;
	if (work->holding == 0)
		facts |= FACT_MAY_STOP;
	return facts;
}

/* A service without a program that was to be up once, as a timer is, is done as
 * soon as it is up. */
static bool service_is_spent(const struct table_service *s, union phase phase)
{
	return s->run.kind == ACTION_NONE && phase.state == STATE_UP &&
	       (phase.target == TARGET_ONCE || table_timed(s));
}

/* Is this end of a process of it a success: exit code 0, or by .success? */
__attribute__((noinline)) bool service_ended_well(const struct world *w, uint32_t i, union ending e)
{
	return ending_is_good(e) ||
	       ending_is_in(w->table, table_service(w->table, i)->success, e);
}

static uint32_t facts_of_process(const struct world *w, uint32_t i,
                                 uint64_t now_ms)
{
	const struct record *r = &w->records[i];
	const struct table_service *s = table_service(w->table, i);
	const struct table_profile *p = world_profile(w, i);
	enum state state = r->phase.state;
	bool spent = service_is_spent(s, r->phase);
	bool lost = program_is_lost(s, r);
	bool alive = process_is_alive(r), other = other_is_alive(w, i);
	bool ended = r->life.pid == 0 &&
	             (spent || state_has_process(s, state)) &&
	             !phase_pending(r->phase, r->life);
	uint32_t facts = 0;

	if (s->setup.kind != ACTION_NONE)
		facts |= FACT_SETUP;
	if (s->run.kind != ACTION_NONE)
		facts |= FACT_RUN;
	if (alive || other)
		facts |= FACT_ALIVE;
	if (ended)
		facts |= FACT_ENDED;
	if (lost)
		facts |= FACT_LOST;
	if (ended && (spent || service_ended_well(w, i, r->ending)))
		facts |= FACT_OK;
	if (lost && service_ended_well(w, i, main_ending(r->main)))
		facts |= FACT_OK;
	if ((r->life.pid != 0 || ended) &&
	    program_is_ready(w, i, ended || lost) &&
	    command_is_done(w, i, (facts & FACT_OK) != 0))
		facts |= FACT_READY;
	if (((alive || !other) && clock_of(w, i, now_ms) <= now_ms) ||
	    command_has_failed(r))
		facts |= FACT_LATE;
	if (state == STATE_UP && silence_of(w, i) <= now_ms)
		facts |= FACT_SILENT;
	if (state == STATE_UP && is_unhealthy(w, i))
		facts |= FACT_UNHEALTHY;
	if (service_was_healthy(r->phase, p, now_ms))
		facts |= FACT_HEALTHY;
	if (s->cleanup.kind != ACTION_NONE && !r->phase.cleaned)
		facts |= FACT_OWES;
	if (logger_drains(s, r))
		facts |= FACT_DRAINS;
	return facts;
}

/* Is the command of .started to be started? Its program is ready, and lives. */
bool started_is_due(const struct world *w, uint32_t i)
{
	const struct record *r = &w->records[i];
	const struct table_service *s = table_service(w->table, i);

	return r->phase.state == STATE_STARTING && !r->phase.asked &&
	       r->helper == 0 && r->life.pid != 0 &&
	       s->started.kind != ACTION_NONE && program_is_ready(w, i, false);
}

/* Its program ended well, and was to do no more than that: by its target, or by
 * .retry's .on_failure_only. Not with target RESTART, which then is still to
 * bring it up again. */
static bool program_is_done(const struct world *w, uint32_t i, uint32_t facts)
{
	union phase phase = w->records[i].phase;

	return phase.state == STATE_UP &&
	       (facts & (FACT_ENDED | FACT_LOST)) != 0 &&
	       (facts & FACT_OK) != 0 && (facts & FACT_WANTED) != 0 &&
	       (phase.target == TARGET_ONCE ||
	        world_profile(w, i)->on_failure_only);
}

/* A service that leaves a rising state although it is KEPT has a fault; the
 * phase remembers that in the states that follow. */
static bool phase_is_fault(union phase phase, uint32_t facts)
{
	if (state_rising(phase.state))
		return (facts & FACT_KEPT) != 0;
	return phase.fault;
}

/* prepare/ has found that a condition does not hold, and the process that did so
 * has ended, which is no end of its own: nothing was begun, so there is nothing
 * to clean up, and no attempt has failed. Under a guard the service may be
 * stopping by now. Until it is asked for again (phase.fault). */
static bool is_skipped(const struct record *r, uint32_t facts)
{
	enum state state = r->phase.state;

	if (state == STATE_SKIPPED)
		return r->phase.fault;
	return failure_step(r->failure) == STEP_ONLY_IF &&
	       (facts & (FACT_WANTED | FACT_ALIVE)) == FACT_WANTED &&
	       (state_rising(state) ||
	        (state == STATE_STOPPING && r->phase.fault));
}

/* The set of facts (enum fact) about a service at now_ms, CLOCK_MONOTONIC.
 * O(1): what depends on other services is in the counters of its work. */
uint32_t facts_gather(const struct world *w, uint32_t i, uint64_t now_ms)
{
	union phase phase = w->records[i].phase;
	uint32_t facts = facts_of_target(w, i) | facts_of_process(w, i, now_ms);

	if (is_skipped(&w->records[i], facts))
		return (facts & ~(uint32_t)(FACT_OK | FACT_OWES)) | FACT_SKIP;
	if (program_is_done(w, i, facts))
		return facts | FACT_DONE;
	if (phase_is_fault(phase, facts) && (facts & FACT_WANTED) != 0)
		facts |= attempt_is_left(w, i, facts)
		                 ? FACT_RETRY
		                 : FACT_GIVE_UP;
	return facts;
}
