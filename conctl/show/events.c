/* SPDX-License-Identifier: MIT */
/* The command events: the last transitions and reloads, printed once or as they
 * happen. Sends no request. */
#include "conctl/base/json.h"
#include "conctl/base/order.h"
#include "conctl/base/screen.h"
#include "conctl/base/time.h"
#include "conctl/session/choose.h"
#include "conctl/session/event.h"
#include "conctl/session/session.h"
#include "conctl/session/watch.h"
#include "conctl/show/field.h"
#include "conctl/show/moment.h"
#include "conctl/show/show.h"
#include "conctl/show/why.h"
#include "model/text.h"
#include "sys/call.h"
#include "sys/clock.h"

enum {
	ALL_COLUMNS = 90,           /* of a terminal for all of a line … */
	MOST_COLUMNS = 60,          /* … and without the former state; with
	                               less, state and why are one column */
	NAME_COLUMNS = 12,          /* for names of events to come */
	DAY_MS = 86400000,
};

static const uint32_t time_width[] = {
	[TIME_FULL] = 24, [TIME_DAY] = 18, [TIME_SECOND] = 8,
};

/* How events are shown. */
struct listing {
	struct screen screen;
	struct json json;
	bool is_json, follows, all;
	enum time_part part;
	uint32_t time_width, name_width, change_width;
	bool brief;                 /* without the former state */
	uint32_t at, missed;
	uint64_t since_ms, until_ms; /* of CLOCK_MONOTONIC */
};

/* Without names, events of services that are no longer listed are shown,
 * too. */
static bool is_shown(const struct listing *l, const struct event *e)
{
	return e->service != TABLE_NONE &&
	       (l->all || is_chosen(e->service) ||
	        is_chosen(table_first(session.table, e->service))) &&
	       e->at_ms >= l->since_ms && e->at_ms <= l->until_ms;
}

static void transition_write(const struct listing *l, const struct event *e)
{
	cell.used = 0;
	if (e->kind != EVENT_STATE)
		out_text(&cell, event_label[e->kind]);
	else
		out_texts(&cell, l->brief ? "" : state_label[e->from],
		          l->brief ? "" : " -> ", state_label[e->to], NULL);
}

/* The events that are there now decide how wide the columns are. */
static void listing_measure(struct listing *l)
{
	uint32_t columns = l->screen.columns, length, end = events_now();
	uint32_t at = l->at, missed = 0;
	struct event e;

	l->part = columns >= MOST_COLUMNS ? TIME_DAY : TIME_SECOND;
	l->brief = columns < ALL_COLUMNS;
	while (event_next(&at, end, &e, &missed)) {
		if (!is_shown(l, &e))
			continue;
		if (l->part == TIME_DAY && e.at_ms + DAY_MS < clock_now_ms())
			l->part = TIME_FULL;
		length = (uint32_t)text_length(
			table_name(session.table, e.service));
		if (length > l->name_width)
			l->name_width = length;
		transition_write(l, &e);
		if (cell.used > l->change_width)
			l->change_width = cell.used;
	}
	l->time_width = time_width[l->part];
	if (columns != NO_WIDTH && l->name_width > columns / 4)
		l->name_width = columns / 4;
}

static bool is_narrow(const struct listing *l)
{
	return l->part == TIME_SECOND;
}

static void event_line(struct listing *l, uint32_t k, const struct event *e)
{
	const char *colour = state_colour((enum state)e->to);
	struct screen *s = &l->screen;

	cell.used = 0;
	time_write(&cell, e->at_ms, l->part);
	screen_cell(s, NULL, l->time_width);
	screen_text(s, table_name(session.table, e->service), l->name_width);
	transition_write(l, e);
	if (is_narrow(l)) {
		out_text(&cell, ": ");
	} else {
		screen_cell(s, colour, l->change_width);
		cell.used = 0;
	}
	why_write(&cell, k, e);
	screen_cell(s, is_narrow(l) ? colour : NULL, 0);
	screen_end(s);
}

static const char *const fact_word[FACTS] = {
#define FACT(name, sentence) #name,
#include "model/fact.def"
#undef FACT
};

/* In lower case, as other words of JSON are. */
static void fact_json(struct json *j, const char *word)
{
	cell.used = 0;
	for (; *word != '\0'; word++) {
		char c = *word >= 'A' && *word <= 'Z'
		                 ? (char)(*word - 'A' + 'a')
		                 : *word;

		out_bytes(&cell, &c, 1);
	}
	json_out(j, &cell);
}

static void facts_json(struct json *j, uint32_t facts)
{
	json_key(j, "facts");
	json_open(j, "[");
	for (int k = 0; k < FACTS; k++)
		if ((facts >> k & 1) != 0)
			fact_json(j, fact_word[k]);
	json_close(j, "]");
}

/* Followed events are lines, each of them a value; others are elements of an
 * array. */
static void json_line_end(struct listing *l)
{
	if (l->follows)
		l->json.comma = false;
	out_text(&out_result, l->follows ? "\n" : "");
}

static void event_json(struct listing *l, uint32_t k, const struct event *e)
{
	struct json *j = &l->json;

	json_open(j, "{");
	json_key(j, "time");
	cell.used = 0;
	time_write(&cell, e->at_ms, TIME_FULL);
	json_out(j, &cell);
	json_key(j, "service");
	json_string(j, table_name(session.table, e->service));
	json_key(j, "event");
	json_string(j, event_label[e->kind]);
	json_key(j, "from");
	json_string(j, state_label[e->from]);
	json_key(j, "to");
	json_string(j, state_label[e->to]);
	json_key(j, "target");
	json_string(j, target_label[e->target]);
	facts_json(j, e->facts);
	json_key(j, "why");
	cell.used = 0;
	why_write(&cell, k, e);
	json_out(j, &cell);
	json_close(j, "}");
	json_line_end(l);
}

static void missed_line(struct listing *l)
{
	struct digits d;

	if (l->missed == 0)
		return;
	if (l->is_json) {
		json_open(&l->json, "{");
		json_key(&l->json, "missed");
		json_number(&l->json, l->missed);
		json_close(&l->json, "}");
		json_line_end(l);
	} else {
		complain("events: ", text_number(&d, l->missed),
		         " were overwritten before they could be read", NULL);
	}
	l->missed = 0;
}

static void listing_print(struct listing *l)
{
	uint32_t end = events_now();
	struct event e;

	while (out_result.error == 0 &&
	       event_next(&l->at, end, &e, &l->missed)) {
		missed_line(l);
		if (!is_shown(l, &e))
			continue;
		if (l->is_json)
			event_json(l, l->at - 1, &e);
		else
			event_line(l, l->at - 1, &e);
	}
}

static void listing_titles(struct listing *l)
{
	screen_text(&l->screen, is_narrow(l) ? "UTC" : "TIME (UTC)",
	            l->time_width);
	screen_text(&l->screen, "SERVICE", l->name_width);
	if (!is_narrow(l))
		screen_text(&l->screen, "STATE", l->change_width);
	screen_text(&l->screen, is_narrow(l) ? "STATE: WHY" : "WHY", 0);
	screen_end(&l->screen);
}

static int listing_follow(const struct order *o, struct listing *l)
{
	/* A reader of a pipe who has gone shows without a write (poll(2)). */
	struct pollfd reader = { .fd = 1 };
	uint64_t check_ms = clock_now_ms() + CHECK_MS;
	bool moved;
	int code;

	for (;;) {
		uint32_t seen = load(&session.live->change);

		listing_print(l);
		if (out_flush(&out_result) < 0 ||
		    (reader.revents & POLLERR) != 0)
			return EXIT_DONE;   /* main() says what is wrong */
		if (session_check_due(&check_ms)) {
			/* The next table may not have these services. */
			listing_print(l);
			code = choose_check(o, &moved);
			if (code != EXIT_DONE)
				return code;
			if (moved && (int32_t)(events_now() - l->at) < 0)
				l->at = events_first(); /* another ring */
		}
		if (clock_now_ms() > l->until_ms)
			return EXIT_DONE;
		session_wait_with(seen, l->until_ms, &reader, 1);
	}
}

/* Reads the moment behind an option into one of CLOCK_MONOTONIC; what was before
 * the machine started is 0. False, and that has been explained: it is none. */
static bool take_moment(const char *text, uint64_t *at_ms)
{
	int64_t now = (int64_t)clock_now_ms(), ms;

	if (text == NULL)
		return true;
	if (!moment_from_now("events", text, &ms))
		return false;
	*at_ms = now + ms > 0 ? (uint64_t)(now + ms) : 0;
	return true;
}

/* The events since then may have been more than the ledger keeps. */
static void say_overwritten(const struct listing *l)
{
	struct event e;

	if (l->at == 0 || l->since_ms == 0 || !event_at(l->at, &e) ||
	    e.at_ms <= l->since_ms)
		return;
	cell.used = 0;
	out_text(&cell, "events: those before ");
	time_write(&cell, e.at_ms, TIME_FULL);
	out_text(&cell, " were overwritten");
	complain_out(&cell);
}

/* events: prints the events that can still be read; with -f also those that
 * follow, until the reader or connate goes away. */
int events_run(const struct order *o)
{
	struct listing l = {
		.screen = screen_look(o),
		.json = { .out = &out_result },
		.is_json = o->json,
		.follows = o->follows,
		.all = o->count == 0,
		.name_width = NAME_COLUMNS,
		.change_width = 16,
		.until_ms = NEVER_MS,
	};

	if (!take_moment(o->since, &l.since_ms) ||
	    !take_moment(o->until, &l.until_ms))
		return EXIT_USAGE;
	if (choose(o) > 0)
		return EXIT_UNKNOWN;
	l.at = events_first();
	if (o->since != NULL)
		say_overwritten(&l);
	if (!o->json) {
		listing_measure(&l);
		listing_titles(&l);
	}
	if (o->follows)
		return listing_follow(o, &l);
	if (o->json)
		json_open(&l.json, "[");
	listing_print(&l);
	if (o->json)
		json_close(&l.json, "]\n");
	return EXIT_DONE;
}
