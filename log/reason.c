/* SPDX-License-Identifier: MIT */
/* Why a transition happened, in a few words: from its facts and, for what its
 * neighbours did, from the events before it. `conctl events` has longer words,
 * which need the present records; these are written down once and have to stay
 * true. Knows no file. */
#include "log/reason.h"

#include "log/source.h"
#include "model/graph.h"
#include "model/said.h"
#include "model/text.h"

/* A few words are not worth a longer search. */
enum { EDGES_LOOKED_AT = 64 };

static char *put(char *to, const char *text)
{
	while (*text != '\0')
		*to++ = *text++;
	*to = '\0';
	return to;
}

static bool has(const struct event *e, uint32_t facts)
{
	return (e->facts & facts) == facts;
}

static void asked(char *to, const struct event *e)
{
	static const char *const words[TARGETS] = {
		[TARGET_DOWN] = "asked down",
		[TARGET_UP] = "asked up",
		[TARGET_RESTART] = "asked to restart",
		[TARGET_ONCE] = "asked up once",
	};

	(void)put(to, words[e->target]);
}

static void ended(char *to, const struct event *e)
{
	struct digits d;

	if (e->code == 0) {
		(void)put(to, "its process has ended");
		return;
	}
	to = put(to, e->code == ENDING_EXITED ? "exited with "
	             : e->status < 32         ? "killed by SIG"
	                                      : "killed by signal ");
	to = put(to, e->code == ENDING_EXITED
	                     ? text_number(&d, e->status)
	                     : text_signal(&d, e->status));
	if (e->code == ENDING_DUMPED)
		(void)put(to, " (core dumped)");
}

static bool is_neighbour(uint32_t service, struct edges edges)
{
	for (int i = 0; i < EDGES_LOOKED_AT && edges.at < edges.end;
	     i++, edges.at++)
		if (edge_service(*edges.at) == service &&
		    edge_moves(edge_kind(*edges.at)))
			return true;
	return false;
}

/* The last event of a neighbour by one of these edges, since this service's own
 * last event; without one, these words. */
static void neighbour(char *to, uint32_t k, const struct event *e,
                      struct edges edges, const char *otherwise)
{
	struct event found;

	while (source_event(--k, &found) && found.kind == EVENT_STATE &&
	       found.service != e->service)
		if (is_neighbour(found.service, edges)) {
			to = put(to, table_name(ledger_table(source),
			                        found.service));
			to = put(to, " is ");
			(void)put(to, state_label[found.to]);
			return;
		}
	(void)put(to, otherwise);
}

static void down_with(char *to, uint32_t k, const struct event *e)
{
	if (has(e, FACT_WANTED))
		neighbour(to, k, e,
		          edges_from(ledger_table(source), e->service),
		          "what it binds to is not up");
	else
		asked(to, e);
}

static void stops(char *to, uint32_t k, const struct event *e)
{
	if (has(e, FACT_LOST) || has(e, FACT_ENDED))
		(void)put(to, "its program has ended");
	else if (e->from == STATE_DRAINING)
		(void)put(to, "timed out: its log pipe is not read");
	else if (e->from == STATE_WAITING_TO_STOP)
		neighbour(to, k, e, edges_to(ledger_table(source), e->service),
		          "may stop");
	else if (!has(e, FACT_KEPT))
		down_with(to, k, e);
	else if (e->from == STATE_UP)
		(void)put(to, has(e, FACT_UNHEALTHY) ? "unhealthy"
		                                     : "no sign of life");
	else
		(void)put(to, e->from == STATE_SETTING_UP
		                      ? "set-up timed out"
		                      : "timed out: not ready");
}

static void rises(char *to, uint32_t k, const struct event *e)
{
	if (e->from == STATE_SETTING_UP)
		(void)put(to, "set-up done");
	else if (e->from == STATE_STARTING)
		(void)put(to, "ready");
	else if (e->from == STATE_WAITING_TO_STOP)
		(void)put(to, "wanted again");
	else
		neighbour(to, k, e,
		          edges_from(ledger_table(source), e->service),
		          "may start");
}

/* To a state without a process. */
static void rests(char *to, const struct event *e)
{
	if (e->from == STATE_CLEANING_UP)
		(void)put(to, "clean-up done");
	else if (has(e, FACT_SKIP) && e->to == STATE_SKIPPED)
		(void)put(to, "a condition of .only_if does not hold");
	else if (has(e, FACT_ENDED) || state_active((enum state)e->from))
		ended(put(to, has(e, FACT_DONE) ? "done: " : ""), e);
	else
		asked(to, e);
}

static void not_a_transition(char *to, const struct event *e)
{
	if (e->kind == EVENT_RELOAD)
		ended(put(to, ".reload "), e);
	else if (e->kind == EVENT_SWAP)
		(void)put(to, "its next process is ready, and serves");
	else
		(void)put(to, e->status >= HEALTH_UNHEALTHY ? "unhealthy"
		              : e->status == HEALTH_HEALTHY
		                      ? "healthy"
		                      : "not known to be healthy");
}

/* Writes why event k, of which *e is a copy, happened, and NUL. The ledger has to
 * be mapped. */
void reason_write(char to[REASON_BYTES], uint32_t k, const struct event *e)
{
	to[0] = '\0';
	if (e->kind != EVENT_STATE) {
		not_a_transition(to, e);
		return;
	}
	switch ((enum state)e->to) {
	case STATE_WAITING_TO_START:
		if (e->from == STATE_RETRYING && has(e, FACT_LATE))
			(void)put(to, "next attempt");
		else
			asked(to, e);
		return;
	case STATE_SETTING_UP:
	case STATE_STARTING:
	case STATE_UP:
		rises(to, k, e);
		return;
	case STATE_WAITING_TO_STOP:
		down_with(to, k, e);
		return;
	case STATE_DRAINING:
		neighbour(to, k, e, edges_to(ledger_table(source), e->service),
		          "may stop");
		return;
	case STATE_STOPPING:
		stops(to, k, e);
		return;
	case STATE_FORCE_DOWN:
		(void)put(to, e->from == STATE_CLEANING_UP
		                      ? "clean-up timed out"
		                      : "timed out: did not stop");
		return;
	case STATE_CANNOT_STOP:
		(void)put(to, "does not die of SIGKILL");
		return;
	case STATE_DOWN:
	case STATE_CLEANING_UP:
	case STATE_RETRYING:
	case STATE_FAILED:
	case STATE_SKIPPED:
		rests(to, e);
		return;
	case STATES:
		return;
	}
}
