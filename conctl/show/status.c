/* SPDX-License-Identifier: MIT */
/* The table of services for people: as wide as the terminal, in colour where
 * that is welcome. Knows no request. */
#include "conctl/conctl.h"

enum column { NAME, STATE, PID, SINCE, WHY, COLUMNS };

static const char *const title[COLUMNS] = { "SERVICE", "STATE", "PID",
	                                    "SINCE", "WHY" };

/* Of a reason at least so much is to be seen, and so much of a name; below
 * NAME_FAIR of it other columns are the smaller loss. */
enum { WHY_LEAST = 24, NAME_LEAST = 12, NAME_FAIR = 24 };

struct sheet {
	struct screen screen;
	uint32_t width[COLUMNS];
	bool hidden[COLUMNS];
};

const char *colour_of(enum state state)
{
	if (state == STATE_UP)
		return "\033[32m";
	if (state == STATE_FAILED || state == STATE_CANNOT_STOP)
		return "\033[31m";
	return state == STATE_DOWN ? "\033[2m" : "\033[33m";
}

/* A service that has never changed is as old as the ledger. */
uint64_t age_ms(const struct record *r)
{
	uint64_t now = now_ms(), since = phase_since_ms(r->phase, now);

	if (since < session.head->session_ms)
		since = session.head->session_ms;
	return now > since ? now - since : 0;
}

static void cell_fill(enum column column, uint32_t i, const struct record *r)
{
	cell.used = 0;
	switch (column) {
	case NAME:
		out_text(&cell, table_name(session.table, i));
		return;
	case STATE:
		show_state(&cell, i, r, 0);
		return;
	case PID:
		show_pid(&cell, i, r, 0);
		return;
	case SINCE:
		duration_write(&cell, age_ms(r));
		return;
	case WHY:
		reason_write(&cell, i, r);
		return;
	case COLUMNS:
		return;
	}
}

static uint32_t line_width(const struct sheet *t)
{
	uint32_t sum = 0;

	for (enum column c = 0; c < COLUMNS; c++)
		if (!t->hidden[c] && t->width[c] > 0)
			sum += t->width[c] + (sum > 0 ? CELL_GAP : 0);
	return sum;
}

/* Names are cut by what is too much of the line, but not below `least`. */
static void shorten(struct sheet *t, uint32_t least)
{
	uint32_t width = line_width(t), name = t->width[NAME], over;

	if (width <= t->screen.columns || name <= least)
		return;
	over = width - t->screen.columns;
	t->width[NAME] = over < name - least ? name - over : least;
}

/* One after the other gives way, until the most important part of the reasons
 * fits. */
static void narrow(struct sheet *t)
{
	static const enum column dispensable[] = { SINCE, PID };

	if (t->width[WHY] > WHY_LEAST)
		t->width[WHY] = WHY_LEAST;
	shorten(t, NAME_FAIR);
	for (size_t k = 0; k < 2 && line_width(t) > t->screen.columns; k++)
		t->hidden[dispensable[k]] = true;
	shorten(t, NAME_LEAST);
}

static void measure_row(struct sheet *t, uint32_t i, enum column end)
{
	struct record r = session_record(i);

	for (enum column c = 0; c < end; c++) {
		cell_fill(c, i, &r);
		if (cell_columns() > t->width[c])
			t->width[c] = cell_columns();
	}
}

/* How wide the last column is matters only if it is to fit. */
static void measure(struct sheet *t)
{
	bool ends = t->screen.columns != NO_WIDTH;

	for (enum column c = 0; c < WHY; c++)
		t->width[c] = (uint32_t)text_length(title[c]);
	for (uint32_t i = chosen_next(0); i != TABLE_NONE;
	     i = chosen_next(i + 1))
		measure_row(t, i, ends ? COLUMNS : WHY);
	if (ends)
		narrow(t);
}

static void row_print(struct sheet *t, uint32_t i, const struct record *r)
{
	for (enum column c = 0; c < COLUMNS; c++) {
		if (t->hidden[c])
			continue;
		cell_fill(c, i, r);
		screen_cell(&t->screen,
		            c == STATE ? colour_of(r->phase.state) : NULL,
		            c == WHY ? 0 : t->width[c]);
	}
	screen_end(&t->screen);
}

static void titles_print(struct sheet *t)
{
	for (enum column c = 0; c < COLUMNS; c++)
		if (!t->hidden[c])
			screen_text(&t->screen, title[c], t->width[c]);
	screen_end(&t->screen);
}

static void table_print(const struct order *o)
{
	struct sheet sheet = { .screen = screen_look(o) };

	measure(&sheet);
	titles_print(&sheet);
	for (uint32_t i = chosen_next(0); i != TABLE_NONE;
	     i = chosen_next(i + 1)) {
		struct record r = session_record(i);

		row_print(&sheet, i, &r);
	}
}

void death_write(struct out *out, enum death death, int status)
{
	struct digits d;

	switch (death) {
	case DEATH_EXITED:
		out_texts(out, "exited with ", text_number(&d, status), NULL);
		return;
	case DEATH_KILLED:
		out_texts(out, "was killed by ",
		          status < 32 ? "SIG" : "signal ",
		          text_signal(&d, status), NULL);
		return;
	case DEATH_LATE:
		out_text(out, "did not get ready in 10 s");
		return;
	case DEATH_STUCK:
		out_text(out, "read no message for 30 s");
		return;
	case DEATH_CANNOT:
		out_texts(out, "cannot be run: ", text_error(&d, status), NULL);
		return;
	case DEATH_NONE:
		break;
	}
	out_text(out, "ended");
}

static void json_time(struct json *j, const char *key, uint64_t at_ms)
{
	json_key(j, key);
	if (at_ms == 0) {
		json_word(j, "null");
		return;
	}
	cell.used = 0;
	time_write(&cell, at_ms, TIME_FULL);
	json_text(j, cell.bytes, cell.used);
}

static void json_down(struct json *j, const struct report *n)
{
	json_open(j, "{");
	json_key(j, "why");
	cell.used = 0;
	death_write(&cell, (enum death)n->death, n->status);
	json_text(j, cell.bytes, cell.used);
	json_key(j, "times");
	json_number(j, n->deaths);
	json_time(j, "since", n->since_ms);
	json_time(j, "next", n->next_ms);
	json_close(j, "}");
}

static void json_planned(struct json *j, union planned planned)
{
	json_open(j, "{");
	json_key(j, "what");
	json_string(j, halt_label[planned.halt]);
	json_time(j, "at", planned.at_ms);
	json_close(j, "}");
}

static void json_print(enum life_sign sign, const struct report *report)
{
	struct json j = { .out = &out_result };

	json_open(&j, "{");
	json_key(&j, "connate");
	json_number(&j, session.connate.pid);
	json_key(&j, "supervisord");
	if (sign == SIGN_DEAD || sign == SIGN_NOTED)
		json_word(&j, "null");
	else
		json_number(&j, report->supervisord);
	json_key(&j, "down");
	if (sign == SIGN_NOTED)
		json_down(&j, report);
	else
		json_word(&j, "null");
	json_key(&j, "probation");
	probation_json(&j);
	json_key(&j, "planned");
	if (session_planned().halt != HALT_NONE)
		json_planned(&j, session_planned());
	else
		json_word(&j, "null");
	json_key(&j, "services");
	json_open(&j, "[");
	for (uint32_t i = chosen_next(0); i != TABLE_NONE;
	     i = chosen_next(i + 1)) {
		struct record r = session_record(i);

		json_service(&j, i, &r);
		out_text(&out_result, chosen_next(i + 1) != TABLE_NONE ? "\n"
		                                                       : "");
	}
	json_close(&j, "]");
	json_close(&j, "}\n");
}

static bool all_up(void)
{
	for (uint32_t i = chosen_next(0); i != TABLE_NONE;
	     i = chosen_next(i + 1))
		if (session_record(i).phase.state != STATE_UP)
			return false;
	return true;
}

static uint64_t past_ms(uint64_t at_ms)
{
	uint64_t now = now_ms();

	return now > at_ms ? now - at_ms : 0;
}

/* connate has not written down when it died; what it wrote last is known. */
static void dead_write(struct out *out)
{
	uint32_t events = events_now();
	uint64_t started = time_read(load_long(&session.live->started_ms));
	struct event e = { .at_ms = started };

	if (events > 0 && event_at(events - 1, &e) && e.at_ms < started)
		e.at_ms = started;
	out_text(out, "supervisord is down since at most ");
	duration_write(out, past_ms(e.at_ms));
	out_text(out, "; this is what it left, and connate starts it again");
}

static void noted_write(struct out *out, const struct report *n)
{
	uint64_t now = now_ms();

	out_text(out, "supervisord is down since ");
	duration_write(out, past_ms(n->since_ms));
	out_text(out, ": it ");
	death_write(out, (enum death)n->death, n->status);
	if (n->deaths > 1) {
		out_text(out, " (");
		out_number(out, n->deaths);
		out_text(out, " times in a row)");
	}
	out_text(out, "; services run on, and connate starts it again ");
	if (n->next_ms <= now) {
		out_text(out, "now");
		return;
	}
	out_text(out, "in ");
	duration_write(out, n->next_ms - now);
}

static void say_down(enum life_sign sign, const struct report *report)
{
	cell.used = 0;
	if (sign == SIGN_NOTED)
		noted_write(&cell, report);
	else
		dead_write(&cell);
	out_bytes(&cell, "", 1);
	complain(cell.bytes, NULL);
}

static void say_sign(enum life_sign sign, const struct report *report)
{
	struct digits d;

	if (sign == SIGN_DEAD || sign == SIGN_NOTED)
		say_down(sign, report);
	if (sign == SIGN_STOPPED)
		complain("supervisord is stopped, and nothing is done until "
		         "it goes on (kill -CONT ",
		         text_number(&d, report->supervisord), ")",
		         NULL);
}

static void say_planned(void)
{
	union planned planned = session_planned();
	uint64_t now = now_ms();

	if (planned.halt == HALT_NONE)
		return;
	cell.used = 0;
	out_texts(&cell, halt_label[planned.halt], " is planned in ", NULL);
	span_write(&cell, planned.at_ms > now ? planned.at_ms - now : 0);
	out_bytes(&cell, "", 1);
	complain(cell.bytes, NULL);
}

int status_run(const struct order *o)
{
	struct report report;
	enum life_sign sign = supervisord_sign(&report);

	if (choose(o) > 0)
		return EXIT_UNREACHABLE;
	if (o->json)
		json_print(sign, &report);
	else if (o->count > 0 && chosen_count() == 1)
		detail_print(o, chosen_next(0));
	else if (chosen_count() > 0)
		table_print(o);
	say_sign(sign, &report);
	say_planned();
	if (o->count == 0)
		probation_say();
	return o->count == 0 || all_up() ? EXIT_DONE : EXIT_NOT_UP;
}
