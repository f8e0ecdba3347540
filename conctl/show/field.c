/* SPDX-License-Identifier: MIT */
/* The fields of a service, as text and in JSON. Knows no screen. */
#include "conctl/show/field.h"

#include "conctl/base/json.h"
#include "conctl/base/out.h"
#include "conctl/session/mapping.h"
#include "conctl/session/record.h"
#include "model/graph.h"

/* The functions of field.def. */

static void show_state(struct out *out, uint32_t i, const struct record *r,
                       int detail)
{
	(void)i, (void)detail;
	out_text(out, state_label[r->phase.state]);
}

static void show_target(struct out *out, uint32_t i, const struct record *r,
                        int detail)
{
	(void)detail;
	out_text(out, record_rests(i, r) ? "timer"
	                                 : target_label[r->phase.target]);
}

static void show_pid(struct out *out, uint32_t i, const struct record *r,
                     int detail)
{
	(void)i, (void)detail;
	int32_t pid = record_pid(table_service(session.table, i), r);

	if (pid > 0)
		out_number(out, pid);
	else
		out_text(out, "-");
}

/* As a shell has it: 128 and the number of the signal (sh(1), "Exit
 * Status"). */
static void show_code(struct out *out, uint32_t i, const struct record *r,
                      int detail)
{
	(void)i, (void)detail;
	if (r->ending.code == ENDING_EXITED)
		out_number(out, r->ending.status);
	else if (r->ending.code != 0)
		out_number(out, 128 + (int64_t)r->ending.status);
	else
		out_text(out, "-");
}

static void show_attempt(struct out *out, uint32_t i, const struct record *r,
                         int detail)
{
	(void)i, (void)detail;
	out_number(out, r->phase.attempt);
}

static void show_time(struct out *out, uint32_t i, const struct record *r,
                      int detail)
{
	(void)i, (void)detail;
	out_number(out, (int64_t)(record_age_ms(r) / 1000));
}

static void show_edges(struct out *out, uint32_t i, const struct record *r,
                       int detail)
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

static void show_log(struct out *out, uint32_t i, const struct record *r,
                     int detail)
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

typedef void field_show(struct out *out, uint32_t service,
                        const struct record *r, int detail);

enum field_kind { TEXT, NUMBER, LIST };

static const struct {
	const char *label;
	enum field_kind kind;
	field_show *show;
	int detail;
} fields[FIELDS] = {
#define FIELD(name, label, kind, show, detail, help) \
	{ label, kind, show, detail },
#include "conctl/show/field.def"
#undef FIELD
};

/* The name of a field, which is also that of its command. */
const char *field_label(enum field field)
{
	return fields[field].label;
}

/* Whether the field is a list of names. */
bool field_is_list(enum field field)
{
	return fields[field].kind == LIST;
}

/* Writes a field of a service as text: names of a list with spaces between
 * them, - for a number that there is none of, nothing for an empty list. */
void field_write(struct out *out, enum field field, uint32_t i,
                 const struct record *r)
{
	fields[field].show(out, i, r, fields[field].detail);
}

static void edges_json(struct json *j, enum edge_kind kind, uint32_t i)
{
	struct edges e = edges_from(session.table, i);

	json_open(j, "[");
	for (; e.at < e.end; e.at++)
		if (edge_kind(*e.at) == kind)
			json_string(j, table_name(session.table,
			                          edge_service(*e.at)));
	json_close(j, "]");
}

static char value_bytes[OUT_BYTES];
static struct out value = { .fd = -1, .bytes = value_bytes };

/* Writes a field of a service as a value of JSON: an array of names, a number
 * (or null, where field_write() has -), or a string. */
void field_json(struct json *j, enum field field, uint32_t i,
                const struct record *r)
{
	if (field_is_list(field)) {
		edges_json(j, (enum edge_kind)fields[field].detail, i);
		return;
	}
	value.used = 0;
	field_write(&value, field, i, r);
	if (fields[field].kind == TEXT) {
		json_out(j, &value);
		return;
	}
	if (value.used == 1 && value.bytes[0] == '-')
		json_null(j);
	else
		json_word(j, value.bytes, value.used);
}

/* The escape sequence that begins the colour of a state. */
const char *state_colour(enum state state)
{
	if (state == STATE_UP)
		return "\033[32m";
	if (state == STATE_FAILED || state == STATE_CANNOT_STOP)
		return "\033[31m";
	return state == STATE_DOWN || state == STATE_SKIPPED ? "\033[2m" : "\033[33m";
}
