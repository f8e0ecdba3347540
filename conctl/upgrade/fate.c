/* SPDX-License-Identifier: MIT */
/* What has become of each service in an upgrade: the former table beside the
 * one that is in force now. Sends no request. */
#include "conctl/upgrade/fate.h"

#include "conctl/base/json.h"
#include "conctl/base/order.h"
#include "conctl/base/screen.h"
#include "conctl/session/mapping.h"
#include "conctl/session/record.h"
#include "conctl/show/probation.h"

static const struct table *former;

/* Services that were removed are of the former table, all others of the table
 * that is in force. */
enum fate { KEPT, ADDED, REMOVED, STALE, FATES };

static const char *const fate_word[FATES] = {
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

static const struct table *table_for(enum fate fate)
{
	return fate == REMOVED ? former : session.table;
}

static bool is_fate(enum fate fate, uint32_t i)
{
	const struct table *t = table_for(fate);
	const char *name = table_name(t, i);

	if (table_service(t, i)->gone)
		return false;
	switch (fate) {
	case KEPT:
		return is_in(former, name);
	case ADDED:
		return !is_in(former, name);
	case REMOVED:
		return !is_in(session.table, name);
	case STALE:
		return session_record(i).phase.stale;
	case FATES:
		break;
	}
	return false;
}

static uint32_t fate_next(enum fate fate, uint32_t i)
{
	for (; i < table_for(fate)->services; i++)
		if (is_fate(fate, i))
			return i;
	return TABLE_NONE;
}

static uint32_t fate_count(enum fate fate)
{
	uint32_t count = 0;

	for (uint32_t i = fate_next(fate, 0); i != TABLE_NONE;
	     i = fate_next(fate, i + 1))
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

static void fate_names_write(struct out *out, enum fate fate)
{
	const char *comma = ": ";

	for (uint32_t i = fate_next(fate, 0); i != TABLE_NONE;
	     i = fate_next(fate, i + 1)) {
		const char *name = table_name(table_for(fate), i);
		const char *state =
			fate == REMOVED ? stopping_state(name) : NULL;

		out_text(out, comma);
		out_text(out, name);
		if (state != NULL)
			out_texts(out, " (", state, ")", NULL);
		comma = ", ";
	}
}

/* One line, which a terminal cuts. */
static void fate_print(struct screen *s, enum fate fate)
{
	uint32_t count = fate_count(fate);
	bool ends = s->columns != NO_WIDTH;
	struct out *out = ends ? &cell : &out_result;

	if (count == 0 && fate != KEPT)
		return;
	cell.used = 0;
	out_texts(out, fate_word[fate], " ", NULL);
	out_number(out, count);
	if (fate != KEPT)
		fate_names_write(out, fate);
	if (ends)
		screen_cell(s, NULL, 0);
	screen_end(s);
}

static void fate_names_json(struct json *j, enum fate fate)
{
	json_open(j, "[");
	for (uint32_t i = fate_next(fate, 0); i != TABLE_NONE;
	     i = fate_next(fate, i + 1))
		json_string(j, table_name(table_for(fate), i));
	json_close(j, "]");
}

/* Removed services that are still to be stopped. */
static void stopping_json(struct json *j)
{
	json_open(j, "[");
	for (uint32_t i = fate_next(REMOVED, 0); i != TABLE_NONE;
	     i = fate_next(REMOVED, i + 1))
		if (stopping_state(table_name(former, i)) != NULL)
			json_string(j, table_name(former, i));
	json_close(j, "]");
}

static void fates_json(void)
{
	struct json j = { .out = &out_result };

	json_open(&j, "{");
	for (enum fate fate = KEPT; fate < FATES; fate++) {
		json_key(&j, fate_word[fate]);
		fate_names_json(&j, fate);
	}
	json_key(&j, "stopping");
	stopping_json(&j);
	json_key(&j, "probation");
	probation_json(&j);
	json_close(&j, "}\n");
}

/* Prints which services were kept, added, removed and are stale, after an
 * upgrade from that table: a line each, or as JSON. */
void fates_print(const struct order *o, const struct table *former_table)
{
	struct screen screen = screen_look(o);

	former = former_table;
	if (o->json)
		fates_json();
	for (enum fate fate = KEPT; !o->json && fate < FATES; fate++)
		fate_print(&screen, fate);
}
