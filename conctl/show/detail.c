/* SPDX-License-Identifier: MIT */
/* All that is known of one service, a line each. Knows no request. */
#include "conctl/conctl.h"
#include "model/world.h"

enum { LABEL_WIDTH = 11 };

/* The label; its value is to be written to the cell. */
static void label(struct screen *s, const char *text)
{
	uint32_t length = (uint32_t)text_length(text);

	cell.used = 0;
	out_spaces(&cell, length < LABEL_WIDTH ? LABEL_WIDTH - length : 0);
	out_texts(&cell, text, ":", NULL);
	screen_cell(s, NULL, 0);
	s->pad = 1;
	cell.used = 0;
}

static void value(struct screen *s)
{
	screen_cell(s, NULL, 0);
	screen_end(s);
}

static void headline(struct screen *s, uint32_t i, const struct record *r)
{
	screen_text(s, table_name(session.table, i), 0);
	s->pad = 1;
	cell.used = 0;
	show_state(&cell, i, r, 0);
	screen_cell(s, colour_of(r->phase.state), 0);
	s->pad = 0;
	cell.used = 0;
	reason_write(&cell, i, r);
	if (cell.used > 0) {
		cell.used = 0;
		out_text(&cell, ": ");
		reason_write(&cell, i, r);
		screen_cell(s, NULL, 0);
	}
	screen_end(s);
}

static void since(struct screen *s, const struct record *r)
{
	label(s, "since");
	time_write(&cell, now_ms() - age_ms(r), TIME_FULL);
	out_text(&cell, " (");
	span_write(&cell, age_ms(r));
	out_text(&cell, ")");
	value(s);
}

/* When the clock of this state runs out. */
static void limit(struct screen *s, uint32_t i, const struct record *r)
{
	const struct table *t = session.table;
	const struct table_profile *p =
		table_profile(t, table_service(t, i)->profile);
	union escalation escalation = { .word = load_long(&session.live->escalation.word) };
	uint64_t now = now_ms();
	uint64_t hurried = escalation_hurried_ms(escalation, now);
	uint64_t due = clock_runs_out(p, r->phase, hurried, now);

	if (due == NEVER_MS || r->phase.state == STATE_RETRYING)
		return;
	label(s, "time-out");
	out_text(&cell, "in ");
	span_write(&cell, due > now ? due - now : 0);
	value(s);
}

static void pids(struct screen *s, uint32_t i, const struct record *r)
{
	bool guarded = record_guarded(table_service(session.table, i), r);

	label(s, "pid");
	show_pid(&cell, i, r, 0);
	value(s);
	if (guarded) {
		label(s, "guard");
		out_number(&cell, r->life.pid);
		value(s);
	}
	if (r->helper > 0) {
		label(s, "command");
		out_number(&cell, r->helper);
		out_text(&cell, state_stops(r->phase.state) ? " (.stop)"
		                                            : " (.reload)");
		value(s);
	}
}

static void last_end(struct screen *s, uint32_t i, const struct record *r)
{
	if (r->failure == 0 && r->life.exits == 0)
		return;
	label(s, "last end");
	ending_write(&cell, i, r);
	if (r->ending.code != 0 && r->ending.state < STATES)
		out_texts(&cell, ", when it was ", state_label[r->ending.state],
		          NULL);
	value(s);
}

/* It is not what the configuration says now. */
static void former(struct screen *s, uint32_t i, const struct record *r)
{
	if (table_service(session.table, i)->gone) {
		label(s, "removed");
		out_text(&cell, "it is not in the configuration any more");
		value(s);
	} else if (r->phase.stale) {
		label(s, "stale");
		out_texts(&cell, "runs by a former definition; conctl restart ",
		          table_name(session.table, i), NULL);
		value(s);
	}
}

static void action(struct screen *s, const char *name,
                   const struct table_action *a)
{
	const struct table *t = session.table;
	struct digits d;

	if (a->kind == ACTION_NONE)
		return;
	label(s, name);
	if (a->kind == ACTION_SIGNAL)
		out_texts(&cell, a->at < 32 ? "SIG" : "signal ",
		          text_signal(&d, (int)a->at), NULL);
	if (a->kind == ACTION_CALL)
		out_text(&cell, "a function of the configuration");
	for (uint32_t k = 0; a->kind == ACTION_EXEC && k < a->count; k++)
		out_texts(&cell, k > 0 ? " " : "",
		          table_text(t, table_list(t, a->at)[k]), NULL);
	value(s);
}

/* Of one that was removed, only what is left to be done is known. */
static void actions(struct screen *s, uint32_t i)
{
	const struct table_service *service = table_service(session.table, i);
	bool gone = service->gone;

	if (!gone) {
		action(s, "set-up", &service->setup);
		action(s, "runs", &service->run);
	}
	action(s, "stop", &service->stop);
	if (!gone)
		action(s, "reload", &service->reload);
	action(s, "clean-up", &service->cleanup);
}

/* Everything of field.def that has a value and no line of its own yet. */
static void fields(struct screen *s, uint32_t i, const struct record *r)
{
	for (enum field f = 0; f < FIELDS; f++) {
		if (!field_is_list(f) && f != FIELD_LOG)
			continue;
		cell.used = 0;
		field_write(&cell, f, i, r);
		if (cell.used == 0)
			continue;
		label(s, field_label(f));
		field_write(&cell, f, i, r);
		value(s);
	}
}

static void dependents(struct screen *s, uint32_t i)
{
	struct edges e = edges_to(session.table, i);
	uint32_t last = TABLE_NONE;

	for (; e.at < e.end; e.at++) {
		uint32_t other = edge_service(*e.at);

		if (edge_kind(*e.at) == EDGE_CONFLICTS ||
		    edge_kind(*e.at) == EDGE_LENT || other == last ||
		    !session_lists(other))
			continue;
		if (last == TABLE_NONE)
			label(s, "used by");
		out_texts(&cell, cell.used > 0 ? " " : "",
		          table_name(session.table, other), NULL);
		last = other;
	}
	if (last != TABLE_NONE)
		value(s);
}

void detail_print(const struct order *o, uint32_t i)
{
	struct screen screen = screen_look(o), *s = &screen;
	struct record r = session_record(i);

	s->columns = NO_WIDTH; /* who asks for all is to get all */
	headline(s, i, &r);
	since(s, &r);
	limit(s, i, &r);
	label(s, "target");
	show_target(&cell, i, &r, 0);
	value(s);
	pids(s, i, &r);
	label(s, "attempt");
	show_attempt(&cell, i, &r, 0);
	value(s);
	last_end(s, i, &r);
	former(s, i, &r);
	actions(s, i);
	fields(s, i, &r);
	dependents(s, i);
}
