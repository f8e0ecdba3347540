/* SPDX-License-Identifier: MIT */
/* Names of services, and one field of each. Knows no request. */
#include "conctl/conctl.h"

int list_run(const struct order *o)
{
	struct json j = { .out = &out_result };

	if (o->json)
		json_open(&j, "[");
	for (uint32_t i = 0; i < session.table->services; i++) {
		const char *name = table_name(session.table, i);

		if (!session_lists(i))
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

static const struct {
	const char *label;
	field_show *show;
	int detail;
} fields[FIELDS] = {
#define FIELD(name, label, kind, show, detail, help) { label, show, detail },
#include "conctl/show/field.def"
#undef FIELD
};

const char *field_label(enum field field)
{
	return fields[field].label;
}

void field_write(struct out *out, enum field field, uint32_t i,
                 const struct record *r)
{
	fields[field].show(out, i, r, fields[field].detail);
}

static void fields_json(enum field field)
{
	struct json j = { .out = &out_result };

	json_open(&j, "{");
	for (uint32_t i = chosen_next(0); i != TABLE_NONE;
	     i = chosen_next(i + 1)) {
		struct record r = session_record(i);

		json_key(&j, table_name(session.table, i));
		json_field(&j, field, i, &r);
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

/* The bare value of one service that was named, else `name: value`. */
int field_run(const struct order *o)
{
	enum field field = (enum field)o->verb->detail;

	if (choose(o) > 0)
		return EXIT_UNKNOWN;
	if (o->json)
		fields_json(field);
	else
		fields_print(field, o->count > 0 && chosen_count() == 1);
	return EXIT_DONE;
}

void show_state(struct out *out, uint32_t i, const struct record *r, int detail)
{
	(void)i, (void)detail;
	out_text(out, state_label[r->phase.state]);
}

void show_target(struct out *out, uint32_t i, const struct record *r,
                 int detail)
{
	(void)i, (void)detail;
	out_text(out, target_label[r->phase.target]);
}

void show_pid(struct out *out, uint32_t i, const struct record *r, int detail)
{
	(void)i, (void)detail;
	int32_t pid = record_pid(table_service(session.table, i), r);

	if (pid > 0)
		out_number(out, pid);
	else
		out_text(out, "-");
}

/* As a shell would say it: sh(1), "Exit Status". */
void show_code(struct out *out, uint32_t i, const struct record *r, int detail)
{
	(void)i, (void)detail;
	if (r->ending.code == ENDING_EXITED)
		out_number(out, r->ending.status);
	else if (r->ending.code != 0)
		out_number(out, 128 + (int64_t)r->ending.status);
	else
		out_text(out, "-");
}

void show_attempt(struct out *out, uint32_t i, const struct record *r,
                  int detail)
{
	(void)i, (void)detail;
	out_number(out, r->phase.attempt);
}

void show_time(struct out *out, uint32_t i, const struct record *r, int detail)
{
	(void)i, (void)detail;
	out_number(out, (int64_t)(age_ms(r) / 1000));
}

void show_edges(struct out *out, uint32_t i, const struct record *r, int detail)
{
	struct edges e = edges_from(session.table, i);
	const char *space = "";

	(void)r;
	for (; e.at < e.end; e.at++) {
		if (edge_kind(*e.at) != (enum edge_kind)detail)
			continue;
		out_texts(out, space,
		          table_name(session.table, edge_service(*e.at)), NULL);
		space = " ";
	}
}

void show_log(struct out *out, uint32_t i, const struct record *r, int detail)
{
	const struct table_service *s = table_service(session.table, i);

	(void)r, (void)detail;
	switch ((enum log_kind)s->log_kind) {
	case LOG_KIND_INHERIT:
		out_text(out, "inherit");
		return;
	case LOG_KIND_NONE:
		out_text(out, "none");
		return;
	case LOG_KIND_FILE:
		out_foreign(out, table_text(session.table, s->log_at));
		return;
	case LOG_KIND_TO:
		out_text(out, table_name(session.table, s->log_at));
		return;
	}
}
