/* SPDX-License-Identifier: MIT */
/* Why a transition happened, in a few words: from its facts and, for what its
 * neighbours did, from the events before it. Knows no terminal. */
#include "conctl/show/why.h"

#include "conctl/base/out.h"
#include "conctl/session/event.h"
#include "conctl/session/mapping.h"
#include "conctl/session/record.h"
#include "conctl/show/ending.h"
#include "model/step.h"
#include "model/graph.h"
#include "model/ledger.h"

/* A few words are not worth a longer search. */
enum { EDGES_LOOKED_AT = 64 };

static bool has_facts(const struct event *e, uint32_t facts)
{
	return (e->facts & facts) == facts;
}

static void why_asked(struct out *out, const struct event *e)
{
	static const char *const words[TARGETS] = {
		[TARGET_DOWN] = "asked down",
		[TARGET_UP] = "asked up",
		[TARGET_RESTART] = "asked to restart",
		[TARGET_ONCE] = "asked up once",
	};

	out_text(out, words[e->target]);
}

/* The state of a service at event k: the one that its next event left, or the
 * present one if it has no later event. Whether an attempt had failed by then is
 * known only of the states that follow a failure. */
static union phase phase_at(uint32_t service, uint32_t k)
{
	union phase phase = session_record(service).phase;
	struct event e;
	uint32_t end = events_now(), missed = 0;

	for (k++; event_next(&k, end, &e, &missed);) {
		if (e.service != service || e.kind != EVENT_STATE)
			continue;
		phase.state = e.from;
		phase.attempt = 0;
		phase.fault = e.from == STATE_RETRYING || e.from == STATE_FAILED ||
		              e.from == STATE_SKIPPED;
		break;
	}
	return phase;
}

/* Writes which edge was not met at event k. */
static void why_unmet(struct out *out, uint32_t k, const struct event *e)
{
	struct edges edges = edges_from(session.table, e->service);

	for (int i = 0; i < EDGES_LOOKED_AT && edges.at < edges.end;
	     i++, edges.at++) {
		enum edge_kind kind = edge_kind(*edges.at);
		uint32_t other = edge_service(*edges.at);

		if (edge_met(kind, phase_at(other, k)))
			continue;
		out_texts(out,
		          kind == EDGE_CONFLICTS ? "; conflicts with "
		          : kind == EDGE_WANTS || kind == EDGE_AFTER
		                  ? "; waits for "
		                  : "; needs ",
		          table_name(session.table, other), NULL);
		return;
	}
}

/* The last event of a neighbour by one of these edges, before event k and since
 * this service's own last event. */
static bool trigger(uint32_t k, const struct event *e, struct edges edges,
                    struct event *found)
{
	for (int back = 0; back < LEDGER_EVENTS && event_at(--k, found) &&
	                   found->kind == EVENT_STATE &&
	                   found->service != e->service;
	     back++) {
		struct edges at = edges;

		for (int i = 0; i < EDGES_LOOKED_AT && at.at < at.end;
		     i++, at.at++)
			if (edge_service(*at.at) == found->service &&
			    edge_moves(edge_kind(*at.at)))
				return true;
	}
	return false;
}

/* Writes that event of a neighbour; without one, these words. */
static void why_trigger(struct out *out, uint32_t k, const struct event *e,
                        struct edges edges, const char *otherwise)
{
	struct event found;

	if (trigger(k, e, edges, &found))
		out_texts(out, table_name(session.table, found.service), " is ",
		          state_label[found.to], NULL);
	else
		out_text(out, otherwise);
}

/* It has to go down: by its target, or with a service that it binds to. */
static void why_unkept(struct out *out, uint32_t k, const struct event *e)
{
	if (has_facts(e, FACT_WANTED))
		why_trigger(out, k, e, edges_from(session.table, e->service),
		            "what it binds to is not up");
	else
		why_asked(out, e);
}

static union ending event_ending(const struct event *e)
{
	return (union ending){ .code = e->code, .status = e->status };
}

/* The event says how the process ended. Which step of a start failed is only in
 * the record, and only until the next transition. */
static void why_ended(struct out *out, const struct event *e)
{
	struct record r = session_record(e->service);

	if (r.failure != 0 && r.phase.state == e->to)
		failure_write(out, e->service, &r);
	else if (e->code != 0)
		exit_write(out, event_ending(e));
	else
		out_text(out, "its process has ended");
}

static void why_up(struct out *out, uint32_t k, const struct event *e)
{
	if (e->from == STATE_STARTING)
		out_text(out, "ready");
	else if (e->from == STATE_SETTING_UP)
		out_text(out, "set-up done");
	else if (e->from == STATE_WAITING_TO_STOP)
		out_text(out, "wanted again");
	else
		why_trigger(out, k, e, edges_from(session.table, e->service),
		            "may start");
}

static void why_waiting(struct out *out, uint32_t k, const struct event *e)
{
	if (e->from == STATE_RETRYING && has_facts(e, FACT_LATE))
		out_text(out, "next attempt");
	else
		why_asked(out, e);
	if (!has_facts(e, FACT_MAY_START))
		why_unmet(out, k, e);
}

static void why_may_stop(struct out *out, uint32_t k, const struct event *e)
{
	why_trigger(out, k, e, edges_to(session.table, e->service), "may stop");
}

/* The start has failed: by its time, or by the command of .started, which is only
 * in the record, and only until the next transition. */
static void why_not_ready(struct out *out, const struct event *e)
{
	struct table_service s = table_service_read(session.table, e->service);
	struct record r = session_record(e->service);

	if (s.started.kind == ACTION_NONE)
		out_text(out, "timed out: not ready");
	else if (r.phase.state == e->to)
		out_text(out, failure_step(r.failure) == STEP_STARTED
		                      ? "the command of .started has failed"
		                      : "timed out: not ready, or its command "
		                        "of .started has not ended");
	else
		out_text(out, "timed out, or the command of .started has "
		              "failed");
}

/* The last check that failed is in the ledger only until the next one. */
static void why_unhealthy(struct out *out, const struct event *e)
{
	struct record r = session_record(e->service);
	struct health h;

	out_text(out, "unhealthy");
	if (!session_health(e->service, &r, &h) || h.state < HEALTH_UNHEALTHY)
		return;
	out_text(out, ": ");
	out_foreign(out, h.reason);
}

static void why_health(struct out *out, const struct event *e)
{
	if (e->status >= HEALTH_UNHEALTHY)
		why_unhealthy(out, e);
	else
		out_text(out, e->status == HEALTH_HEALTHY
		                      ? "healthy"
		                      : "not known to be healthy");
}

static void why_stopping(struct out *out, uint32_t k, const struct event *e)
{
	if (has_facts(e, FACT_LOST) || has_facts(e, FACT_ENDED))
		out_text(out, "its program has ended");
	else if (e->from == STATE_DRAINING)
		out_text(out, "timed out: its log pipe is not read");
	else if (e->from == STATE_WAITING_TO_STOP)
		why_may_stop(out, k, e);
	else if (!has_facts(e, FACT_KEPT))
		why_unkept(out, k, e);
	else if (e->from == STATE_UP && has_facts(e, FACT_UNHEALTHY))
		why_unhealthy(out, e);
	else if (e->from == STATE_UP)
		out_text(out, "no sign of life");
	else if (e->from == STATE_SETTING_UP)
		out_text(out, "set-up timed out");
	else
		why_not_ready(out, e);
}

/* To a state without a process. */
static void why_down(struct out *out, const struct event *e)
{
	switch ((enum state)e->from) {
	case STATE_CLEANING_UP:
		out_text(out, "clean-up done");
		return;
	case STATE_DOWN:
	case STATE_WAITING_TO_START:
	case STATE_RETRYING:
	case STATE_FAILED:
	case STATE_SKIPPED:
		why_asked(out, e);
		return;
	case STATE_SETTING_UP:
		if (!has_facts(e, FACT_ENDED))
			why_asked(out, e);
		else
			why_ended(out, e);
		return;
	case STATE_UP:
		out_text(out, has_facts(e, FACT_DONE) ? "done: " : "");
		why_ended(out, e);
		return;
	case STATE_STARTING:
	case STATE_WAITING_TO_STOP:
	case STATE_DRAINING:
	case STATE_STOPPING:
	case STATE_FORCE_DOWN:
	case STATE_CANNOT_STOP:
	case STATES:
		why_ended(out, e);
		return;
	}
}

static void why_reload(struct out *out, const struct event *e)
{
	if (exit_is_success(event_ending(e))) {
		out_text(out, "reloaded");
		return;
	}
	out_text(out, ".reload ");
	why_ended(out, e);
}

/* Writes why event k, of which *e is a copy, happened. */
void why_write(struct out *out, uint32_t k, const struct event *e)
{
	if (e->kind == EVENT_RELOAD) {
		why_reload(out, e);
		return;
	}
	if (e->kind == EVENT_SWAP) {
		out_text(out, "its next process is ready, and serves; the "
		              "former one is stopped");
		return;
	}
	if (e->kind == EVENT_HEALTH) {
		why_health(out, e);
		return;
	}
	switch ((enum state)e->to) {
	case STATE_WAITING_TO_START:
		why_waiting(out, k, e);
		return;
	case STATE_SETTING_UP:
	case STATE_STARTING:
	case STATE_UP:
		if (e->from == STATE_SETTING_UP)
			out_text(out, "set-up done");
		else
			why_up(out, k, e);
		return;
	case STATE_WAITING_TO_STOP:
		why_unkept(out, k, e);
		return;
	case STATE_DRAINING:
		why_may_stop(out, k, e);
		return;
	case STATE_STOPPING:
		why_stopping(out, k, e);
		return;
	case STATE_FORCE_DOWN:
		out_text(out, e->from == STATE_CLEANING_UP
		                      ? "clean-up timed out"
		                      : "timed out: did not stop");
		return;
	case STATE_CANNOT_STOP:
		out_text(out, "does not die of SIGKILL");
		return;
	case STATE_DOWN:
	case STATE_CLEANING_UP:
	case STATE_RETRYING:
	case STATE_FAILED:
	case STATE_SKIPPED:
		why_down(out, e);
		return;
	case STATES:
		return;
	}
}
