/* SPDX-License-Identifier: MIT */
/* Why a service is in its state, in a few words, from its record, its table
 * entry and its neighbours. Knows no terminal. */
#include "conctl/conctl.h"
#include "model/step.h"
#include "model/world.h"

static const char *name_of(uint32_t service)
{
	return table_name(session.table, service);
}

static const struct table_profile *profile_of(uint32_t service)
{
	return table_profile(session.table,
	                     table_service(session.table, service)->profile);
}

static const struct {
	uint64_t below_ms, unit_ms;
	const char *letter, *word;
} units[] = {
	{ 60000, 1000, "s", " s" },
	{ 3600000, 60000, "m", " min" },
	{ 86400000, 3600000, "h", " h" },
	{ UINT64_MAX, 86400000, "d", " d" },
};

enum { UNITS = sizeof(units) / sizeof(units[0]) };

/* Below ten seconds a tenth matters. Returns the row of the unit. */
static uint32_t count_write(struct out *out, uint64_t ms)
{
	uint32_t k = 0;

	while (k < UNITS - 1 && ms >= units[k].below_ms)
		k++;
	out_number(out, (int64_t)(ms / units[k].unit_ms));
	if (ms < 10000) {
		out_text(out, ".");
		out_number(out, (int64_t)(ms % 1000 / 100));
	}
	return k;
}

void duration_write(struct out *out, uint64_t ms)
{
	out_text(out, units[count_write(out, ms)].letter);
}

void span_write(struct out *out, uint64_t ms)
{
	out_text(out, units[count_write(out, ms)].word);
}

/* What was to be run in that state. */
static const struct table_action *action_in(const struct table_service *s,
                                            enum state state)
{
	switch (state) {
	case STATE_SETTING_UP:
		return &s->setup;
	case STATE_CLEANING_UP:
		return &s->cleanup;
	case STATE_DOWN:
	case STATE_WAITING_TO_START:
	case STATE_STARTING:
	case STATE_UP:
	case STATE_WAITING_TO_STOP:
	case STATE_STOPPING:
	case STATE_RETRYING:
	case STATE_FAILED:
	case STATE_FORCE_DOWN:
	case STATE_CANNOT_STOP:
	case STATES:
		break;
	}
	return &s->run;
}

/* What the step was about, or NULL. */
static const char *step_object(uint32_t i, enum step step, enum state state)
{
	const struct table *t = session.table;
	const struct table_service *s = table_service(t, i);
	const struct table_action *a = action_in(s, state);

	if (step == STEP_EXEC && a->kind == ACTION_EXEC)
		return table_text(t, table_list(t, a->at)[0]);
	if (step == STEP_LOG && s->log_kind == LOG_KIND_FILE)
		return table_text(t, s->log_at);
	if (step == STEP_CHDIR && profile_of(i)->chdir != TABLE_NONE)
		return table_text(t, profile_of(i)->chdir);
	if (step == STEP_CHROOT && profile_of(i)->chroot != TABLE_NONE)
		return table_text(t, profile_of(i)->chroot);
	if (step == STEP_CGROUP && profile_of(i)->cgroup != TABLE_NONE)
		return table_text(t, profile_of(i)->cgroup);
	return NULL;
}

void failure_write(struct out *out, uint32_t i, const struct record *r)
{
	uint32_t step = r->failure >> 16;
	enum state state = r->ending.code != 0 ? (enum state)r->ending.state
	                                       : (enum state)r->phase.state;
	const char *object;
	struct digits d;

	out_text(out, step < STEPS ? step_label[step] : "an unknown step");
	object = step_object(i, (enum step)step, state);
	if (object != NULL)
		out_texts(out, " ", object, NULL);
	out_texts(out, ": ", text_error(&d, (int)(r->failure & 0xffff)), NULL);
}

void exit_write(struct out *out, union ending e)
{
	struct digits d;

	if (e.code == ENDING_EXITED) {
		out_text(out, "exited with ");
		out_number(out, e.status);
		return;
	}
	out_texts(out, "killed by ", e.status < 32 ? "SIG" : "signal ",
	          text_signal(&d, e.status), NULL);
	if (e.code == ENDING_DUMPED)
		out_text(out, " (core dumped)");
}

/* It was stopped although it was wanted, and never got up. Under a guard, one
 * that ends before its time leaves others that are stopped. */
static bool was_late(uint32_t i, const struct record *r)
{
	const struct table_profile *p = profile_of(i);
	bool stopped = r->ending.state == STATE_STOPPING ||
	               r->ending.state == STATE_FORCE_DOWN;

	return r->phase.fault && stopped && r->up_ms < r->wanted_ms &&
	       (r->start_took_ms >= p->max_ready_ms ||
	        r->setup_took_ms >= p->max_setup_ms);
}

void ending_write(struct out *out, uint32_t i, const struct record *r)
{
	if (r->failure != 0) {
		failure_write(out, i, r);
		return;
	}
	if (r->ending.code == 0) {
		if (r->life.exits > 0)
			out_text(out, "ended, it is not known how");
		return;
	}
	if (was_late(i, r))
		out_text(out, "took too long to start, ");
	if (r->ending.state == STATE_SETTING_UP)
		out_text(out, "set-up ");
	if (r->ending.state == STATE_CLEANING_UP)
		out_text(out, "clean-up ");
	exit_write(out, r->ending);
}

bool reason_unmet(uint32_t i, enum edge_kind *kind, uint32_t *other)
{
	for (struct edges e = edges_from(session.table, i); e.at < e.end;
	     e.at++) {
		*kind = edge_kind(*e.at);
		*other = edge_service(*e.at);
		if (!edge_met(*kind, session_record(*other).phase))
			return true;
	}
	return false;
}

/* Some things are waited for to come, one to go. */
static void unmet_write(struct out *out, uint32_t i)
{
	enum edge_kind kind;
	uint32_t other;

	if (!reason_unmet(i, &kind, &other))
		return;
	out_texts(out, "waiting for ", name_of(other),
	          kind == EDGE_CONFLICTS ? " to be out of the way" : "", " (",
	          state_label[session_record(other).phase.state], ")", NULL);
}

static void holder_write(struct out *out, uint32_t i)
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

static void retry_write(struct out *out, uint32_t i, const struct record *r)
{
	const struct table_profile *p = profile_of(i);
	uint64_t now = now_ms(), due = clock_runs_out(p, r->phase, 0, now);

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

/* What has to happen before it counts as up. */
static void unready_write(struct out *out, uint32_t i, const struct record *r)
{
	static const char *const missing[] = {
		[READY_KIND_AT_ONCE] = "",
		[READY_KIND_NOTIFY] = "not ready yet: waiting for conctl ready",
		[READY_KIND_DAEMONIZE] = "not ready yet: waiting for it to "
		                         "become a daemon",
		[READY_KIND_FD] = "not ready yet: waiting for a newline on "
		                  "its descriptor",
	};

	if (r->life.pid == 0)
		out_text(out, "waiting for room to start a process");
	else
		out_text(out, missing[table_service(session.table, i)->ready]);
}

static void up_write(struct out *out, const struct record *r)
{
	if (r->helper > 0)
		out_text(out, "reloading");
	if (r->phase.stale)
		out_texts(out, r->helper > 0 ? "; " : "", "stale", NULL);
}

/* What it waits for until it has stopped. */
static void stopping_write(struct out *out, const struct record *r)
{
	if (r->helper > 0)
		out_text(out, "running its .stop command");
	else if (r->phase.asked)
		out_text(out, "its .stop command has ended; waiting for its "
		              "process to end");
	else
		out_text(out, "waiting for its process to end");
}

/* It went down by itself; if it was brought down, how it ended says little. */
static void rest_write(struct out *out, uint32_t i, const struct record *r)
{
	if (target_wanted(r->phase.target) || r->life.pid != 0)
		return;
	if (r->failure != 0 || (r->ending.code != 0 &&
	                        r->ending.state != STATE_STOPPING &&
	                        r->ending.state != STATE_FORCE_DOWN &&
	                        r->ending.state != STATE_CLEANING_UP))
		ending_write(out, i, r);
}

static void state_reason(struct out *out, uint32_t i, const struct record *r)
{
	switch ((enum state)r->phase.state) {
	case STATE_DOWN:
		rest_write(out, i, r);
		return;
	case STATE_WAITING_TO_START:
		unmet_write(out, i);
		return;
	case STATE_SETTING_UP:
		out_text(out, "running its set-up");
		return;
	case STATE_STARTING:
		unready_write(out, i, r);
		return;
	case STATE_UP:
		up_write(out, r);
		return;
	case STATE_WAITING_TO_STOP:
		holder_write(out, i);
		return;
	case STATE_STOPPING:
		stopping_write(out, r);
		return;
	case STATE_CLEANING_UP:
		out_text(out, "running its clean-up");
		return;
	case STATE_RETRYING:
		retry_write(out, i, r);
		return;
	case STATE_FAILED:
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

void reason_write(struct out *out, uint32_t i, const struct record *r)
{
	uint32_t end;

	if (!table_service(session.table, i)->gone) {
		state_reason(out, i, r);
		return;
	}
	out_text(out, "removed from the configuration; is being stopped: ");
	end = out->used;
	state_reason(out, i, r);
	if (out->used == end)
		out->used -= 2; /* of a cell: there is no more to say */
}
