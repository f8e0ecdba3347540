/* SPDX-License-Identifier: MIT */
/* The session and its chosen services as JSON. Knows no terminal. */
#include "conctl/show/document.h"

#include "conctl/base/json.h"
#include "conctl/base/screen.h"
#include "conctl/base/time.h"
#include "conctl/session/choose.h"
#include "conctl/session/mapping.h"
#include "conctl/session/record.h"
#include "conctl/show/ending.h"
#include "conctl/show/field.h"
#include "conctl/show/health.h"
#include "conctl/show/probation.h"
#include "conctl/show/reason.h"
#include "model/halt.h"
#include "model/text.h"
#include "sys/clock.h"

static void pid_json(struct json *j, const char *key, int32_t pid)
{
	json_key(j, key);
	if (pid > 0)
		json_number(j, pid);
	else
		json_null(j);
}

/* A text of any bytes; null: it was not said. */
static void said_text(struct json *j, const char *key, const char *text)
{
	json_key(j, key);
	if (text[0] == '\0') {
		json_null(j);
		return;
	}
	cell.used = 0;
	out_foreign(&cell, text);
	json_out(j, &cell);
}

static void said_json(struct json *j, uint32_t i, const struct record *r)
{
	struct said said;

	if (!session_said(i, r, &said))
		said = (struct said){ .run = 0 };
	said_text(j, "says", said.status);
	said_text(j, "errno", said.error);
	said_text(j, "exit_status", said.exit);
	json_key(j, "stopping");
	json_bool(j, text_equal(said.stopping, "1"));
	json_key(j, "reloading");
	json_bool(j, said.reload_us != 0 && r->phase.state == STATE_UP);
}

/* null: it has no .check. */
static void health_json(struct json *j, uint32_t i, const struct record *r)
{
	const char *word = health_word(i, r);
	struct health h;

	json_key(j, "health");
	if (word == NULL)
		json_null(j);
	else
		json_string(j, word);
	if (!session_health(i, r, &h))
		h = (struct health){ .run = 0 };
	said_text(j, "check", h.reason);
	json_key(j, "check_failures");
	json_number(j, h.failures);
}

static void why_json(struct json *j, uint32_t i, const struct record *r)
{
	cell.used = 0;
	reason_write(&cell, i, r);
	json_key(j, "why");
	json_out(j, &cell);
	cell.used = 0;
	time_write(&cell, clock_now_ms() - record_age_ms(r), TIME_FULL);
	json_key(j, "since");
	json_out(j, &cell);
}

/* The other generation of a service with .restart = OVERLAP, if there is one:
 * its state is the one of a service of its name. */
static void second_json(struct json *j, uint32_t i)
{
	struct record r;
	uint32_t second = session_second(i, &r);

	json_key(j, "beside");
	if (second == TABLE_NONE || r.phase.state == STATE_DOWN) {
		json_null(j);
		return;
	}
	json_open(j, "{");
	json_key(j, "name");
	json_string(j, table_name(session.table, second));
	json_key(j, "state");
	json_string(j, state_label[r.phase.state]);
	pid_json(j, "pid", r.life.pid);
	json_key(j, "next");
	json_bool(j, target_wanted(r.phase.target));
	json_close(j, "}");
}

/* A service, as an object: all its fields, and what a detail has besides. */
static void service_json(struct json *j, uint32_t i, const struct record *r)
{
	bool guarded = record_guarded(table_service(session.table, i), r);

	json_open(j, "{");
	json_key(j, "name");
	json_string(j, table_name(session.table, i));
	for (int field = 0; field < FIELDS; field++) {
		json_key(j, field_label((enum field)field));
		field_json(j, (enum field)field, i, r);
	}
	pid_json(j, "guard", guarded ? r->life.pid : 0);
	pid_json(j, "helper", session_checks(i, r) ? 0 : r->helper);
	health_json(j, i, r);
	pid_json(j, "signal",
	         r->ending.code > ENDING_EXITED ? r->ending.status : 0);
	json_key(j, "stale");
	json_bool(j, r->phase.stale);
	json_key(j, "removed");
	json_bool(j, table_service(session.table, i)->gone);
	why_json(j, i, r);
	said_json(j, i, r);
	second_json(j, i);
	json_close(j, "}");
}

static void time_json(struct json *j, const char *key, uint64_t at_ms)
{
	json_key(j, key);
	if (at_ms == 0) {
		json_null(j);
		return;
	}
	cell.used = 0;
	time_write(&cell, at_ms, TIME_FULL);
	json_out(j, &cell);
}

static void down_json(struct json *j, const struct report *n)
{
	json_open(j, "{");
	json_key(j, "why");
	cell.used = 0;
	death_write(&cell, (enum death)n->death, n->status);
	json_out(j, &cell);
	json_key(j, "times");
	json_number(j, n->deaths);
	time_json(j, "since", n->since_ms);
	time_json(j, "next", n->next_ms);
	json_close(j, "}");
}

static void planned_json(struct json *j, union planned planned)
{
	json_open(j, "{");
	json_key(j, "what");
	json_string(j, halt_label[planned.halt]);
	time_json(j, "at", planned.at_ms);
	json_close(j, "}");
}

/* Prints the session, with supervisord as supervisord_look() has found it, and
 * its chosen services as one object of JSON. */
void document_print(enum supervisord_state state, const struct report *report)
{
	struct json j = { .out = &out_result };

	json_open(&j, "{");
	json_key(&j, "connate");
	json_number(&j, session.connate.pid);
	json_key(&j, "supervisord");
	if (state == SUPERVISORD_DEAD || state == SUPERVISORD_REPORTED)
		json_null(&j);
	else
		json_number(&j, report->supervisord);
	json_key(&j, "down");
	if (state == SUPERVISORD_REPORTED)
		down_json(&j, report);
	else
		json_null(&j);
	json_key(&j, "probation");
	probation_json(&j);
	json_key(&j, "planned");
	if (session_planned().halt != HALT_NONE)
		planned_json(&j, session_planned());
	else
		json_null(&j);
	json_key(&j, "services");
	json_open(&j, "[");
	for (uint32_t i = chosen_next(0); i != TABLE_NONE;
	     i = chosen_next(i + 1)) {
		struct record r = session_record(i);

		service_json(&j, i, &r);
		out_text(&out_result, chosen_next(i + 1) != TABLE_NONE ? "\n"
		                                                       : "");
	}
	json_close(&j, "]");
	json_close(&j, "}\n");
}
