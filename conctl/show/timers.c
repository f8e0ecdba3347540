/* SPDX-License-Identifier: MIT */
/* The command timers: which services are started at certain times, when next, how
 * long until then, and when last. Sends no request. */
#include "conctl/base/json.h"
#include "conctl/base/order.h"
#include "conctl/base/out.h"
#include "conctl/base/screen.h"
#include "conctl/base/time.h"
#include "conctl/session/choose.h"
#include "conctl/session/mapping.h"
#include "conctl/session/record.h"
#include "conctl/session/timer.h"
#include "conctl/show/show.h"
#include "model/text.h"

enum column { NAME, NEXT, LEFT, LAST, EVERY, COLUMNS };

static const char *const title[COLUMNS] = { "SERVICE", "NEXT (UTC)", "LEFT",
	                                    "LAST (UTC)", "EVERY" };
static const uint32_t width[COLUMNS] = { 12, 19, 5, 19, 0 };

enum { TIME_SECONDS = 19 };         /* 2031-12-24T18:00:00 */

/* A moment in milliseconds since 1970, in UTC. */
static void moment_write(struct out *out, int64_t real_ms,
                         const struct clocks *now)
{
	uint32_t begin = out->used;

	time_write(out, (uint64_t)(real_ms - now->real + now->monotonic),
	           TIME_FULL);
	if (out->used > begin + TIME_SECONDS)
		out->used = begin + TIME_SECONDS;
}

static void every_write(struct out *out, uint32_t i)
{
	if (timer_calendars(i) == 0)
		span_write(out, timer_every(i).every_ms);
	for (uint32_t k = 0; k < timer_calendars(i); k++) {
		out_text(out, k > 0 ? ", " : "");
		out_foreign(out, timer_text(i, k));
	}
}

/* When it is due; TIMER_NEVER: it was asked to be down, or its calendar is
 * over. */
static int64_t due_of(uint32_t i, const struct record *r,
                      const struct clocks *now)
{
	int64_t due_ms;

	if (r->phase.target == TARGET_DOWN)
		return TIMER_NEVER;
	due_ms = timer_due_real(i, r, now);
	return due_ms < now->real ? now->real : due_ms;
}

static void cell_write(enum column column, uint32_t i, const struct record *r,
                       const struct clocks *now)
{
	int64_t due_ms = due_of(i, r, now);

	cell.used = 0;
	switch (column) {
	case NAME:
		out_text(&cell, table_name(session.table, i));
		return;
	case NEXT:
		if (due_ms != TIMER_NEVER)
			moment_write(&cell, due_ms, now);
		break;
	case LEFT:
		if (due_ms != TIMER_NEVER)
			duration_write(&cell, (uint64_t)(due_ms - now->real));
		break;
	case LAST:
		if (r->wanted_ms != 0)
			moment_write(&cell, (int64_t)r->wanted_ms + now->real -
			             now->monotonic, now);
		break;
	case EVERY:
		every_write(&cell, i);
		return;
	case COLUMNS:
		return;
	}
	if (cell.used == 0)
		out_text(&cell, "-");
}

static void timers_print(const struct order *o, const struct clocks *now)
{
	struct screen s = screen_look(o);
	uint32_t name = width[NAME];

	for (uint32_t i = chosen_next(0); i != TABLE_NONE;
	     i = chosen_next(i + 1)) {
		uint32_t length = (uint32_t)text_length(
			table_name(session.table, i));

		if (timer_is(i) && length > name)
			name = length;
	}
	for (enum column c = 0; c < COLUMNS; c++)
		screen_text(&s, title[c], c == NAME ? name : width[c]);
	screen_end(&s);
	for (uint32_t i = chosen_next(0); i != TABLE_NONE;
	     i = chosen_next(i + 1)) {
		struct record r;

		if (!timer_is(i))
			continue;
		r = session_record(i);
		for (enum column c = 0; c < COLUMNS; c++) {
			cell_write(c, i, &r, now);
			screen_cell(&s, NULL, c == NAME ? name : width[c]);
		}
		screen_end(&s);
	}
}

static void time_json(struct json *j, const char *key, int64_t real_ms,
                      const struct clocks *now)
{
	json_key(j, key);
	if (real_ms == TIMER_NEVER) {
		json_null(j);
		return;
	}
	cell.used = 0;
	time_write(&cell, (uint64_t)(real_ms - now->real + now->monotonic),
	           TIME_FULL);
	json_out(j, &cell);
}

static void timer_json(struct json *j, uint32_t i, const struct clocks *now)
{
	struct record r = session_record(i);
	int64_t due_ms = due_of(i, &r, now);

	json_open(j, "{");
	json_key(j, "service");
	json_string(j, table_name(session.table, i));
	time_json(j, "next", due_ms, now);
	json_key(j, "left_ms");
	if (due_ms == TIMER_NEVER)
		json_null(j);
	else
		json_number(j, due_ms - now->real);
	time_json(j, "last",
	          r.wanted_ms == 0 ? TIMER_NEVER
	                           : (int64_t)r.wanted_ms + now->real -
	                                     now->monotonic, now);
	json_key(j, "every");
	cell.used = 0;
	every_write(&cell, i);
	json_out(j, &cell);
	json_close(j, "}");
}

static void timers_json(const struct clocks *now)
{
	struct json j = { .out = &out_result };

	json_open(&j, "[");
	for (uint32_t i = chosen_next(0); i != TABLE_NONE;
	     i = chosen_next(i + 1))
		if (timer_is(i))
			timer_json(&j, i, now);
	json_close(&j, "]\n");
}

/* timers: prints the chosen services that have .every. */
int timers_run(const struct order *o)
{
	struct clocks now = clocks_now();

	if (choose(o) > 0)
		return EXIT_UNKNOWN;
	if (o->json)
		timers_json(&now);
	else
		timers_print(o, &now);
	return EXIT_DONE;
}
