/* SPDX-License-Identifier: MIT */
/* The commands blame and critical-path: how long services took to come up, and
 * which of them a start-up could not have been shorter without. */
#include "conctl/base/json.h"
#include "conctl/base/order.h"
#include "conctl/base/screen.h"
#include "conctl/base/time.h"
#include "conctl/session/choose.h"
#include "conctl/session/mapping.h"
#include "conctl/session/record.h"
#include "conctl/show/show.h"
#include "conctl/show/starts.h"
#include "model/text.h"

enum { SECONDS_WIDTH = 8 };

/* Prints seconds as a cell, aligned to the right: 3.214s. */
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

/* Adds a remark. */
static void remark(struct out *out, const char *a, const char *b)
{
	out_texts(out, out->used > 0 ? ", " : "", a, b, NULL);
}

/* Remarks: what blocked it, how many attempts there were, whether it is up. */
static void remarks_write(struct out *out, uint32_t i)
{
	const struct start *s = start_of(i);
	uint32_t blocker = start_blocked_by(i);
	enum state now = (enum state)session_record(i).phase.state;
	struct digits d;

	if (blocker != TABLE_NONE)
		remark(out, "after ", table_name(session.table, blocker));
	if (s->attempts > 1)
		remark(out, text_number(&d, s->attempts), " attempts");
	if (s->state != STATE_UP)
		remark(out, s->settled_ms == 0 ? "still " : "",
		       state_label[s->state]);
	else if (now == STATE_FAILED || now == STATE_RETRYING)
		remark(out, "now ", state_label[now]);
}

static uint32_t working_ms(uint32_t i)
{
	return start_of(i)->setup_ms + start_of(i)->start_ms;
}

static uint64_t waited_ms(uint32_t i)
{
	return start_took_ms(start_of(i)) - working_ms(i);
}

static void start_json(struct json *j, uint32_t i)
{
	const struct start *s = start_of(i);
	uint32_t blocker = start_blocked_by(i);

	json_open(j, "{");
	json_key(j, "name");
	json_string(j, table_name(session.table, i));
	json_key(j, "wanted_ms");
	json_number(j, (int64_t)session_ms_at(s->wanted_ms));
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
	if (blocker != TABLE_NONE)
		json_string(j, table_name(session.table, blocker));
	else
		json_null(j);
	json_close(j, "}");
}

/* The slowest first, without the time for which others blocked it. */
static uint32_t sort_slowest_first(void)
{
	for (uint32_t i = chosen_next(0); i != TABLE_NONE;
	     i = chosen_next(i + 1)) {
		start_of(i)->key[0] = UINT64_MAX - working_ms(i);
		start_of(i)->key[1] = UINT64_MAX - start_took_ms(start_of(i));
	}
	return starts_sort();
}

/* A line has four times, a service and remarks. */
enum { TIMES = 4 };

static void starts_titles(struct screen *s, const char *const titles[TIMES])
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

static void start_line(struct screen *s, const uint64_t times[TIMES],
                       uint32_t i)
{
	for (int k = 0; k < TIMES; k++)
		cell_seconds(s, times[k]);
	screen_text(s, table_name(session.table, i), 0);
	cell.used = 0;
	remarks_write(&cell, i);
	screen_cell(s, NULL, 0);
	screen_end(s);
}

static void starts_print(const struct order *o, uint32_t count)
{
	static const char *const titles[] = { "TOOK", "WAITED", "SET-UP",
		                              "START" };
	struct screen screen = screen_look(o);

	starts_titles(&screen, titles);
	for (uint32_t k = 0; k < count; k++) {
		uint32_t i = start_sorted(k);
		const struct start *s = start_of(i);
		uint64_t times[] = { start_took_ms(s), waited_ms(i),
			             s->setup_ms, s->start_ms };

		start_line(&screen, times, i);
	}
}

static void starts_json(uint32_t count)
{
	struct json j = { .out = &out_result };

	json_open(&j, "[");
	for (uint32_t k = 0; k < count; k++)
		start_json(&j, start_sorted(k));
	json_close(&j, "]\n");
}

/* blame: prints how long each service took to come up, the slowest first. */
int blame_run(const struct order *o)
{
	uint32_t count;

	if (choose(o) > 0)
		return EXIT_UNKNOWN;
	if (!starts_read(LAST_START))
		return EXIT_MISSED;
	count = sort_slowest_first();
	if (o->json)
		starts_json(count);
	else
		starts_print(o, count);
	return EXIT_DONE;
}

/* AT: when it had settled. TOOK: since the service before it had. */
static void path_print(const struct order *o, uint32_t first)
{
	static const char *const titles[] = { "AT", "TOOK", "SET-UP", "START" };
	struct screen screen = screen_look(o);
	uint64_t before = 0;

	starts_titles(&screen, titles);
	for (uint32_t i = first; i != TABLE_NONE; i = start_of(i)->next) {
		const struct start *s = start_of(i);
		uint64_t at = session_ms_at(s->wanted_ms + start_took_ms(s));
		uint64_t times[] = { at, at - before, s->setup_ms,
			             s->start_ms };

		start_line(&screen, times, i);
		before = at;
	}
}

static void path_json(uint32_t first)
{
	struct json j = { .out = &out_result };

	json_open(&j, "[");
	for (uint32_t i = first; i != TABLE_NONE; i = start_of(i)->next)
		start_json(&j, i);
	json_close(&j, "]\n");
}

/* critical-path: prints the services that blocked each other, up to the one
 * that is named, or to the last one of the start-up. */
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
		complain(o->count > 0 ? "it has not come up yet"
		                      : "nothing has come up yet",
		         NULL);
		return EXIT_MISSED;
	}
	if (o->json)
		path_json(starts_path(last));
	else
		path_print(o, starts_path(last));
	return EXIT_DONE;
}
