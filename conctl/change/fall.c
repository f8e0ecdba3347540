/* SPDX-License-Identifier: MIT */
/* What goes down with the chosen services, by the rules of supervisord
 * (model/target.h), which are applied to a copy of the records. Knows no
 * request. */
#include "conctl/change/fall.h"

#include "conctl/base/json.h"
#include "conctl/base/order.h"
#include "conctl/base/out.h"
#include "conctl/session/choose.h"
#include "conctl/session/mapping.h"
#include "conctl/session/record.h"
#include "model/target.h"
#include "model/text.h"
#include "sys/call.h"

/* The memory of all arrays: zeros. 0 or -errno. */
static int place(struct world *w, struct record **records, bool **falls)
{
	uint32_t count = session.table->services;
	uint64_t size = count * (sizeof(**records) + sizeof(**falls)) +
	                world_bytes(count) + 1;
	long room = sys_mmap(NULL, size, PROT_READ | PROT_WRITE,
	                     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (room < 0 && room > -4096)
		return (int)room;
	*records = (struct record *)room;
	world_place(w, *records + count, count);
	*falls = (bool *)*records + size - count - 1;
	w->targets.max = w->members.max = count;
	w->table = session.table;
	w->records = *records;
	return 0;
}

/* For each service whether it goes down and was not chosen; NULL: there is no
 * memory for the copy, *error. */
static const bool *compute(int *error)
{
	struct world w = { .reached_count = 0 };
	struct record *records = NULL;
	struct change change;
	bool *falls = NULL;

	*error = place(&w, &records, &falls);
	if (*error < 0)
		return NULL;
	for (uint32_t i = 0; i < session.table->services; i++)
		records[i] = session_record(i);
	for (uint32_t i = chosen_next(0); i != TABLE_NONE;
	     i = chosen_next(i + 1))
		target_set(&w, i, TARGET_DOWN);
	while (target_next(&w, &change)) {
		uint32_t i = change.service;

		records[i].phase = change.phase;
		falls[i] = !is_chosen(i) && session_lists(i) &&
		           change.phase.target == TARGET_DOWN;
	}
	return falls;
}

static void falls_json(const bool *falls)
{
	struct json j = { .out = &out_result };

	json_open(&j, "[");
	for (uint32_t i = 0; i < session.table->services; i++)
		if (falls[i])
			json_string(&j, table_name(session.table, i));
	json_close(&j, "]\n");
}

/* One line; none: if there is no such service. */
static void falls_print(const bool *falls, const char *words, const char *none)
{
	bool any = false;

	for (uint32_t i = 0; i < session.table->services; i++) {
		if (!falls[i])
			continue;
		out_texts(&out_result, any ? " " : words,
		          table_name(session.table, i), NULL);
		any = true;
	}
	out_text(&out_result, any ? "\n" : none);
}

/* down -n: prints which other services would go down with the chosen ones.
 * EXIT_DONE; or EXIT_MISSED, which has been explained. */
int fall_try(const struct order *o)
{
	struct digits d;
	int error;
	const bool *falls = compute(&error);

	if (falls == NULL) {
		complain("no memory: ", text_error(&d, error), NULL);
		return EXIT_MISSED;
	}
	if (o->json)
		falls_json(falls);
	else
		falls_print(falls, "would also go down: ",
		            "no other service would go down\n");
	return EXIT_DONE;
}

/* down: prints which other services go down with the chosen ones; nothing if
 * there are none, or there is no memory to find out. */
void fall_say(const struct order *o)
{
	int error;
	const bool *falls = compute(&error);

	if (falls != NULL && !o->json)
		falls_print(falls, "also going down: ", "");
}
