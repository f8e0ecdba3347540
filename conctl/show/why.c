/* SPDX-License-Identifier: MIT */
/* Why a transition happened, in a few words: from the facts that it was made
 * of and, for its neighbours, from the events before it. Knows no terminal. */
#include "conctl/conctl.h"

enum { EDGES_LOOKED_AT = 64 }; /* a word is not worth more than that */

static bool fact(const struct event *e, uint32_t facts)
{
	return (e->facts & facts) == facts;
}

static void asked_write(struct out *out, const struct event *e)
{
	static const char *const words[TARGETS] = {
		[TARGET_DOWN] = "asked down",
		[TARGET_UP] = "asked up",
		[TARGET_RESTART] = "asked to restart",
		[TARGET_ONCE] = "asked up once",
	};

	out_text(out, words[e->target]);
}

/* In which state that one was at event k: it left it at its next event, or is
 * in it still. */
static union phase phase_at(uint32_t service, uint32_t k)
{
	union phase phase = session_record(service).phase;
	struct event e;

	uint32_t end = events_now(), missed = 0;

	for (k++; event_next(&k, end, &e, &missed);) {
		if (e.service != service || e.kind != EVENT_STATE)
			continue;
		phase.state = e.from;
		break;
	}
	return phase;
}

/* What it had to wait for then. */
static void unmet_write(struct out *out, uint32_t k, const struct event *e)
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

/* The last that happened, before event k and since this service's own last
 * one, to anybody at the other end of these edges. */
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
			    edge_kind(*at.at) != EDGE_GROUPS &&
			    edge_kind(*at.at) != EDGE_LENT)
				return true;
	}
	return false;
}

static void trigger_write(struct out *out, uint32_t k, const struct event *e,
                          struct edges edges, const char *otherwise)
{
	struct event found;

	if (trigger(k, e, edges, &found))
		out_texts(out, table_name(session.table, found.service), " is ",
		          state_label[found.to], NULL);
	else
		out_text(out, otherwise);
}

/* It has to go: by its target, or with what it binds to. */
static void unkept_write(struct out *out, uint32_t k, const struct event *e)
{
	if (fact(e, FACT_WANTED))
		trigger_write(out, k, e, edges_from(session.table, e->service),
		              "what it binds to is not up");
	else
		asked_write(out, e);
}

/* The event says how; which step it was only the record does, and only while
 * nothing has happened since. */
static void end_write(struct out *out, const struct event *e)
{
	struct record r = session_record(e->service);

	if (r.failure != 0 && r.phase.state == e->to)
		failure_write(out, e->service, &r);
	else if (e->code != 0)
		exit_write(out, (union ending){ .code = e->code,
		                                .status = e->status });
	else
		out_text(out, "its process has ended");
}

static void up_write(struct out *out, uint32_t k, const struct event *e)
{
	if (e->from == STATE_STARTING)
		out_text(out, "ready");
	else if (e->from == STATE_SETTING_UP)
		out_text(out, "set-up done");
	else if (e->from == STATE_WAITING_TO_STOP)
		out_text(out, "wanted again");
	else
		trigger_write(out, k, e, edges_from(session.table, e->service),
		              "may start");
}

static void wait_write(struct out *out, uint32_t k, const struct event *e)
{
	if (e->from == STATE_RETRYING && fact(e, FACT_LATE))
		out_text(out, "next attempt");
	else
		asked_write(out, e);
	if (!fact(e, FACT_MAY_START))
		unmet_write(out, k, e);
}

static void stopping_write(struct out *out, uint32_t k, const struct event *e)
{
	if (fact(e, FACT_LOST) || fact(e, FACT_ENDED))
		out_text(out, "its program has ended");
	else if (e->from == STATE_WAITING_TO_STOP)
		trigger_write(out, k, e, edges_to(session.table, e->service),
		              "may stop");
	else if (!fact(e, FACT_KEPT))
		unkept_write(out, k, e);
	else
		out_text(out, e->from == STATE_SETTING_UP
		                      ? "set-up timed out"
		                      : "timed out: not ready");
}

/* To a state without a process. */
static void left_write(struct out *out, const struct event *e)
{
	switch ((enum state)e->from) {
	case STATE_CLEANING_UP:
		out_text(out, "clean-up done");
		return;
	case STATE_DOWN:
	case STATE_WAITING_TO_START:
	case STATE_RETRYING:
	case STATE_FAILED:
		asked_write(out, e);
		return;
	case STATE_SETTING_UP:
		if (!fact(e, FACT_ENDED))
			asked_write(out, e);
		else
			end_write(out, e);
		return;
	case STATE_UP:
		out_text(out, fact(e, FACT_DONE) ? "done: " : "");
		end_write(out, e);
		return;
	case STATE_STARTING:
	case STATE_WAITING_TO_STOP:
	case STATE_STOPPING:
	case STATE_FORCE_DOWN:
	case STATE_CANNOT_STOP:
	case STATES:
		end_write(out, e);
		return;
	}
}

static void reload_write(struct out *out, const struct event *e)
{
	if (e->code == ENDING_EXITED && e->status == 0) {
		out_text(out, "reloaded");
		return;
	}
	out_text(out, ".reload ");
	end_write(out, e);
}

void why_write(struct out *out, uint32_t k, const struct event *e)
{
	if (e->kind == EVENT_RELOAD) {
		reload_write(out, e);
		return;
	}
	switch ((enum state)e->to) {
	case STATE_WAITING_TO_START:
		wait_write(out, k, e);
		return;
	case STATE_SETTING_UP:
	case STATE_STARTING:
	case STATE_UP:
		if (e->from == STATE_SETTING_UP)
			out_text(out, "set-up done");
		else
			up_write(out, k, e);
		return;
	case STATE_WAITING_TO_STOP:
		unkept_write(out, k, e);
		return;
	case STATE_STOPPING:
		stopping_write(out, k, e);
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
		left_write(out, e);
		return;
	case STATES:
		return;
	}
}
