/* SPDX-License-Identifier: MIT */
/* The start-up as a chart, in SVG 1.1: a line for each service in the order in
 * which they began, a bar for each state that it went through, and what each
 * had to wait for last. Lengths are pixels. */
#include "conctl/conctl.h"

enum {
	MARGIN = 16,
	CHARACTER = 7,              /* how wide one is, about … */
	SMALL_CHARACTER = 6,        /* … and one of a label */
	TIME_WIDTH = 960,
	LABEL_LEAST = 24,           /* characters: a time or a state, "after" */
	HEAD = 92,                  /* title, legend, axis */
	ROW = 20,
	TICKS_MOST = 12,
};

/* Bars: how each state looks. NULL: nothing is drawn. */
static const char *const shade[STATES] = {
	[STATE_WAITING_TO_START] = "wait",
	[STATE_SETTING_UP] = "setup",
	[STATE_STARTING] = "start",
	[STATE_UP] = "up",
	[STATE_WAITING_TO_STOP] = "up",
	[STATE_STOPPING] = "stop",
	[STATE_CLEANING_UP] = "stop",
	[STATE_RETRYING] = "fail",
	[STATE_FAILED] = "fail",
	[STATE_FORCE_DOWN] = "stop",
	[STATE_CANNOT_STOP] = "fail",
};

static const struct {
	const char *shade, *words;
} legend[] = {
	{ "wait", "waiting" },       { "setup", "set-up" },
	{ "start", "start" },        { "up", "up" },
	{ "fail", "retrying, failed" }, { "stop", "stopping" },
};

enum { LEGENDS = sizeof(legend) / sizeof(legend[0]) };

static const char style[] =
	"<style>text{font:12px sans-serif;fill:#222}"
	".big{font-size:16px;font-weight:bold}"
	".small{font-size:11px;fill:#555}.axis{text-anchor:middle}"
	".paper{fill:#fff}.name{text-anchor:end}.critical{fill:#b3261e;font-weight:bold}"
	".tick{stroke:#e4e4e4}.hold{fill:none;stroke:#999}"
	".path{fill:none;stroke:#b3261e;stroke-width:2}"
	".wait{fill:#cfd3da}.setup{fill:#4c78a8}.start{fill:#f2a541}"
	".up{fill:#8cc99a}.fail{fill:#d9534f}.stop{fill:#8b6fb0}"
	"</style>\n";

struct chart {
	uint64_t begin_ms, end_ms;
	uint32_t left;              /* where the time begins */
	uint32_t name_length;       /* characters of the longest */
	uint32_t rows;
};

static void put(const char *text)
{
	out_text(&out_result, text);
}

static void put_number(const char *before, uint64_t number)
{
	put(before);
	out_number(&out_result, (int64_t)number);
}

/* A reader of XML takes each byte of a name for text (table_is_name()). */
static void put_name(uint32_t i)
{
	put(table_name(session.table, i));
}

static uint64_t x_of(const struct chart *c, uint64_t at_ms)
{
	uint64_t span = c->end_ms - c->begin_ms;

	if (at_ms < c->begin_ms)
		at_ms = c->begin_ms;
	if (at_ms > c->end_ms)
		at_ms = c->end_ms;
	return c->left + (at_ms - c->begin_ms) * TIME_WIDTH / span;
}

static uint64_t y_of(uint32_t i)
{
	return HEAD + start_of(i)->row * (uint64_t)ROW + ROW / 2;
}

static void rectangle(const char *class, uint64_t x, uint64_t y,
                      uint64_t width, uint64_t height)
{
	put("<rect class=\"");
	put(class);
	put_number("\" x=\"", x);
	put_number("\" y=\"", y);
	put_number("\" width=\"", width);
	put_number("\" height=\"", height);
	put("\"/>\n");
}

static void text_begin(const char *class, uint64_t x, uint64_t y)
{
	put("<text class=\"");
	put(class);
	put_number("\" x=\"", x);
	put_number("\" y=\"", y);
	put("\">");
}

static void text(const char *class, uint64_t x, uint64_t y, const char *words)
{
	text_begin(class, x, y);
	put(words);
	put("</text>\n");
}

/* What works is thick, what only is there is thin; and what was there at all
 * can be seen. */
static void bar(const struct chart *c, uint32_t i, enum state state,
                uint64_t from_ms, uint64_t to_ms)
{
	uint64_t x = x_of(c, from_ms), end = x_of(c, to_ms);
	bool works = state != STATE_WAITING_TO_START && state != STATE_UP &&
	             state != STATE_RETRYING && state != STATE_FAILED;
	uint64_t half = works ? ROW / 2 - 4 : 2;

	if (shade[state] == NULL || from_ms > c->end_ms || to_ms == from_ms)
		return;
	rectangle(shade[state], x, y_of(i) - half, end > x ? end - x : 1,
	          2 * half);
}

/* From its events: all states in which it was until the end of the chart. */
static void bars_of_events(const struct chart *c, uint32_t i)
{
	uint32_t at = first_event(), end = events_now(), missed = 0;
	enum state state = STATE_DOWN;
	uint64_t since_ms = c->begin_ms;
	struct event e;

	while (event_next(&at, end, &e, &missed)) {
		if (e.service != i || e.kind != EVENT_STATE)
			continue;
		bar(c, i, state, since_ms, e.at_ms);
		state = (enum state)e.to;
		since_ms = e.at_ms;
	}
	bar(c, i, state, since_ms, c->end_ms);
}

static void bars_of_start(const struct chart *c, uint32_t i)
{
	const struct start *s = start_of(i);
	uint64_t begun_ms = s->begun_ms != 0 ? s->begun_ms : c->end_ms;
	uint64_t end_ms = s->settled_ms != 0 ? s->settled_ms : c->end_ms;

	bar(c, i, STATE_WAITING_TO_START, s->wanted_ms, begun_ms);
	bar(c, i, STATE_SETTING_UP, begun_ms, begun_ms + s->setup_ms);
	bar(c, i, STATE_STARTING, begun_ms + s->setup_ms, end_ms);
	bar(c, i, s->state, end_ms, c->end_ms);
}

/* From the end of the one to the begin of the other. */
static void hold(const struct chart *c, uint32_t i)
{
	const struct start *s = start_of(i);
	uint32_t holder = start_held_by(i);

	if (holder == TABLE_NONE || !is_chosen(holder))
		return;
	put(s->critical && start_of(holder)->next == i
	            ? "<path class=\"path\" d=\"M"
	            : "<path class=\"hold\" d=\"M");
	put_number("", x_of(c, start_of(holder)->settled_ms));
	put_number(" ", y_of(holder));
	put_number(" V", y_of(i));
	put_number(" H", x_of(c, s->begun_ms));
	put("\"/>\n");
}

/* What is shown when somebody points at its row. */
static void tip(uint32_t i)
{
	const struct start *s = start_of(i);
	uint64_t took_ms = start_took_ms(s);
	uint32_t holder = start_held_by(i);

	put("<title>");
	put_name(i);
	put(": ");
	seconds_write(&out_result, took_ms);
	put(", waited ");
	seconds_write(&out_result, took_ms - s->setup_ms - s->start_ms);
	put(", set-up ");
	seconds_write(&out_result, s->setup_ms);
	put(", start ");
	seconds_write(&out_result, s->start_ms);
	if (s->attempts > 1)
		put_number(", attempts ", s->attempts);
	if (holder != TABLE_NONE) {
		put(", after ");
		put_name(holder);
	}
	put("</title>\n");
}

/* When it was there, or else what it does, and what it had to wait for: behind
 * the bar that is its start, on those of all else. */
static void end_label(const struct chart *c, uint32_t i)
{
	const struct start *s = start_of(i);
	uint32_t holder = start_held_by(i);
	uint64_t x = x_of(c, s->settled_ms != 0 ? s->settled_ms : c->end_ms);

	cell.used = 0;
	if (s->settled_ms != 0)
		seconds_write(&cell, since_begin(s->settled_ms));
	else
		out_text(&cell, state_label[s->state]);
	if (holder != TABLE_NONE) {
		out_text(&cell, " after ");
		out_text(&cell, table_name(session.table, holder));
	}
	rectangle("paper", x + 2, y_of(i) - 6,
	          8 + SMALL_CHARACTER * (uint64_t)cell.used, 12);
	text_begin("small", x + 6, y_of(i) + 4);
	out_bytes(&out_result, cell.bytes, cell.used);
	put("</text>\n");
}

static void row(const struct chart *c, uint32_t i)
{
	const struct start *s = start_of(i);

	put("<g>");
	tip(i);
	text_begin(s->critical ? "name critical" : "name", c->left - 8,
	           y_of(i) + 4);
	put_name(i);
	put("</text>\n");
	if (s->known)
		bars_of_events(c, i);
	else
		bars_of_start(c, i);
	put("</g>\n");
}

/* 1, 2 or 5 of a power of ten, so that there are not too many. */
static uint64_t tick_ms(uint64_t span_ms)
{
	uint64_t power = 1;

	while (power * 10 * TICKS_MOST < span_ms)
		power *= 10;
	if (power * TICKS_MOST >= span_ms)
		return power;
	if (power * 2 * TICKS_MOST >= span_ms)
		return power * 2;
	return power * 5 * TICKS_MOST >= span_ms ? power * 5 : power * 10;
}

static void axis(const struct chart *c)
{
	uint64_t step = tick_ms(c->end_ms - c->begin_ms);

	for (uint64_t at = c->begin_ms; at <= c->end_ms; at += step) {
		put_number("<path class=\"tick\" d=\"M", x_of(c, at));
		put_number(" ", HEAD - 8);
		put_number("V", HEAD + c->rows * (uint64_t)ROW);
		put("\"/>\n");
		text_begin("small axis", x_of(c, at), HEAD - 14);
		seconds_write(&out_result, at - c->begin_ms);
		put("</text>\n");
	}
}

static void legend_print(void)
{
	uint64_t x = MARGIN;

	for (int k = 0; k < LEGENDS; k++) {
		rectangle(legend[k].shade, x, 48, 14, 10);
		text("", x + 20, 58, legend[k].words);
		x += 40 + CHARACTER * text_length(legend[k].words);
	}
	text("critical", x, 58, "critical path");
}

static void head(const struct chart *c)
{
	uint64_t width = c->left + TIME_WIDTH +
	                 SMALL_CHARACTER * (LABEL_LEAST + c->name_length);
	uint64_t height = HEAD + c->rows * (uint64_t)ROW + MARGIN;

	put_number("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"", width);
	put_number("\" height=\"", height);
	put_number("\" viewBox=\"0 0 ", width);
	put_number(" ", height);
	put("\">\n");
	put(style);
	put_number("<rect fill=\"#fff\" width=\"", width);
	put_number("\" height=\"", height);
	put("\"/>\n");
	text_begin("big", MARGIN, 30);
	put_number("Start-up of ", c->rows);
	put(c->rows == 1 ? " service in " : " services in ");
	seconds_write(&out_result, c->end_ms - c->begin_ms);
	put(", from ");
	time_write(&out_result, c->begin_ms, TIME_FULL);
	put("</text>\n");
}

/* Those that have not begun come last. */
static uint32_t sort(void)
{
	for (uint32_t i = chosen_next(0); i != TABLE_NONE;
	     i = chosen_next(i + 1)) {
		start_of(i)->key[0] = start_of(i)->begun_ms - 1;
		start_of(i)->key[1] = start_of(i)->settled_ms;
	}
	return starts_sort();
}

/* The last that has settled, and who it waited for. */
static void mark_path(void)
{
	uint32_t last = start_last();

	for (uint32_t i = last != TABLE_NONE ? starts_path(last) : TABLE_NONE;
	     i != TABLE_NONE; i = start_of(i)->next)
		start_of(i)->critical = true;
}

static void place_rows(struct chart *c)
{
	size_t longest = 0;

	c->rows = sort();
	for (uint32_t k = 0; k < c->rows; k++) {
		uint32_t i = start_sorted(k);
		size_t length = text_length(table_name(session.table, i));

		start_of(i)->row = k;
		if (length > longest)
			longest = length;
	}
	c->name_length = (uint32_t)longest;
	c->left = 2 * MARGIN + CHARACTER * c->name_length;
}

int plot_run(const struct order *o)
{
	struct chart c = { .begin_ms = session.head->session_ms };

	(void)choose(o); /* no names: all */
	if (!starts_read(FIRST_START))
		return EXIT_MISSED;
	c.end_ms = starts_boot();
	if (c.end_ms <= c.begin_ms)
		c.end_ms = c.begin_ms + 1;
	mark_path();
	place_rows(&c);
	head(&c);
	legend_print();
	axis(&c);
	for (uint32_t k = 0; k < c.rows; k++)
		row(&c, start_sorted(k));
	for (uint32_t k = 0; k < c.rows; k++)
		hold(&c, start_sorted(k));
	for (uint32_t k = 0; k < c.rows; k++)
		end_label(&c, start_sorted(k));
	put("</svg>\n");
	return EXIT_DONE;
}
