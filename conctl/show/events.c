/* SPDX-License-Identifier: MIT */
/* The ring of events: reading it while it is being written, and printing it
 * once or as it grows. Asks nobody for anything. */
#include "conctl/conctl.h"
#include "sys/call.h"

enum {
	CHECK_MS = 1000,            /* how often we look for connate, and
	                               whether anybody still reads us */
	ALL_COLUMNS = 90,           /* of a terminal for all of a line … */
	MOST_COLUMNS = 60,          /* … and without the state it left;
	                               with less, state and why are one */
	NAME_COLUMNS = 12,          /* of a service not seen yet */
};

uint32_t events_now(void)
{
	return load(&session.live->events);
}

/* What no supervisord stores is nobody's. */
static void event_mend(struct event *e)
{
	if (e->service < session.table->services && e->from < STATES &&
	    e->to < STATES && e->target < TARGETS && e->kind <= EVENT_RELOAD &&
	    e->code <= ENDING_DUMPED) {
		e->at_ms = time_read(e->at_ms);
		return;
	}
	*e = (struct event){ .service = TABLE_NONE };
}

/* Entry k is whole once the counter has passed it, and until it comes round
 * again: entry k + LEDGER_EVENTS is written while the counter stands there. */
bool event_at(uint32_t k, struct event *e)
{
	uint32_t back = events_now() - k;

	if (back == 0 || back >= LEDGER_EVENTS)
		return false;
	*e = *(const volatile struct event *)live_at(
		ledger_event(session.head, k));
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	event_mend(e);
	return events_now() - k < LEDGER_EVENTS;
}

bool event_next(uint32_t *at, uint32_t end, struct event *e, uint32_t *missed)
{
	uint32_t behind = end - *at;

	if (behind >= LEDGER_EVENTS) {
		*missed += behind - (LEDGER_EVENTS - 1);
		*at = end - (LEDGER_EVENTS - 1);
	}
	while (*at != end) {
		if (event_at((*at)++, e))
			return true;
		++*missed;
	}
	return false;
}

uint32_t first_event(void)
{
	uint32_t now = events_now();

	return now < LEDGER_EVENTS ? 0 : now - (LEDGER_EVENTS - 1);
}

/* How events are shown. */
struct listing {
	struct screen screen;
	struct json json;
	bool is_json, follows, all;
	enum time_part part;
	uint32_t time_width, name_width, change_width;
	bool brief;                 /* without the state that was left */
	uint32_t at, missed;
};

/* Among all are those that are gone. */
static bool is_wanted(const struct listing *l, const struct event *e)
{
	return e->service != TABLE_NONE && (l->all || is_chosen(e->service));
}

static void change_write(const struct listing *l, const struct event *e)
{
	cell.used = 0;
	if (e->kind == EVENT_RELOAD)
		out_text(&cell, "reload");
	else
		out_texts(&cell, l->brief ? "" : state_label[e->from],
		          l->brief ? "" : " -> ", state_label[e->to], NULL);
}

/* Those that are there now say how wide the columns have to be. */
static void measure(struct listing *l)
{
	uint32_t columns = l->screen.columns, length, end = events_now();
	uint32_t at = l->at, missed = 0;
	struct event e;

	l->part = columns >= MOST_COLUMNS ? TIME_DAY : TIME_SECOND;
	l->time_width = l->part == TIME_DAY ? 18 : 8;
	l->brief = columns < ALL_COLUMNS;
	while (event_next(&at, end, &e, &missed)) {
		if (!is_wanted(l, &e))
			continue;
		length = (uint32_t)text_length(
			table_name(session.table, e.service));
		if (length > l->name_width)
			l->name_width = length;
		change_write(l, &e);
		if (cell.used > l->change_width)
			l->change_width = cell.used;
	}
	if (columns != NO_WIDTH && l->name_width > columns / 4)
		l->name_width = columns / 4;
}

static bool is_narrow(const struct listing *l)
{
	return l->part == TIME_SECOND;
}

static void event_print(struct listing *l, uint32_t k, const struct event *e)
{
	const char *colour = colour_of((enum state)e->to);
	struct screen *s = &l->screen;

	cell.used = 0;
	time_write(&cell, e->at_ms, l->part);
	screen_cell(s, NULL, l->time_width);
	screen_text(s, table_name(session.table, e->service), l->name_width);
	change_write(l, e);
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

/* may_start, as other keys are written. */
static void fact_json(struct json *j, const char *word)
{
	cell.used = 0;
	for (; *word != '\0'; word++) {
		char c = *word >= 'A' && *word <= 'Z'
		                 ? (char)(*word - 'A' + 'a')
		                 : *word;

		out_bytes(&cell, &c, 1);
	}
	json_text(j, cell.bytes, cell.used);
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

/* Lines that are each a value; or the elements of an array. */
static void line_end(struct listing *l)
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
	json_text(j, cell.bytes, cell.used);
	json_key(j, "service");
	json_string(j, table_name(session.table, e->service));
	json_key(j, "event");
	json_string(j, e->kind == EVENT_RELOAD ? "reload" : "state");
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
	json_text(j, cell.bytes, cell.used);
	json_close(j, "}");
	line_end(l);
}

static void missed_print(struct listing *l)
{
	struct digits d;

	if (l->missed == 0)
		return;
	if (l->is_json) {
		json_open(&l->json, "{");
		json_key(&l->json, "missed");
		json_number(&l->json, l->missed);
		json_close(&l->json, "}");
		line_end(l);
	} else {
		complain("events: ", text_number(&d, l->missed),
		         " were overwritten before they could be read", NULL);
	}
	l->missed = 0;
}

static void print_new(struct listing *l)
{
	uint32_t end = events_now();
	struct event e;

	while (out_result.error == 0 &&
	       event_next(&l->at, end, &e, &l->missed)) {
		missed_print(l);
		if (!is_wanted(l, &e))
			continue;
		if (l->is_json)
			event_json(l, l->at - 1, &e);
		else
			event_print(l, l->at - 1, &e);
	}
}

static void titles_print(struct listing *l)
{
	screen_text(&l->screen, is_narrow(l) ? "UTC" : "TIME (UTC)",
	            l->time_width);
	screen_text(&l->screen, "SERVICE", l->name_width);
	if (!is_narrow(l))
		screen_text(&l->screen, "STATE", l->change_width);
	screen_text(&l->screen, is_narrow(l) ? "STATE: WHY" : "WHY", 0);
	screen_end(&l->screen);
}

/* A pipe without readers says so without being written to. */
static bool unread(void)
{
	struct pollfd poll = { .fd = 1 };
	struct __kernel_timespec at_once = { 0, 0 };

	return sys_ppoll(&poll, 1, &at_once) > 0 &&
	       (poll.revents & POLLERR) != 0;
}

static int follow(const struct order *o, struct listing *l)
{
	uint64_t check_ms = now_ms() + CHECK_MS;
	bool moved;
	int code;

	for (;;) {
		uint32_t seen = load(&session.live->change);

		print_new(l);
		if (out_flush(&out_result) < 0 || unread())
			return EXIT_DONE;   /* main() says what is wrong */
		if (now_ms() >= check_ms || load(&session.live->moved)) {
			check_ms = now_ms() + CHECK_MS;
			print_new(l); /* to its end: the next may not have
			                 those who are gone */
			code = look_around(o, &moved);
			if (code != EXIT_DONE)
				return code;
			if (moved && (int32_t)(events_now() - l->at) < 0)
				l->at = first_event(); /* it is another's */
		}
		moment_wait(seen, NEVER);
	}
}

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
	};

	if (choose(o) > 0)
		return EXIT_UNKNOWN;
	l.at = first_event();
	if (!o->json) {
		measure(&l);
		titles_print(&l);
	}
	if (o->follows)
		return follow(o, &l);
	if (o->json)
		json_open(&l.json, "[");
	print_new(&l);
	if (o->json)
		json_close(&l.json, "]\n");
	return EXIT_DONE;
}
