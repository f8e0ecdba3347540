/* SPDX-License-Identifier: MIT */
/* What has become of each service in an upgrade: the former table beside the
 * one that is in force now. Sends no request. */
#include "conctl/upgrade/outcome.h"

#include "conctl/base/json.h"
#include "conctl/base/order.h"
#include "conctl/base/screen.h"
#include "conctl/session/mapping.h"
#include "conctl/session/record.h"
#include "conctl/show/probation.h"

static const struct table *former;

/* Services that were removed are of the former table, all others of the table
 * that is in force. */
enum outcome { KEPT, ADDED, REMOVED, STALE, OUTCOMES };

static const char *const outcome_word[OUTCOMES] = {
	[KEPT] = "kept",
	[ADDED] = "added",
	[REMOVED] = "removed",
	[STALE] = "stale",
};

static bool is_in(const struct table *t, const char *name)
{
	uint32_t i = table_find(t, name);

	return i != TABLE_NONE && !table_service(t, i)->gone;
}

static const struct table *table_for(enum outcome outcome)
{
	return outcome == REMOVED ? former : session.table;
}

static bool is_outcome(enum outcome outcome, uint32_t i)
{
	const struct table *t = table_for(outcome);
	const char *name = table_name(t, i);

	if (table_service(t, i)->gone || table_first(t, i) != i)
		return false;
	switch (outcome) {
	case KEPT:
		return is_in(former, name);
	case ADDED:
		return !is_in(former, name);
	case REMOVED:
		return !is_in(session.table, name);
	case STALE:
		return session_record(i).phase.stale;
	case OUTCOMES:
		break;
	}
	return false;
}

static uint32_t outcome_next(enum outcome outcome, uint32_t i)
{
	for (; i < table_for(outcome)->services; i++)
		if (is_outcome(outcome, i))
			return i;
	return TABLE_NONE;
}

static uint32_t outcome_count(enum outcome outcome)
{
	uint32_t count = 0;

	for (uint32_t i = outcome_next(outcome, 0); i != TABLE_NONE;
	     i = outcome_next(outcome, i + 1))
		count++;
	return count;
}

/* The state of a service that was removed and is still to be stopped; or
 * NULL. */
static const char *stopping_state(const char *name)
{
	uint32_t i = table_find(session.table, name);

	return i != TABLE_NONE && session_lists(i)
	               ? state_label[session_record(i).phase.state]
	               : NULL;
}

static void outcome_names_write(struct out *out, enum outcome outcome)
{
	const char *comma = ": ";

	for (uint32_t i = outcome_next(outcome, 0); i != TABLE_NONE;
	     i = outcome_next(outcome, i + 1)) {
		const char *name = table_name(table_for(outcome), i);
		const char *state =
			outcome == REMOVED ? stopping_state(name) : NULL;

		out_text(out, comma);
		out_text(out, name);
		if (state != NULL)
			out_texts(out, " (", state, ")", NULL);
		comma = ", ";
	}
}

/* One line, which a terminal cuts. */
static void outcome_print(struct screen *s, enum outcome outcome)
{
	uint32_t count = outcome_count(outcome);
	bool ends = s->columns != NO_WIDTH;
	struct out *out = ends ? &cell : &out_result;

	if (count == 0 && outcome != KEPT)
		return;
	cell.used = 0;
	out_texts(out, outcome_word[outcome], " ", NULL);
	out_number(out, count);
	if (outcome != KEPT)
		outcome_names_write(out, outcome);
	if (ends)
		screen_cell(s, NULL, 0);
	screen_end(s);
}

static void outcome_names_json(struct json *j, enum outcome outcome)
{
	json_open(j, "[");
	for (uint32_t i = outcome_next(outcome, 0); i != TABLE_NONE;
	     i = outcome_next(outcome, i + 1))
		json_string(j, table_name(table_for(outcome), i));
	json_close(j, "]");
}

/* Removed services that are still to be stopped. */
static void stopping_json(struct json *j)
{
	json_open(j, "[");
	for (uint32_t i = outcome_next(REMOVED, 0); i != TABLE_NONE;
	     i = outcome_next(REMOVED, i + 1))
		if (stopping_state(table_name(former, i)) != NULL)
			json_string(j, table_name(former, i));
	json_close(j, "]");
}

static void outcomes_json(void)
{
	struct json j = { .out = &out_result };

	json_open(&j, "{");
	for (enum outcome outcome = KEPT; outcome < OUTCOMES; outcome++) {
		json_key(&j, outcome_word[outcome]);
		outcome_names_json(&j, outcome);
	}
	json_key(&j, "stopping");
	stopping_json(&j);
	json_key(&j, "probation");
	probation_json(&j);
	json_close(&j, "}\n");
}

/* Prints which services were kept, added, removed and are stale, after an
 * upgrade from that table: a line each, or as JSON. */
void outcomes_print(const struct order *o, const struct table *former_table)
{
	struct screen screen = screen_look(o);

	former = former_table;
	if (o->json)
		outcomes_json();
	for (enum outcome outcome = KEPT; !o->json && outcome < OUTCOMES;
	     outcome++)
		outcome_print(&screen, outcome);
}
