/* SPDX-License-Identifier: MIT */
/* The command top: the services and what they use, once or as a screen that is
 * drawn anew after each interval and when the ledger changes. Sends no
 * request. */
#include "conctl/base/json.h"
#include "conctl/base/order.h"
#include "conctl/base/screen.h"
#include "conctl/base/terminal.h"
#include "conctl/base/time.h"
#include "conctl/session/choose.h"
#include "conctl/session/record.h"
#include "conctl/session/session.h"
#include "conctl/session/supervisord.h"
#include "conctl/session/usage.h"
#include "conctl/session/watch.h"
#include "conctl/show/field.h"
#include "conctl/show/ranking.h"
#include "conctl/show/reason.h"
#include "conctl/show/show.h"
#include "model/text.h"
#include "sys/call.h"
#include "sys/clock.h"

enum {
	INTERVAL_MS = 2000,
	LEAST_MS = 100,             /* between two drawings of changes */
	HEADER_LINES = 2,
	SINCE_WIDTH = 5, CPU_WIDTH = 6, MEMORY_WIDTH = 6, COUNT_WIDTH = 4,
};

struct top {
	struct screen screen;
	enum sort sort;
	bool reverse, live, no_usage;
	uint32_t count, first, lines;   /* services; the first one and how many
	                                   lines are shown */
	uint32_t name_width, state_width;
	uint64_t interval_ms, next_ms;
};

static void percent_write(struct out *out, int64_t tenths)
{
	if (tenths == CPU_UNKNOWN) {
		out_text(out, "-");
		return;
	}
	out_number(out, tenths / 10);
	out_text(out, ".");
	out_number(out, tenths % 10);
}

/* In the largest unit that has three digits at most: 812K, 3.4M, 12G. */
static void bytes_write(struct out *out, uint64_t bytes)
{
	static const char *const units[] = { "K", "M", "G", "T" };
	uint64_t tenths = bytes * 10 / 1024;
	int unit = 0;

	for (; tenths >= 10000 && unit < 3; unit++)
		tenths /= 1024;
	out_number(out, (int64_t)(tenths / 10));
	if (tenths < 100 && unit > 0) {
		out_text(out, ".");
		out_number(out, (int64_t)(tenths % 10));
	}
	out_text(out, units[unit]);
}

/* What it has said of itself, or else why it is in its state. */
static void remark_write(struct out *out, uint32_t i, const struct record *r)
{
	struct said said;

	if (r->phase.state == STATE_UP && session_said(i, r, &said) &&
	    said.status[0] != '\0')
		out_text(out, said.status);
	else
		reason_write(out, i, r);
}

/* Numbers stand at the right of their column. */
static void number_cell(struct screen *s, uint32_t width)
{
	uint32_t columns = cell_columns();

	if (columns < width)
		s->pad += width - columns;
	screen_cell(s, NULL, columns);
}

static void text_right(struct screen *s, const char *text, uint32_t width)
{
	cell.used = 0;
	out_text(&cell, text);
	number_cell(s, width);
}

static void line_end(struct top *t)
{
	if (t->live)
		out_raw(&out_result, "\033[0m\033[K");
	screen_end(&t->screen);
}

static void row_print(struct top *t, uint32_t i)
{
	struct record r = session_record(i);
	struct screen *s = &t->screen;

	screen_text(s, table_name(session.table, i), t->name_width);
	cell.used = 0;
	field_write(&cell, FIELD_STATE, i, &r);
	screen_cell(s, state_colour(r.phase.state), t->state_width);
	cell.used = 0;
	duration_write(&cell, record_age_ms(&r));
	number_cell(s, SINCE_WIDTH);
	cell.used = 0;
	percent_write(&cell, t->no_usage ? CPU_UNKNOWN : ranking_cpu(i));
	number_cell(s, CPU_WIDTH);
	cell.used = 0;
	if (t->no_usage || usage_of(i).processes == 0)
		out_text(&cell, "-");
	else
		bytes_write(&cell, usage_of(i).memory_bytes);
	number_cell(s, MEMORY_WIDTH);
	cell.used = 0;
	out_number(&cell, session_ends(i, &r));
	number_cell(s, COUNT_WIDTH);
	cell.used = 0;
	out_number(&cell, r.phase.attempt);
	number_cell(s, COUNT_WIDTH);
	cell.used = 0;
	remark_write(&cell, i, &r);
	screen_cell(s, NULL, 0);
	line_end(t);
}

static void titles_print(struct top *t)
{
	struct screen *s = &t->screen;

	if (t->live && s->colour)
		out_raw(&out_result, "\033[7m");
	screen_text(s, "SERVICE", t->name_width);
	screen_text(s, "STATE", t->state_width);
	text_right(s, "SINCE", SINCE_WIDTH);
	text_right(s, "CPU%", CPU_WIDTH);
	text_right(s, "MEMORY", MEMORY_WIDTH);
	text_right(s, "ENDS", COUNT_WIDTH);
	text_right(s, "TRY", COUNT_WIDTH);
	screen_text(s, "STATUS", 0);
	line_end(t);
}

/* One line: how many there are, and how many of them are so. */
static void summary_print(struct top *t)
{
	uint32_t up = 0, failed = 0, down = 0;
	struct report report;
	enum supervisord_state state = supervisord_look(&report);

	for (uint32_t i = chosen_next(0); i != TABLE_NONE;
	     i = chosen_next(i + 1)) {
		enum state is = (enum state)session_record(i).phase.state;

		up += is == STATE_UP;
		down += is == STATE_DOWN;
		failed += is == STATE_FAILED || is == STATE_CANNOT_STOP;
	}
	cell.used = 0;
	out_number(&cell, t->count);
	out_text(&cell, " services: ");
	out_number(&cell, up);
	out_text(&cell, " up, ");
	out_number(&cell, failed);
	out_text(&cell, " failed, ");
	out_number(&cell, down);
	out_text(&cell, " down, ");
	out_number(&cell, t->count - up - failed - down);
	out_texts(&cell, " on the way; by ", sort_word(t->sort), NULL);
	if (state != SUPERVISORD_RUNS)
		out_texts(&cell, state == SUPERVISORD_STOPPED
		                         ? "; supervisord is stopped"
		                         : "; supervisord is down",
		          NULL);
	screen_cell(&t->screen, NULL, 0);
	line_end(t);
}

/* Names and states get the columns that they need, up to a limit for names that
 * leaves room for the rest on 80 columns. */
static void measure_widths(struct top *t)
{
	uint32_t most = t->screen.columns == NO_WIDTH ? NAME_MAX_BYTES
	                                              : t->screen.columns / 4;

	t->name_width = 7;
	t->state_width = 5;
	for (uint32_t i = chosen_next(0); i != TABLE_NONE;
	     i = chosen_next(i + 1)) {
		uint32_t name = (uint32_t)text_length(
			table_name(session.table, i));
		uint32_t state = (uint32_t)text_length(
			state_label[session_record(i).phase.state]);

		t->name_width = name > t->name_width ? name : t->name_width;
		t->state_width = state > t->state_width ? state
		                                        : t->state_width;
	}
	if (t->name_width > most)
		t->name_width = most > 7 ? most : 7;
}

static void keep_in_range(struct top *t)
{
	uint32_t rows = terminal_rows();

	t->lines = t->live ? (rows > HEADER_LINES + 1 ? rows - HEADER_LINES - 1
	                                              : 1)
	                   : t->count;
	if (t->first + t->lines > t->count)
		t->first = t->count > t->lines ? t->count - t->lines : 0;
}

static void table_print(struct top *t)
{
	t->count = ranking_sort(t->sort, t->reverse);
	keep_in_range(t);
	measure_widths(t);
	if (t->live)
		out_raw(&out_result, "\033[H");
	summary_print(t);
	titles_print(t);
	for (uint32_t k = t->first; k < t->count && k < t->first + t->lines; k++)
		row_print(t, ranking_at(k));
	if (t->live)
		out_raw(&out_result, "\033[J");
}

static void row_json(struct json *j, const struct top *t, uint32_t i)
{
	struct record r = session_record(i);
	struct usage u = usage_of(i);

	json_open(j, "{");
	json_key(j, "name");
	json_string(j, table_name(session.table, i));
	json_key(j, "state");
	json_string(j, state_label[r.phase.state]);
	json_key(j, "since_ms");
	json_number(j, (int64_t)record_age_ms(&r));
	json_key(j, "cpu_per_mille");
	if (t->no_usage)
		json_null(j);
	else
		json_number(j, ranking_cpu(i));
	json_key(j, "memory");
	if (t->no_usage)
		json_null(j);
	else
		json_number(j, (int64_t)u.memory_bytes);
	json_key(j, "ends");
	json_number(j, session_ends(i, &r));
	json_key(j, "attempt");
	json_number(j, r.phase.attempt);
	json_key(j, "says");
	cell.used = 0;
	remark_write(&cell, i, &r);
	json_out(j, &cell);
	json_close(j, "}");
}

static void table_json(struct top *t)
{
	struct json j = { .out = &out_result };

	t->count = ranking_sort(t->sort, t->reverse);
	json_open(&j, "[");
	for (uint32_t k = 0; k < t->count; k++)
		row_json(&j, t, ranking_at(k));
	json_close(&j, "]\n");
}

/* One measurement needs a time that has passed. */
static int top_once(const struct order *o, struct top *t)
{
	uint64_t until = clock_now_ms() + t->interval_ms;
	struct __kernel_timespec left;

	t->no_usage = ranking_measure(clock_now_ms()) < 0;
	while (clock_now_ms() < until) {
		left = clock_left(clock_now_ms(), until);
		(void)sys_ppoll(NULL, 0, &left); /* a signal shortens it */
	}
	t->no_usage |= ranking_measure(clock_now_ms()) < 0;
	if (o->json)
		table_json(t);
	else
		table_print(t);
	return EXIT_DONE;
}

/* What a key asks for. False: to end. */
static bool take_key(struct top *t, int key)
{
	uint32_t page = t->lines > 1 ? t->lines - 1 : 1;

	if (key == 'q' || key == 'Q' || key < 0)
		return false;
	if (sort_of_letter(key, &t->sort) || key == KEY_TOP)
		t->first = 0;
	if (key == 'r')
		t->reverse = !t->reverse;
	if (key == KEY_DOWN || key == 'j')
		t->first++;
	if (key == KEY_PAGE_DOWN || key == ' ')
		t->first += page;
	if (key == KEY_UP || key == 'k')
		t->first -= t->first > 0;
	if (key == KEY_PAGE_UP || key == 'b')
		t->first -= t->first > page ? page : t->first;
	if (key == KEY_END)
		t->first = t->count;
	if (key == KEY_REDRAW)
		out_raw(&out_result, "\033[2J");
	return true;
}

static void screen_update(const struct order *o, struct top *t)
{
	struct order fits = *o;

	fits.columns = 0; /* it may change */
	t->screen = screen_look(&fits);
	table_print(t);
	(void)out_flush(&out_result); /* kept in out_result.error */
}

/* Another table may be in force: services that it does not have are shown no
 * more. A message is for the screen that comes back. */
static int top_check(const struct order *o, uint64_t *check_ms)
{
	struct order again = *o;

	if (!session_check_due(check_ms))
		return EXIT_DONE;
	switch (session_check()) {
	case CHECK_GONE:
		terminal_leave();
		session_gone();
		return EXIT_UNREACHABLE;
	case CHECK_MOVED:
		ranking_forget();
		again.lenient = true;
		(void)choose(&again); /* with that it reports none */
		return EXIT_DONE;
	case CHECK_SAME:
		break;
	}
	return EXIT_DONE;
}

/* Waits for a key, a signal, a change or the next interval; changes that come
 * faster than LEAST_MS are drawn together. False: to end. */
static bool top_wait(struct top *t, uint32_t seen, uint64_t drawn_ms)
{
	struct pollfd fds[] = { { .fd = 0, .events = POLLIN },
		                { .fd = terminal_signals(),
		                  .events = POLLIN } };
	uint64_t soon = drawn_ms + LEAST_MS;
	struct __kernel_timespec left = clock_left(clock_now_ms(), soon);

	if (load(&session.live->change) == seen)
		session_wait_with(seen, t->next_ms, fds, 2);
	else
		(void)sys_ppoll(fds, 2, &left); /* a signal shortens it */
	if (fds[1].revents != 0)
		terminal_signal();
	return fds[0].revents == 0 || take_key(t, terminal_key());
}

static int top_follow(const struct order *o, struct top *t)
{
	uint64_t check_ms = clock_now_ms() + CHECK_MS;
	int code = EXIT_DONE;

	for (;;) {
		uint32_t seen = load(&session.live->change);
		uint64_t now = clock_now_ms();

		code = top_check(o, &check_ms);
		if (code != EXIT_DONE)
			return code;
		if (now >= t->next_ms) {
			t->no_usage = ranking_measure(now) < 0;
			t->next_ms = now + t->interval_ms;
		}
		screen_update(o, t);
		if (out_result.error < 0 || !top_wait(t, seen, now))
			return EXIT_DONE;
	}
}

static int unknown_order(const char *word)
{
	cell.used = 0;
	out_texts(&cell, "top: '", word, "' is no order; those are:", NULL);
	for (enum sort s = 0; s < SORTS; s++)
		out_texts(&cell, " ", sort_word(s), NULL);
	complain_out(&cell);
	return EXIT_USAGE;
}

/* top: shows these services and what they use. Without a terminal, and with -b
 * or -j, the table is printed once. */
int top_run(const struct order *o)
{
	struct top t = { .screen = screen_look(o), .sort = SORT_CPU,
		         .interval_ms = o->interval_ms > 0 ? o->interval_ms
		                                           : INTERVAL_MS };
	int code;

	if (o->sort != NULL && !sort_find(o->sort, &t.sort))
		return unknown_order(o->sort);
	if (choose(o) > 0)
		return EXIT_UNKNOWN;
	if (o->batch || o->json || o->quiet || !terminal_is_there() ||
	    terminal_enter() < 0)
		return top_once(o, &t);
	t.live = true;
	code = top_follow(o, &t);
	terminal_leave();
	return code;
}
