/* SPDX-License-Identifier: MIT */
/* Why a service is in its state, in a few words: from its record, its entry in
 * the table and its neighbours. Knows no terminal. */
#include "conctl/show/reason.h"

#include "conctl/base/out.h"
#include "conctl/base/time.h"
#include "conctl/session/mapping.h"
#include "conctl/session/members.h"
#include "conctl/session/record.h"
#include "conctl/show/ending.h"
#include "conctl/show/health.h"
#include "model/clock.h"
#include "model/text.h"
#include "model/words.h"
#include "sys/clock.h"

enum { MEMBERS_NAMED = 3 };

static const char *name_of(uint32_t service)
{
	return table_name(session.table, service);
}

/* How long it still takes until a service that is up counts, by .settle; 0: it
 * counts. */
static uint64_t settles_in_ms(uint32_t i, const struct record *r)
{
	uint64_t now = clock_now_ms();
	uint64_t at = clock_settles(table_service(session.table, i), r->phase,
	                            now);

	return r->phase.state == STATE_UP && at > now && record_has_time(r)
	               ? at - now
	               : 0;
}

/* The first edge that keeps a service from starting: its kind, and the service
 * at its other end. False: none does. */
bool reason_unmet(uint32_t i, enum edge_kind *kind, uint32_t *other)
{
	struct record r;

	for (struct edges e = edges_from(session.table, i); e.at < e.end;
	     e.at++) {
		*kind = edge_kind(*e.at);
		*other = edge_service(*e.at);
		r = session_record(*other);
		if (!edge_met(*kind, phase_seen(r.phase,
		                                settles_in_ms(*other, &r) == 0)))
			return true;
	}
	return false;
}

/* What a service waits for that waits itself: the last of the chain, which does
 * not wait. TABLE_NONE: it does not wait. */
static uint32_t root_of_wait(uint32_t i)
{
	uint32_t root = TABLE_NONE, other;
	enum edge_kind kind;

	for (uint32_t k = 0; k < session.table->services; k++) {
		if (session_record(i).phase.state != STATE_WAITING_TO_START ||
		    !reason_unmet(i, &kind, &other))
			break;
		root = i = other;
	}
	return root;
}

/* It waits for services to come, and for those in conflict with it to go. */
static void reason_to_start(struct out *out, uint32_t i)
{
	enum edge_kind kind;
	uint32_t other, root;
	uint64_t settles;
	struct record r;

	if (!reason_unmet(i, &kind, &other))
		return;
	r = session_record(other);
	settles = settles_in_ms(other, &r);
	out_texts(out, "waiting for ", name_of(other),
	          kind == EDGE_CONFLICTS ? " to go down" : "", " (",
	          state_label[r.phase.state], NULL);
	if (settles > 0 && kind != EDGE_CONFLICTS) {
		out_text(out, ", counts as such in ");
		span_write(out, settles);
	}
	out_text(out, ")");
	root = root_of_wait(other);
	if (root != TABLE_NONE)
		out_texts(out, ", and that for ", name_of(root), " (",
		          state_label[session_record(root).phase.state], ")",
		          NULL);
}

static void reason_to_stop(struct out *out, uint32_t i)
{
	struct edges e = edges_to(session.table, i);

	for (; e.at < e.end; e.at++) {
		uint32_t other = edge_service(*e.at);

		if (!edge_holds(edge_kind(*e.at),
		                session_record(other).phase))
			continue;
		if (edge_kind(*e.at) == EDGE_LENT)
			out_texts(out, name_of(other),
			          " logs to it until it is restarted", NULL);
		else
			out_texts(out, "waiting for ", name_of(other),
			          " to stop", NULL);
		return;
	}
}

static void reason_retrying(struct out *out, uint32_t i, const struct record *r)
{
	const struct table_profile *p = session_profile(i);
	uint64_t now = clock_now_ms(),
		 due = clock_runs_out(p, r->phase, 0, now);

	out_text(out, "retry");
	if (due != NEVER_MS) {
		out_text(out, " in ");
		span_write(out, due > now ? due - now : 0);
	}
	out_text(out, " (attempt ");
	out_number(out, r->phase.attempt + 1);
	if (p->retry_attempts != 0) {
		out_text(out, " of ");
		out_number(out, p->retry_attempts);
	}
	out_text(out, ")");
	if (r->failure == 0 && r->life.exits == 0)
		return;
	out_text(out, ": ");
	ending_write(out, i, r);
}

/* How the last check has failed. */
static void reason_check(struct out *out, uint32_t i, const struct record *r)
{
	struct health h;

	if (!session_health(i, r, &h) || h.reason[0] == '\0')
		return;
	out_text(out, ": ");
	out_foreign(out, h.reason);
}

/* What it waits for before it is ready. */
static void reason_starting(struct out *out, uint32_t i, const struct record *r)
{
	static const char *const missing[] = {
		[READY_KIND_AT_ONCE] = "",
		[READY_KIND_NOTIFY] = "not ready yet: waiting for conctl ready",
		[READY_KIND_DAEMONIZE] = "not ready yet: waiting for it to "
					 "become a daemon",
		[READY_KIND_FD] = "not ready yet: waiting for a newline on "
				  "its descriptor",
		[READY_KIND_SD_NOTIFY] = "not ready yet: waiting for READY=1",
		[READY_KIND_CHECK] = "not ready yet: no check has succeeded",
	};
	const struct table_service *s = table_service(session.table, i);
	struct table_list rest = s->words;
	const char *bus = word_next(session.table, &rest, WORD_BUS);

	if (r->life.pid == 0)
		out_text(out, "waiting for room to start its process");
	else if (r->helper > 0 && !session_checks(i, r))
		out_text(out, "running its .started command");
	else if (bus != NULL)
		out_texts(out, "not ready yet: waiting for ", bus + 1,
		          *bus == 's' ? " on the bus of the session"
		                      : " on the bus of the system", NULL);
	else
		out_text(out, missing[s->ready]);
	if (r->life.pid != 0 && s->ready == READY_KIND_CHECK)
		reason_check(out, i, r);
}

/* A group is up before its members are. */
static void reason_members(struct out *out, uint32_t i)
{
	const uint32_t *member;
	uint32_t count = members_of(i, &member), named = 0;

	for (uint32_t k = 0; k < count && named <= MEMBERS_NAMED; k++) {
		if (!member_is_missing(member[k]))
			continue;
		if (named++ == MEMBERS_NAMED)
			out_text(out, " and others");
		else
			out_texts(out, named > 1 ? ", " : "members not up: ",
			          name_of(member[k]), " (",
			          state_label[session_record(member[k])
			                              .phase.state],
			          ")", NULL);
	}
	if (named > 0)
		out_text(out, "; ");
}

/* A writer hangs when the pipe of a logger that does not run is full. */
static void reason_log(struct out *out, uint32_t i)
{
	const struct table_service *s = table_service(session.table, i);
	enum state state;

	if (s->log_kind != LOG_KIND_TO)
		return;
	state = session_record(s->log_at).phase.state;
	if (state == STATE_DOWN || state == STATE_FAILED)
		out_texts(out, "nobody reads its log: ", name_of(s->log_at),
		          " (", state_label[state], "); ", NULL);
}

/* Each of what is to be said ends with "; ". */
static void reason_up(struct out *out, uint32_t i, const struct record *r)
{
	uint64_t settles = settles_in_ms(i, r);
	uint32_t begin = out->used;

	uint32_t health;

	if (r->helper > 0 && !session_checks(i, r))
		out_text(out, "reloading; ");
	health = out->used;
	health_complain(out, i, r);
	out_text(out, out->used > health ? "; " : "");
	if (r->phase.stale)
		out_text(out, "stale; ");
	if (settles > 0) {
		out_text(out, "counts as up in ");
		span_write(out, settles);
		out_text(out, "; ");
	}
	reason_members(out, i);
	reason_log(out, i);
	if (out->used > begin)
		out->used -= 2;
}

/* What it waits for before it has stopped. */
static void reason_stopping(struct out *out, uint32_t i,
                            const struct record *r)
{
	if (r->helper > 0 && !session_checks(i, r))
		out_text(out, "running its .stop command");
	else if (r->phase.asked)
		out_text(out, "its .stop command has ended; waiting for its "
		              "process to end");
	else
		out_text(out, "waiting for its process to end");
}

/* How it went down by itself. If it was brought down, its last end says
 * little. */
static void reason_down(struct out *out, uint32_t i, const struct record *r)
{
	if (target_wanted(r->phase.target) || r->life.pid != 0)
		return;
	if (r->failure != 0 || (r->ending.code != 0 &&
	                        r->ending.state != STATE_DRAINING &&
	                        r->ending.state != STATE_STOPPING &&
	     r->ending.state != STATE_FORCE_DOWN &&
	     r->ending.state != STATE_CLEANING_UP))
		ending_write(out, i, r);
}

static void state_reason(struct out *out, uint32_t i, const struct record *r)
{
	switch ((enum state)r->phase.state) {
	case STATE_DOWN:
		reason_down(out, i, r);
		return;
	case STATE_WAITING_TO_START:
		reason_to_start(out, i);
		return;
	case STATE_SETTING_UP:
		out_text(out, "running its set-up");
		return;
	case STATE_STARTING:
		reason_starting(out, i, r);
		return;
	case STATE_UP:
		reason_up(out, i, r);
		return;
	case STATE_WAITING_TO_STOP:
		reason_to_stop(out, i);
		return;
	case STATE_DRAINING:
		out_text(out, "waiting for it to read its log pipe to the "
		              "end");
		return;
	case STATE_STOPPING:
		reason_stopping(out, i, r);
		return;
	case STATE_CLEANING_UP:
		out_text(out, "running its clean-up");
		return;
	case STATE_RETRYING:
		reason_retrying(out, i, r);
		return;
	case STATE_FAILED:
	case STATE_SKIPPED:
		ending_write(out, i, r);
		return;
	case STATE_FORCE_DOWN:
		out_text(out, "killed; waiting for its end");
		return;
	case STATE_CANNOT_STOP:
		out_text(out, "its process was killed and does not end");
		return;
	case STATES:
		return;
	}
}

/* Adds what it has said of that, behind what there is from `begin` on. */
static void add_said(struct out *out, uint32_t begin, const char *of,
                     const char *text)
{
	if (text[0] == '\0')
		return;
	out_texts(out, out->used > begin ? "; " : "", of, NULL);
	out_foreign(out, text);
}

/* The state, and what the service says of itself, in its words. */
static void reason_said(struct out *out, uint32_t i, const struct record *r)
{
	uint32_t begin = out->used;
	struct said said;
	uint64_t number;
	struct digits d;

	state_reason(out, i, r);
	if (!session_said(i, r, &said))
		return;
	if (text_equal(said.stopping, "1") && r->phase.state == STATE_UP)
		add_said(out, begin, "it is ", "stopping by itself");
	if (said.reload_us != 0 && r->phase.state == STATE_UP)
		add_said(out, begin, "it is ", "reloading");
	add_said(out, begin, "it says: ", said.status);
	add_said(out, begin, "errno ", said.error);
	if (text_to_number(said.error, INT32_MAX, &number))
		out_texts(out, " (", text_error(&d, (int)number), ")", NULL);
	add_said(out, begin, "exit status ", said.exit);
}

/* Writes why a service is in its state, or nothing if the state says all. `out`
 * has to be a buffer. */
void reason_write(struct out *out, uint32_t i, const struct record *r)
{
	uint32_t end;

	if (!table_service(session.table, i)->gone) {
		reason_said(out, i, r);
		return;
	}
	out_text(out, "removed from the configuration; is being stopped: ");
	end = out->used;
	reason_said(out, i, r);
	if (out->used == end)
		out->used -= 2; /* no more to say: without the ": " */
}
