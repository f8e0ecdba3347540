/* SPDX-License-Identifier: MIT */
/* What a start-up took: of each service, and of those that it could not have
 * been shorter without. */
#include "conctl/conctl.h"

enum { SECONDS_WIDTH = 8 };

/* 3.214s, aligned with others. */
static void cell_seconds(struct screen *s, uint64_t ms)
{
	struct digits d;
	size_t length = text_length(text_number(&d, (int64_t)(ms / 1000)));

	cell.used = 0;
	out_spaces(&cell, length + 5 < SECONDS_WIDTH
	                          ? (uint32_t)(SECONDS_WIDTH - length - 5)
	                          : 0);
	seconds_write(&cell, ms);
	screen_cell(s, NULL, SECONDS_WIDTH);
}

/* Another thing to be said of it. */
static void note(struct out *out, const char *a, const char *b)
{
	out_texts(out, out->used > 0 ? ", " : "", a, b, NULL);
}

/* What it waited for, how often it was tried, whether it got there. */
static void reports_write(struct out *out, uint32_t i)
{
	const struct start *s = start_of(i);
	uint32_t holder = start_held_by(i);
	enum state now = (enum state)session_record(i).phase.state;
	struct digits d;

	if (holder != TABLE_NONE)
		note(out, "after ", table_name(session.table, holder));
	if (s->attempts > 1)
		note(out, text_number(&d, s->attempts), " attempts");
	if (s->state != STATE_UP)
		note(out, s->settled_ms == 0 ? "still " : "",
		     state_label[s->state]);
	else if (now == STATE_FAILED || now == STATE_RETRYING)
		note(out, "now ", state_label[now]);
}

static uint32_t working_ms(uint32_t i)
{
	return start_of(i)->setup_ms + start_of(i)->start_ms;
}

static uint64_t waited_ms(uint32_t i)
{
	return start_took_ms(start_of(i)) - working_ms(i);
}

static void json_start(struct json *j, uint32_t i)
{
	const struct start *s = start_of(i);
	uint32_t holder = start_held_by(i);

	json_open(j, "{");
	json_key(j, "name");
	json_string(j, table_name(session.table, i));
	json_key(j, "wanted_ms");
	json_number(j, (int64_t)since_begin(s->wanted_ms));
	json_key(j, "took_ms");
	json_number(j, (int64_t)start_took_ms(s));
	json_key(j, "waited_ms");
	json_number(j, (int64_t)waited_ms(i));
	json_key(j, "setup_ms");
	json_number(j, s->setup_ms);
	json_key(j, "start_ms");
	json_number(j, s->start_ms);
	json_key(j, "attempts");
	json_number(j, s->attempts);
	json_key(j, "state");
	json_string(j, state_label[s->state]);
	json_key(j, "after");
	if (holder != TABLE_NONE)
		json_string(j, table_name(session.table, holder));
	else
		json_word(j, "null");
	json_close(j, "}");
}

/* The slowest first, not counting what it waited. */
static uint32_t sort(void)
{
	for (uint32_t i = chosen_next(0); i != TABLE_NONE;
	     i = chosen_next(i + 1)) {
		start_of(i)->key[0] = UINT64_MAX - working_ms(i);
		start_of(i)->key[1] = UINT64_MAX - start_took_ms(start_of(i));
	}
	return starts_sort();
}

/* A line: four times, whose they are, and what there is to say. */
enum { TIMES = 4 };

static void titles_print(struct screen *s, const char *const titles[TIMES])
{
	for (int k = 0; k < TIMES; k++) {
		cell.used = 0;
		out_spaces(&cell, SECONDS_WIDTH -
		                          (uint32_t)text_length(titles[k]));
		out_text(&cell, titles[k]);
		screen_cell(s, NULL, SECONDS_WIDTH);
	}
	screen_text(s, "SERVICE", 0);
	screen_end(s);
}

static void row_print(struct screen *s, const uint64_t times[TIMES], uint32_t i)
{
	for (int k = 0; k < TIMES; k++)
		cell_seconds(s, times[k]);
	screen_text(s, table_name(session.table, i), 0);
	cell.used = 0;
	reports_write(&cell, i);
	screen_cell(s, NULL, 0);
	screen_end(s);
}

static void starts_print(const struct order *o, uint32_t count)
{
	static const char *const titles[] = { "TOOK", "WAITED", "SET-UP",
		                              "START" };
	struct screen screen = screen_look(o);

	titles_print(&screen, titles);
	for (uint32_t k = 0; k < count; k++) {
		uint32_t i = start_sorted(k);
		const struct start *s = start_of(i);
		uint64_t times[] = { start_took_ms(s), waited_ms(i),
			             s->setup_ms, s->start_ms };

		row_print(&screen, times, i);
	}
}

static void starts_json(uint32_t count)
{
	struct json j = { .out = &out_result };

	json_open(&j, "[");
	for (uint32_t k = 0; k < count; k++)
		json_start(&j, start_sorted(k));
	json_close(&j, "]\n");
}

int blame_run(const struct order *o)
{
	uint32_t count;

	if (choose(o) > 0)
		return EXIT_UNKNOWN;
	if (!starts_read(LAST_START))
		return EXIT_MISSED;
	count = sort();
	if (o->json)
		starts_json(count);
	else
		starts_print(o, count);
	return EXIT_DONE;
}

/* When it had settled, and how much later that is than the one before it. */
static void path_print(const struct order *o, uint32_t first)
{
	static const char *const titles[] = { "AT", "TOOK", "SET-UP", "START" };
	struct screen screen = screen_look(o);
	uint64_t before = 0;

	titles_print(&screen, titles);
	for (uint32_t i = first; i != TABLE_NONE; i = start_of(i)->next) {
		const struct start *s = start_of(i);
		uint64_t at = since_begin(s->wanted_ms + start_took_ms(s));
		uint64_t times[] = { at, at - before, s->setup_ms,
			             s->start_ms };

		row_print(&screen, times, i);
		before = at;
	}
}

static void path_json(uint32_t first)
{
	struct json j = { .out = &out_result };

	json_open(&j, "[");
	for (uint32_t i = first; i != TABLE_NONE; i = start_of(i)->next)
		json_start(&j, i);
	json_close(&j, "]\n");
}

int path_run(const struct order *o)
{
	uint32_t last;

	if (choose(o) > 0)
		return EXIT_UNKNOWN;
	if (!starts_read(o->count > 0 ? LAST_START : FIRST_START))
		return EXIT_MISSED;
	if (o->count == 0)
		(void)starts_boot();
	last = start_last();
	if (last == TABLE_NONE) {
		complain("nothing has come up yet", NULL);
		return EXIT_MISSED;
	}
	if (o->json)
		path_json(starts_path(last));
	else
		path_print(o, starts_path(last));
	return EXIT_DONE;
}
