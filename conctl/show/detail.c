/* SPDX-License-Identifier: MIT */
/* All that is known of one service, a line each. Knows no request. */
#include "conctl/show/detail.h"

#include "conctl/base/screen.h"
#include "conctl/base/time.h"
#include "conctl/session/command.h"
#include "conctl/session/left.h"
#include "conctl/session/mapping.h"
#include "conctl/session/record.h"
#include "conctl/session/timer.h"
#include "conctl/show/ending.h"
#include "conctl/show/field.h"
#include "conctl/show/health.h"
#include "conctl/show/lines.h"
#include "conctl/show/reason.h"
#include "model/clock.h"
#include "model/phase.h"
#include "model/text.h"
#include "sys/call.h"
#include "sys/clock.h"

enum {
	LABEL_WIDTH = 11,
};

static uint32_t width;          /* of the terminal */

/* Prints the label of a line; its value has to be written to the cell. */
static void detail_label(struct screen *s, const char *text)
{
	uint32_t length = (uint32_t)text_length(text);

	cell.used = 0;
	out_spaces(&cell, length < LABEL_WIDTH ? LABEL_WIDTH - length : 0);
	out_texts(&cell, text, ":", NULL);
	screen_cell(s, NULL, 0);
	s->pad = 1;
	cell.used = 0;
}

static void detail_value(struct screen *s)
{
	screen_words(s, width, LABEL_WIDTH + 2);
	screen_end(s);
}

static void detail_headline(struct screen *s, uint32_t i,
                            const struct record *r)
{
	screen_text(s, table_name(session.table, i), 0);
	s->pad = 1;
	cell.used = 0;
	field_write(&cell, FIELD_STATE, i, r);
	screen_cell(s, state_colour(r->phase.state), 0);
	cell.used = 0;
	reason_write(&cell, i, r);
	if (cell.used > 0) {
		out_text(&out_result, ":");
		s->at++;
		s->pad = 1;
		screen_words(s, width, LABEL_WIDTH + 2);
	}
	screen_end(s);
}

static void detail_since(struct screen *s, const struct record *r)
{
	detail_label(s, "since");
	time_write(&cell, clock_now_ms() - record_age_ms(r), TIME_FULL);
	out_text(&cell, " (");
	span_write(&cell, record_age_ms(r));
	out_text(&cell, ")");
	detail_value(s);
}

/* When the clock of this state runs out: it begins with its process. A retry is
 * in the headline. */
static void detail_timeout(struct screen *s, uint32_t i, const struct record *r)
{
	uint64_t now = clock_now_ms();
	uint64_t hurried = escalation_hurried_ms(session_escalation(), now);
	uint64_t due =
		clock_runs_out(session_profile(i), r->phase, hurried, now);

	if (due == NEVER_MS || r->phase.state == STATE_RETRYING ||
	    phase_pending(r->phase, r->life))
		return;
	detail_label(s, "time-out");
	out_text(&cell, "in ");
	span_write(&cell, due > now ? due - now : 0);
	detail_value(s);
}

static void detail_health(struct screen *s, uint32_t i, const struct record *r)
{
	if (health_word(i, r) == NULL || r->life.pid == 0)
		return;
	detail_label(s, "health");
	health_write(&cell, i, r);
	detail_value(s);
}

/* When a timer is due, and when it was last started. */
static void detail_times(struct screen *s, uint32_t i, const struct record *r)
{
	struct clocks now = clocks_now();
	int64_t due_ms;

	if (!timer_is(i))
		return;
	due_ms = timer_due_real(i, r, &now);
	if (r->phase.target != TARGET_DOWN && due_ms != TIMER_NEVER) {
		if (due_ms < now.real)
			due_ms = now.real;
		detail_label(s, "next run");
		time_write(&cell, (uint64_t)(due_ms - now.real + now.monotonic),
		           TIME_FULL);
		out_text(&cell, " (in ");
		span_write(&cell, (uint64_t)(due_ms - now.real));
		out_text(&cell, ")");
		detail_value(s);
	}
	if (r->wanted_ms != 0) {
		detail_label(s, "last run");
		time_write(&cell, r->wanted_ms, TIME_FULL);
		detail_value(s);
	}
}

static void detail_pids(struct screen *s, uint32_t i, const struct record *r)
{
	bool guarded = record_guarded(table_service(session.table, i), r);

	detail_label(s, "pid");
	field_write(&cell, FIELD_PID, i, r);
	detail_value(s);
	if (guarded) {
		detail_label(s, "guard");
		out_number(&cell, r->life.pid);
		detail_value(s);
	}
	if (r->helper > 0) {
		detail_label(s, "command");
		out_number(&cell, r->helper);
		out_text(&cell, session_checks(i, r)          ? " (.check)"
		                : state_stops(r->phase.state) ? " (.stop)"
		                : r->phase.state == STATE_STARTING
		                        ? " (.started)"
		                        : " (.reload)");
		detail_value(s);
	}
}

/* What a former process of it has left, and goes on beside it. */
static void detail_left(struct screen *s, uint32_t i)
{
	char name[LEFT_NAME];
	int pid = left_find(i, name);

	if (pid == 0)
		return;
	detail_label(s, "left");
	out_number(&cell, pid);
	out_text(&cell, " (");
	out_foreign(&cell, name);
	out_text(&cell, "), by a process of it that has ended; a program that "
	                "hands over to a child needs .hands_over");
	detail_value(s);
}

/* Of a service with two generations, beside that which serves. */
static void detail_second(struct screen *s, uint32_t i)
{
	struct record r;
	uint32_t second = session_second(i, &r);
	bool next = second != TABLE_NONE && target_wanted(r.phase.target);

	if (second == TABLE_NONE || r.phase.state == STATE_DOWN)
		return;
	detail_label(s, "beside it");
	if (r.life.pid > 0) {
		out_number(&cell, r.life.pid);
		out_text(&cell, next ? " is starting" : " is stopping");
	} else {
		out_texts(&cell, "the next process: ",
		          state_label[r.phase.state], NULL);
	}
	out_texts(&cell, " (", table_name(session.table, second), ")", NULL);
	detail_value(s);
}

static void detail_ending(struct screen *s, uint32_t i, const struct record *r)
{
	if (r->failure == 0 && session_ends(i, r) == 0)
		return;
	detail_label(s, "last end");
	ending_write(&cell, i, r);
	if (r->ending.code != 0 && r->ending.state == STATE_FORCE_DOWN)
		out_text(&cell, ", as it had not stopped in time");
	else if (r->ending.code != 0 && r->ending.state < STATES)
		out_texts(&cell, ", when it was ", state_label[r->ending.state],
		          NULL);
	detail_value(s);
}

/* What differs from the configuration that is in force. */
static void detail_former(struct screen *s, uint32_t i, const struct record *r)
{
	if (table_service(session.table, i)->gone) {
		detail_label(s, "removed");
		out_text(&cell, "it is not in the configuration any more");
		detail_value(s);
	} else if (r->phase.stale) {
		detail_label(s, "stale");
		out_texts(&cell, "runs by a former definition; conctl restart ",
		          table_name(session.table, i), NULL);
		detail_value(s);
	}
}

/* The words of EXEC; ARGUMENTS() stands for the command of connate. */
static void program_write(const struct table_action *a)
{
	const struct table *t = session.table;
	const uint32_t *words = table_list(t, a->at);

	if (a->count == 1 && text_equal(table_text(t, words[0]), TABLE_COMMAND))
		command_write(&cell);
	else
		for (uint32_t k = 0; k < a->count; k++)
			out_texts(&cell, k > 0 ? " " : "",
			          table_text(t, words[k]), NULL);
}

static void detail_action(struct screen *s, const char *name,
                          const struct table_action *a)
{
	struct digits d;

	if (a->kind == ACTION_NONE)
		return;
	detail_label(s, name);
	if (a->kind == ACTION_SIGNAL)
		out_texts(&cell, a->at < 32 ? "SIG" : "signal ",
		          text_signal(&d, (int)a->at),
		          a->count > 0 ? ", then READY=1" : "", NULL);
	if (a->kind == ACTION_CALL)
		out_text(&cell, "a function of the configuration");
	if (a->kind == ACTION_EXEC)
		program_write(a);
	detail_value(s);
}

/* The table has only the remaining actions of a removed service: .stop and
 * .cleanup. */
static void detail_actions(struct screen *s, uint32_t i, bool stale)
{
	const struct table_service *service = table_service(session.table, i);
	bool gone = service->gone;

	if (!gone) {
		detail_action(s, "set-up", &service->setup);
		detail_action(s, stale ? "would run" : "runs", &service->run);
	}
	if (!gone)
		detail_action(s, "started", &service->started);
	detail_action(s, "stop", &service->stop);
	if (!gone)
		detail_action(s, "reload", &service->reload);
	detail_action(s, "check", &service->check);
	detail_action(s, "clean-up", &service->cleanup);
}

/* The numbers, as which it is started: the configuration may have names. */
static void detail_user(struct screen *s, uint32_t i)
{
	const struct table_profile *p = session_profile(i);
	const uint32_t *group = table_list(session.table, p->groups.at);

	if (p->uid == TABLE_NONE && p->gid == TABLE_NONE && !p->has_groups)
		return;
	detail_label(s, "user");
	if (p->uid != TABLE_NONE)
		out_number(&cell, p->uid);
	else
		out_text(&cell, "as connate");
	if (p->gid != TABLE_NONE) {
		out_text(&cell, ", group ");
		out_number(&cell, p->gid);
	}
	for (uint32_t k = 0; p->has_groups && k < p->groups.count; k++) {
		out_text(&cell, k > 0 ? " " : ", extra groups ");
		out_number(&cell, group[k]);
	}
	detail_value(s);
}

/* Where what a service writes goes if it has connate's standard output (proc(5)).
 * Nothing if that may not be seen. */
static void inherited_log_write(void)
{
	static char path[PATH_MAX];
	long size = sys_readlinkat(session.folder, "fd/1", path,
	                           sizeof(path) - 1);

	if (size <= 0)
		return;
	path[size] = '\0';
	out_text(&cell, " (connate's standard output: ");
	out_foreign(&cell, path);
	out_text(&cell, ")");
}

/* The lists of field.def that are not empty, and the log. `groups` is the former
 * word for `members`. */
static void detail_fields(struct screen *s, uint32_t i, const struct record *r)
{
	for (enum field f = 0; f < FIELDS; f++) {
		if (f == FIELD_GROUPS || (!field_is_list(f) && f != FIELD_LOG))
			continue;
		cell.used = 0;
		field_write(&cell, f, i, r);
		if (cell.used == 0)
			continue;
		detail_label(s, field_label(f));
		field_write(&cell, f, i, r);
		if (f == FIELD_LOG &&
		    table_service(session.table, i)->log_kind ==
		            LOG_KIND_INHERIT)
			inherited_log_write();
		detail_value(s);
	}
}

/* Does the one that has the edge use the other end? A mere order is no use, nor
 * is what only stops or reloads with it; a conflict is the opposite. */
static bool is_use(enum edge_kind kind)
{
	return kind != EDGE_AFTER && kind != EDGE_CONFLICTS &&
	       kind != EDGE_LENT && kind != EDGE_FOLLOWS &&
	       kind != EDGE_RELOADS;
}

static void detail_dependents(struct screen *s, uint32_t i)
{
	struct edges e = edges_to(session.table, i);
	uint32_t last = TABLE_NONE;

	for (; e.at < e.end; e.at++) {
		uint32_t other = edge_service(*e.at);

		if (!is_use(edge_kind(*e.at)) || other == last ||
		    !session_lists(other))
			continue;
		if (last == TABLE_NONE)
			detail_label(s, "used by");
		out_texts(&cell, cell.used > 0 ? " " : "",
		          table_name(session.table, other), NULL);
		last = other;
	}
	if (last != TABLE_NONE)
		detail_value(s);
}

/* The time and the name are not part of what is wrapped: each line is one of
 * its own, as in the file. */
static void detail_lines(struct screen *s, uint32_t i)
{
	struct text_line line[LINES_MAX];
	const char *path;
	uint32_t count = lines_find(i, line, &path);

	if (count == 0)
		return;
	detail_label(s, "last lines");
	out_foreign(&cell, path);
	detail_value(s);
	for (uint32_t k = 0; k < count; k++) {
		cell.used = 0;
		out_spaces(&cell, 2);
		out_foreign_bytes(&cell, line[k].text,
		                  line[k].length);
		screen_cell(s, NULL, 0);
		screen_end(s);
	}
}

/* Prints all that is known of one service, a line each; a terminal that is too
 * narrow for a line gets it in several. */
void detail_print(const struct order *o, uint32_t i)
{
	struct screen screen = screen_look(o), *s = &screen;
	struct record r = session_record(i);

	width = s->columns;
	s->columns = NO_WIDTH; /* no line is cut */
	detail_headline(s, i, &r);
	detail_since(s, &r);
	detail_times(s, i, &r);
	detail_timeout(s, i, &r);
	detail_label(s, "target");
	field_write(&cell, FIELD_TARGET, i, &r);
	detail_value(s);
	detail_pids(s, i, &r);
	detail_health(s, i, &r);
	detail_left(s, i);
	detail_second(s, i);
	detail_label(s, "attempt");
	field_write(&cell, FIELD_ATTEMPT, i, &r);
	detail_value(s);
	detail_ending(s, i, &r);
	detail_former(s, i, &r);
	detail_actions(s, i, r.phase.stale);
	detail_user(s, i);
	detail_fields(s, i, &r);
	detail_dependents(s, i);
	detail_lines(s, i);
}
