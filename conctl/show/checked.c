/* SPDX-License-Identifier: MIT */
/* The command health: are services well, for people and for the HEALTHCHECK of a
 * container. Sends no request. */
#include "conctl/base/json.h"
#include "conctl/base/order.h"
#include "conctl/base/out.h"
#include "conctl/session/choose.h"
#include "conctl/session/mapping.h"
#include "conctl/session/record.h"
#include "conctl/show/health.h"
#include "conctl/show/show.h"

/* Without names: those that are checked and are to be up. */
static void leave_out_others(void)
{
	for (uint32_t i = chosen_next(0); i != TABLE_NONE;
	     i = chosen_next(i + 1)) {
		struct record r = session_record(i);

		if (health_word(i, &r) == NULL ||
		    !target_wanted(r.phase.target))
			choose_not(i);
	}
}

/* Of a service that is not up, or has no .check, its state. */
static const char *word_of(uint32_t i, const struct record *r)
{
	const char *word = health_word(i, r);

	return word == NULL || r->phase.state != STATE_UP
	               ? state_label[r->phase.state]
	               : word;
}

static void line_print(uint32_t i, const struct record *r)
{
	out_texts(&out_result, table_name(session.table, i), ": ", NULL);
	if (r->phase.state == STATE_UP && health_word(i, r) != NULL)
		health_write(&out_result, i, r);
	else
		out_text(&out_result, word_of(i, r));
	out_text(&out_result, "\n");
}

static void all_json(void)
{
	struct json j = { .out = &out_result };

	json_open(&j, "{");
	for (uint32_t i = chosen_next(0); i != TABLE_NONE;
	     i = chosen_next(i + 1)) {
		struct record r = session_record(i);

		json_key(&j, table_name(session.table, i));
		json_string(&j, word_of(i, &r));
	}
	json_close(&j, "}\n");
}

/* health: prints how each service is. EXIT_MISSED: one of them is not well. */
int health_run(const struct order *o)
{
	bool good = true;

	if (choose(o) > 0)
		return EXIT_UNKNOWN;
	if (o->count == 0)
		leave_out_others();
	if (o->json)
		all_json();
	for (uint32_t i = chosen_next(0); i != TABLE_NONE;
	     i = chosen_next(i + 1)) {
		struct record r = session_record(i);

		good &= health_is_good(i, &r);
		if (!o->json)
			line_print(i, &r);
	}
	return good ? EXIT_DONE : EXIT_MISSED;
}
