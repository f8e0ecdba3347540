/* SPDX-License-Identifier: MIT */
/* The command plot: the start-up as a chart, in SVG 1.1: a line for each
 * service in the order in which they began, a bar for each of its states, and
 * the service that blocked it last. Lengths are pixels. */
#include "conctl/base/order.h"
#include "conctl/base/screen.h"
#include "conctl/base/time.h"
#include "conctl/session/choose.h"
#include "conctl/session/event.h"
#include "conctl/session/mapping.h"
#include "conctl/show/show.h"
#include "conctl/show/starts.h"
#include "model/text.h"

enum {
	MARGIN = 16,
	CHARACTER = 7,              /* its width, about … */
	SMALL_CHARACTER = 6,        /* … and that of a label */
	TIME_WIDTH = 960,
	LABEL_LEAST = 24,           /* characters: a time or a state, "after" */
	HEAD = 92,                  /* title, legend, axis */
	ROW = 20,
	TICKS_MOST = 12,
};

/* The class of the bar of a state. NULL: there is no bar. */
static const char *const shade[STATES] = {
	[STATE_WAITING_TO_START] = "wait",
	[STATE_SETTING_UP] = "setup",
	[STATE_STARTING] = "start",
	[STATE_UP] = "up",
	[STATE_WAITING_TO_STOP] = "up",
	[STATE_DRAINING] = "stop",
	[STATE_STOPPING] = "stop",
	[STATE_CLEANING_UP] = "stop",
	[STATE_RETRYING] = "fail",
	[STATE_FAILED] = "fail",
	[STATE_FORCE_DOWN] = "stop",
	[STATE_CANNOT_STOP] = "fail",
	[STATE_SKIPPED] = NULL, /* nothing runs */
};

static const struct {
	const char *shade, *words;
} legend[] = {
	{ "wait", "waiting" },       { "setup", "set-up" },
	{ "start", "start" },        { "up", "up" },
	{ "fail", "retrying, failed" }, { "stop", "draining, stopping" },
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
	uint32_t under_way;         /* of them: not up, and not failed */
};

static void svg_put(const char *text)
{
	out_text(&out_result, text);
}

static void svg_number(const char *before, uint64_t number)
{
	svg_put(before);
	out_number(&out_result, (int64_t)number);
}

/* A name has no byte that XML reads as anything but text (table_is_name()). */
static void svg_name(uint32_t i)
{
	svg_put(table_name(session.table, i));
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

static void svg_rectangle(const char *class, uint64_t x, uint64_t y,
                          uint64_t width, uint64_t height)
{
	svg_put("<rect class=\"");
	svg_put(class);
	svg_number("\" x=\"", x);
	svg_number("\" y=\"", y);
	svg_number("\" width=\"", width);
	svg_number("\" height=\"", height);
	svg_put("\"/>\n");
}

static void svg_text_begin(const char *class, uint64_t x, uint64_t y)
{
	svg_put("<text class=\"");
	svg_put(class);
	svg_number("\" x=\"", x);
	svg_number("\" y=\"", y);
	svg_put("\">");
}

static void svg_text(const char *class, uint64_t x, uint64_t y,
                     const char *words)
{
	svg_text_begin(class, x, y);
	svg_put(words);
	svg_put("</text>\n");
}

/* A state in which a process works has a thick bar, others a thin one. Every
 * bar is at least a pixel wide, so that it can be seen. */
static void chart_bar(const struct chart *c, uint32_t i, enum state state,
                      uint64_t from_ms, uint64_t to_ms)
{
	uint64_t x = x_of(c, from_ms), end = x_of(c, to_ms);
	bool works = state != STATE_WAITING_TO_START && state != STATE_UP &&
	             state != STATE_RETRYING && state != STATE_FAILED;
	uint64_t half = works ? ROW / 2 - 4 : 2;

	if (shade[state] == NULL || from_ms > c->end_ms || to_ms == from_ms)
		return;
	svg_rectangle(shade[state], x, y_of(i) - half, end > x ? end - x : 1,
	              2 * half);
}

/* From its events: all its states up to the end of the chart. */
static void chart_bars_of_events(const struct chart *c, uint32_t i)
{
	uint32_t at = events_first(), end = events_now(), missed = 0;
	enum state state = STATE_DOWN;
	uint64_t since_ms = c->begin_ms;
	struct event e;

	while (event_next(&at, end, &e, &missed)) {
		if (e.service != i || e.kind != EVENT_STATE)
			continue;
		chart_bar(c, i, state, since_ms, e.at_ms);
		state = (enum state)e.to;
		since_ms = e.at_ms;
	}
	chart_bar(c, i, state, since_ms, c->end_ms);
}

static void chart_bars_of_start(const struct chart *c, uint32_t i)
{
	const struct start *s = start_of(i);
	uint64_t begun_ms = s->begun_ms != 0 ? s->begun_ms : c->end_ms;
	uint64_t end_ms = s->settled_ms != 0 ? s->settled_ms : c->end_ms;

	chart_bar(c, i, STATE_WAITING_TO_START, s->wanted_ms, begun_ms);
	chart_bar(c, i, STATE_SETTING_UP, begun_ms, begun_ms + s->setup_ms);
	chart_bar(c, i, STATE_STARTING, begun_ms + s->setup_ms, end_ms);
	chart_bar(c, i, s->state, end_ms, c->end_ms);
}

/* A line from the service that blocked this one last, from its end to the
 * beginning of this one. */
static void chart_blocker(const struct chart *c, uint32_t i)
{
	const struct start *s = start_of(i);
	uint32_t blocker = start_blocked_by(i);

	if (blocker == TABLE_NONE || !is_chosen(blocker))
		return;
	svg_put(s->critical && start_of(blocker)->next == i
	                ? "<path class=\"path\" d=\"M"
	                : "<path class=\"hold\" d=\"M");
	svg_number("", x_of(c, start_of(blocker)->settled_ms));
	svg_number(" ", y_of(blocker));
	svg_number(" V", y_of(i));
	svg_number(" H", x_of(c, s->begun_ms));
	svg_put("\"/>\n");
}

/* What a browser shows for the row under the pointer. */
static void chart_tooltip(uint32_t i)
{
	const struct start *s = start_of(i);
	uint64_t took_ms = start_took_ms(s);
	uint32_t blocker = start_blocked_by(i);

	svg_put("<title>");
	svg_name(i);
	svg_put(": ");
	seconds_write(&out_result, took_ms);
	svg_put(", waited ");
	seconds_write(&out_result, took_ms - s->setup_ms - s->start_ms);
	svg_put(", set-up ");
	seconds_write(&out_result, s->setup_ms);
	svg_put(", start ");
	seconds_write(&out_result, s->start_ms);
	if (s->attempts > 1)
		svg_number(", attempts ", s->attempts);
	if (blocker != TABLE_NONE) {
		svg_put(", after ");
		svg_name(blocker);
	}
	svg_put("</title>\n");
}

/* When it was up, or else its state, and which service blocked it: behind the
 * bar of its start, on top of all other bars. */
static void chart_label(const struct chart *c, uint32_t i)
{
	const struct start *s = start_of(i);
	uint32_t blocker = start_blocked_by(i);
	uint64_t x = x_of(c, s->settled_ms != 0 ? s->settled_ms : c->end_ms);

	cell.used = 0;
	if (s->settled_ms != 0)
		seconds_write(&cell, session_ms_at(s->settled_ms));
	else
		out_text(&cell, state_label[s->state]);
	if (blocker != TABLE_NONE) {
		out_text(&cell, " after ");
		out_text(&cell, table_name(session.table, blocker));
	}
	svg_rectangle("paper", x + 2, y_of(i) - 6,
	              8 + SMALL_CHARACTER * (uint64_t)cell.used, 12);
	svg_text_begin("small", x + 6, y_of(i) + 4);
	out_bytes(&out_result, cell.bytes, cell.used);
	svg_put("</text>\n");
}

static void chart_row(const struct chart *c, uint32_t i)
{
	const struct start *s = start_of(i);

	svg_put("<g>");
	chart_tooltip(i);
	svg_text_begin(s->critical ? "name critical" : "name", c->left - 8,
	               y_of(i) + 4);
	svg_name(i);
	svg_put("</text>\n");
	if (s->known)
		chart_bars_of_events(c, i);
	else
		chart_bars_of_start(c, i);
	svg_put("</g>\n");
}

/* 1, 2 or 5 of a power of ten, so that there are not too many ticks. */
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

static void chart_axis(const struct chart *c)
{
	uint64_t step = tick_ms(c->end_ms - c->begin_ms);

	for (uint64_t at = c->begin_ms; at <= c->end_ms; at += step) {
		svg_number("<path class=\"tick\" d=\"M", x_of(c, at));
		svg_number(" ", HEAD - 8);
		svg_number("V", HEAD + c->rows * (uint64_t)ROW);
		svg_put("\"/>\n");
		svg_text_begin("small axis", x_of(c, at), HEAD - 14);
		seconds_write(&out_result, at - c->begin_ms);
		svg_put("</text>\n");
	}
}

static void chart_legend(void)
{
	uint64_t x = MARGIN;

	for (int k = 0; k < LEGENDS; k++) {
		svg_rectangle(legend[k].shade, x, 48, 14, 10);
		svg_text("", x + 20, 58, legend[k].words);
		x += 40 + CHARACTER * text_length(legend[k].words);
	}
	svg_text("critical", x, 58, "critical path");
}

static void chart_head(const struct chart *c)
{
	uint64_t width = c->left + TIME_WIDTH +
	                 SMALL_CHARACTER * (LABEL_LEAST + c->name_length);
	uint64_t height = HEAD + c->rows * (uint64_t)ROW + MARGIN;

	svg_number("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"", width);
	svg_number("\" height=\"", height);
	svg_number("\" viewBox=\"0 0 ", width);
	svg_number(" ", height);
	svg_put("\">\n");
	svg_put(style);
	svg_number("<rect fill=\"#fff\" width=\"", width);
	svg_number("\" height=\"", height);
	svg_put("\"/>\n");
	svg_text_begin("big", MARGIN, 30);
	svg_number("Start-up of ", c->rows);
	svg_put(c->rows == 1 ? " service in " : " services in ");
	seconds_write(&out_result, c->end_ms - c->begin_ms);
	svg_put(", from ");
	time_write(&out_result, c->begin_ms, TIME_FULL);
	if (c->under_way > 0) {
		svg_number("; so far: ", c->under_way);
		svg_put(c->under_way == 1 ? " of them is still starting"
		                          : " of them are still starting");
	}
	svg_put("</text>\n");
}

/* The chart is to be kept, as of a whole start-up, and it is not one. */
static void say_under_way(uint32_t count)
{
	struct digits d;

	if (count > 0)
		complain("the start-up is not over: ", text_number(&d, count),
		         count == 1 ? " service is" : " services are",
		         " still starting", NULL);
}

/* By their beginning; those that have not begun are last. */
static uint32_t sort_by_begin(void)
{
	for (uint32_t i = chosen_next(0); i != TABLE_NONE;
	     i = chosen_next(i + 1)) {
		start_of(i)->key[0] = start_of(i)->begun_ms - 1;
		start_of(i)->key[1] = start_of(i)->settled_ms;
	}
	return starts_sort();
}

/* The service that has settled last, and those that blocked it. */
static void mark_critical_path(void)
{
	uint32_t last = start_last();

	for (uint32_t i = last != TABLE_NONE ? starts_path(last) : TABLE_NONE;
	     i != TABLE_NONE; i = start_of(i)->next)
		start_of(i)->critical = true;
}

static void chart_layout(struct chart *c)
{
	size_t longest = 0;

	c->rows = sort_by_begin();
	for (uint32_t k = 0; k < c->rows; k++) {
		uint32_t i = start_sorted(k);
		size_t length = text_length(table_name(session.table, i));

		start_of(i)->row = k;
		c->under_way += start_of(i)->settled_ms == 0;
		if (length > longest)
			longest = length;
	}
	c->name_length = (uint32_t)longest;
	c->left = 2 * MARGIN + CHARACTER * c->name_length;
}

/* plot: prints the start-up of all services as a chart. */
int plot_run(const struct order *o)
{
	struct chart c = { .begin_ms = session.head->session_ms };

	(void)choose(o); /* no names: all */
	if (!starts_read(FIRST_START))
		return EXIT_MISSED;
	c.end_ms = starts_boot();
	if (c.end_ms <= c.begin_ms)
		c.end_ms = c.begin_ms + 1;
	mark_critical_path();
	chart_layout(&c);
	chart_head(&c);
	chart_legend();
	chart_axis(&c);
	for (uint32_t k = 0; k < c.rows; k++)
		chart_row(&c, start_sorted(k));
	for (uint32_t k = 0; k < c.rows; k++)
		chart_blocker(&c, start_sorted(k));
	for (uint32_t k = 0; k < c.rows; k++)
		chart_label(&c, start_sorted(k));
	svg_put("</svg>\n");
	say_under_way(c.under_way);
	return EXIT_DONE;
}
