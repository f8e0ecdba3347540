/* SPDX-License-Identifier: MIT */
/* Names of services, and one field of each. Knows no request. */
#include "conctl/base/json.h"
#include "conctl/base/order.h"
#include "conctl/base/out.h"
#include "conctl/session/choose.h"
#include "conctl/session/mapping.h"
#include "conctl/session/record.h"
#include "conctl/show/field.h"
#include "conctl/show/show.h"

/* list: prints the name of each service that is listed. */
int list_run(const struct order *o)
{
	struct json j = { .out = &out_result };

	if (o->json)
		json_open(&j, "[");
	for (uint32_t i = 0; i < session.table->services; i++) {
		const char *name = table_name(session.table, i);

		if (!session_lists(i) || session_is_second(i))
			continue;
		if (o->json)
			json_string(&j, name);
		else
			out_texts(&out_result, name, "\n", NULL);
	}
	if (o->json)
		json_close(&j, "]\n");
	return EXIT_DONE;
}

static void fields_json(enum field field)
{
	struct json j = { .out = &out_result };

	json_open(&j, "{");
	for (uint32_t i = chosen_next(0); i != TABLE_NONE;
	     i = chosen_next(i + 1)) {
		struct record r = session_record(i);

		json_key(&j, table_name(session.table, i));
		field_json(&j, field, i, &r);
	}
	json_close(&j, "}\n");
}

static void fields_print(enum field field, bool bare)
{
	for (uint32_t i = chosen_next(0); i != TABLE_NONE;
	     i = chosen_next(i + 1)) {
		struct record r = session_record(i);

		if (!bare)
			out_texts(&out_result, table_name(session.table, i),
			          ": ", NULL);
		field_write(&out_result, field, i, &r);
		out_text(&out_result, "\n");
	}
}

static bool all_have_process(void)
{
	for (uint32_t i = chosen_next(0); i != TABLE_NONE;
	     i = chosen_next(i + 1)) {
		struct record r = session_record(i);

		if (record_pid(table_service(session.table, i), &r) <= 0)
			return false;
	}
	return true;
}

/* The command of a field: prints the bare value if one service was named, else
 * `name: value`. EXIT_NOT_UP: a pid is asked for, and a service that was named
 * has no process. */
int field_run(const struct order *o)
{
	enum field field = (enum field)o->verb->detail;

	if (choose(o) > 0)
		return EXIT_UNKNOWN;
	if (o->json)
		fields_json(field);
	else
		fields_print(field, o->count > 0 && chosen_count() == 1);
	return field != FIELD_PID || o->count == 0 || all_have_process()
	               ? EXIT_DONE
	               : EXIT_NOT_UP;
}
