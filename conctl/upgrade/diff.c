/* SPDX-License-Identifier: MIT */
/* The command diff: the table of another supervisord beside the one that is in
 * force. Services are matched by name, as the upgrade itself does
 * (model/merge.c). Sends no request. */
#include "conctl/base/json.h"
#include "conctl/base/order.h"
#include "conctl/base/screen.h"
#include "conctl/base/time.h"
#include "conctl/session/mapping.h"
#include "conctl/session/record.h"
#include "conctl/show/field.h"
#include "conctl/upgrade/image.h"
#include "conctl/upgrade/upgrade.h"
#include "conctl/upgrade/value.h"
#include "model/text.h"

/* When a changed service is as its configuration says. */
enum effect_of { AT_ONCE, AT_START, AT_RESTART, AT_REPAIR, NEVER_AT_ALL };

struct diff {
	const struct table *image;
	bool is_json, colour;
	struct json json;
	bool differs;
};

static char old_bytes[OUT_BYTES], new_bytes[OUT_BYTES];
static struct out old_text = { .fd = -1, .bytes = old_bytes };
static struct out new_text = { .fd = -1, .bytes = new_bytes };

/* A service that is being stopped for good counts as one that is not there. */
static uint32_t old_find(const char *name)
{
	uint32_t i = table_find(session.table, name);

	return i == TABLE_NONE || table_service(session.table, i)->gone
	               ? TABLE_NONE
	               : i;
}

static bool is_removed(const struct diff *d, uint32_t old)
{
	return !table_service(session.table, old)->gone &&
	       table_first(session.table, old) == old &&
	       table_find(d->image, table_name(session.table, old)) ==
	               TABLE_NONE;
}

static bool runs(const struct record *r)
{
	return state_active(r->phase.state) || r->life.pid != 0 ||
	       r->helper != 0;
}

/* The present target of a service that is there already is left alone. */
static enum effect_of effect_for(const struct diff *d, uint32_t old,
                                 uint32_t new, uint64_t set)
{
	struct table_service s = table_service_read(session.table, old);
	struct record r = session_record(old);
	uint32_t by = r.phase.stale ? s.runs_by : s.definition;

	if (by == table_service(d->image, new)->definition)
		return set == 1ull << PART_target ? NEVER_AT_ALL : AT_ONCE;
	if (r.phase.state == STATE_FAILED && target_wanted(r.phase.target))
		return AT_REPAIR;
	return runs(&r) ? AT_RESTART : AT_START;
}

/* Lines: a mark, the name, what is said of it. */

static void line_begin(const struct diff *d, char mark, const char *name)
{
	static const char *const colours[] = {
		['+'] = "\033[32m",
		['-'] = "\033[31m",
		['~'] = "\033[33m",
	};
	const char begin[] = { mark, ' ', '\0' };

	out_raw(&out_result, d->colour ? colours[(int)mark] : "");
	out_texts(&out_result, begin, name, NULL);
	out_raw(&out_result, d->colour ? "\033[0m" : "");
	out_text(&out_result, ": ");
}

static void values_print(const char *label)
{
	out_texts(&out_result, "      .", label, ": ", NULL);
	out_bytes(&out_result, old_text.bytes, old_text.used);
	out_text(&out_result, " -> ");
	out_bytes(&out_result, new_text.bytes, new_text.used);
	out_text(&out_result, "\n");
}

static void values_json(struct json *j, const char *label)
{
	json_key(j, label);
	json_open(j, "{");
	json_key(j, "old");
	json_out(j, &old_text);
	json_key(j, "new");
	json_out(j, &new_text);
	json_close(j, "}");
}

/* Added */

static void added_show(struct diff *d, uint32_t new)
{
	const char *name = table_name(d->image, new);
	bool starts = table_service(d->image, new)->target != TARGET_DOWN;

	d->differs = true;
	if (!d->is_json) {
		line_begin(d, '+', name);
		out_text(&out_result, starts ? "added; would be started\n"
		                             : "added; would stay down\n");
		return;
	}
	json_open(&d->json, "{");
	json_key(&d->json, "name");
	json_string(&d->json, name);
	json_key(&d->json, "starts");
	json_bool(&d->json, starts);
	json_close(&d->json, "}");
}

static void added_all(struct diff *d)
{
	for (uint32_t i = 0; i < d->image->services; i++)
		if (table_first(d->image, i) == i &&
		    old_find(table_name(d->image, i)) == TABLE_NONE)
			added_show(d, i);
}

/* Removed */

static void part_write(struct value *v, const char *before, enum part part)
{
	value_write(v, part);
	out_text(&out_result, before);
	out_bytes(&out_result, v->out->bytes, v->out->used);
}

/* It is stopped by the rules that it was started by. */
static void stop_print(struct value *v)
{
	part_write(v, "would be stopped by ", PART_stop);
	if (v->profile.max_stop_ms != TABLE_FOREVER) {
		out_text(&out_result, ", killed after ");
		span_write(&out_result, v->profile.max_stop_ms);
	}
	if (v->service.cleanup.kind != ACTION_NONE)
		part_write(v, ", cleaned up by ", PART_cleanup);
	out_text(&out_result, "\n");
}

static void removed_print(struct diff *d, uint32_t old)
{
	struct value v = value_of(session.table, old, &old_text);
	struct record r = session_record(old);
	int32_t pid = record_pid(&v.service, &r);

	line_begin(d, '-', table_name(session.table, old));
	out_texts(&out_result, "removed; ", state_label[r.phase.state], NULL);
	if (pid > 0) {
		out_text(&out_result, ", pid ");
		out_number(&out_result, pid);
	}
	if (!runs(&r)) {
		out_text(&out_result, ": nothing is to be done\n");
		return;
	}
	out_text(&out_result, ": ");
	stop_print(&v);
}

static void part_json(struct json *j, struct value *v, enum part part)
{
	value_write(v, part);
	json_key(j, part_label(part));
	json_out(j, v->out);
}

static void removed_json(struct diff *d, uint32_t old)
{
	struct value v = value_of(session.table, old, &old_text);
	struct record r = session_record(old);
	struct json *j = &d->json;

	json_open(j, "{");
	json_key(j, "name");
	json_string(j, table_name(session.table, old));
	json_key(j, "state");
	json_string(j, state_label[r.phase.state]);
	json_key(j, "pid");
	field_json(j, FIELD_PID, old, &r);
	json_key(j, "stops");
	json_bool(j, runs(&r));
	part_json(j, &v, PART_stop);
	part_json(j, &v, PART_max_stop);
	part_json(j, &v, PART_cleanup);
	json_close(j, "}");
}

static void removed_all(struct diff *d)
{
	for (uint32_t i = 0; i < session.table->services; i++) {
		if (!is_removed(d, i))
			continue;
		d->differs = true;
		if (d->is_json)
			removed_json(d, i);
		else
			removed_print(d, i);
	}
}

/* Changed */

/* Writes both texts of a field. Whether they differ. */
static bool part_differs(const struct diff *d, uint32_t old, uint32_t new,
                         enum part part)
{
	struct value a = value_of(session.table, old, &old_text);
	struct value b = value_of(d->image, new, &new_text);

	value_write(&a, part);
	value_write(&b, part);
	return a.sum != b.sum;
}

/* The fields that differ, as a set of bits. */
static uint64_t differing(const struct diff *d, uint32_t old, uint32_t new)
{
	uint64_t set = 0;

	for (enum part part = 0; part < PARTS; part++)
		if (part_differs(d, old, new, part))
			set |= 1ull << part;
	return set;
}

_Static_assert(PARTS <= 64, "a set of bits");

static bool same_definition(const struct diff *d, uint32_t old, uint32_t new)
{
	return table_service(session.table, old)->definition ==
	       table_service(d->image, new)->definition;
}

static void parts_print(struct diff *d, uint32_t old, uint32_t new,
                        uint64_t set)
{
	for (enum part part = 0; part < PARTS; part++) {
		if ((set >> part & 1) == 0)
			continue;
		(void)part_differs(d, old, new, part); /* for the texts */
		if (d->is_json)
			values_json(&d->json, part_label(part));
		else
			values_print(part_label(part));
	}
}

/* A service that is started in another way although no field says so calls
 * another function, of a table that does not name functions. */
static void parts_show(struct diff *d, uint32_t old, uint32_t new, uint64_t set)
{
	if (!d->is_json) {
		parts_print(d, old, new, set);
		if (set == 0)
			out_text(&out_result,
			         "      another function is called\n");
		return;
	}
	json_key(&d->json, "function");
	json_bool(&d->json, set == 0);
	json_key(&d->json, "fields");
	json_open(&d->json, "{");
	parts_print(d, old, new, set);
	json_close(&d->json, "}");
}

static void changed_begin(struct diff *d, const char *name,
                          enum effect_of effect)
{
	static const struct {
		const char *text, *word;
	} words[] = {
		[AT_ONCE] = { "changed; takes effect at once", "once" },
		[AT_START] = { "changed; takes effect when it is started",
		               "start" },
		[AT_RESTART] = { "changed; stale until it is restarted",
		                 "restart" },
		[AT_REPAIR] = { "changed; it has failed, and is started as "
		                "changed by: conctl up ", "start" },
		[NEVER_AT_ALL] = { "changed; its target stays what it is now",
		                   "never" },
	};

	if (!d->is_json) {
		line_begin(d, '~', name);
		out_texts(&out_result, words[effect].text,
		          effect == AT_REPAIR ? name : "", "\n", NULL);
		return;
	}
	json_open(&d->json, "{");
	json_key(&d->json, "name");
	json_string(&d->json, name);
	json_key(&d->json, "at");
	json_string(&d->json, words[effect].word);
}

static void changed_all(struct diff *d)
{
	for (uint32_t i = 0; i < d->image->services; i++) {
		uint32_t old = old_find(table_name(d->image, i));
		uint64_t set = old == TABLE_NONE ? 0 : differing(d, old, i);

		if (old == TABLE_NONE ||
		    (set == 0 && same_definition(d, old, i)))
			continue;
		d->differs = true;
		changed_begin(d, table_name(d->image, i),
		              effect_for(d, old, i, set));
		parts_show(d, old, i, set);
		if (d->is_json)
			json_close(&d->json, "}");
	}
}

/* All services */

static void lock_write(struct out *out, const struct table *t)
{
	out->used = 0;
	if (t->lock_file == TABLE_NONE)
		out_text(out, "none");
	else
		quoted_write(out, table_text(t, t->lock_file));
}

static bool same_lock(const struct table *a, const struct table *b)
{
	if (a->lock_file == TABLE_NONE || b->lock_file == TABLE_NONE)
		return a->lock_file == b->lock_file;
	return text_equal(table_text(a, a->lock_file),
	                  table_text(b, b->lock_file));
}

static void end_signals_write(struct out *out, const struct table *t)
{
	uint64_t set = table_end_signals(t);
	struct digits d;

	out->used = 0;
	for (int n = 1; n <= 64; n++)
		if ((set >> (n - 1) & 1) != 0)
			out_texts(out, out->used > 0 ? " " : "",
			          text_signal(&d, n), NULL);
	if (set == 0)
		out_text(out, "none");
}

static bool same_end_signals(const struct table *a, const struct table *b)
{
	return table_end_signals(a) == table_end_signals(b);
}

static void max_rest_write(struct out *out, const struct table *t)
{
	length_write(out, table_max_rest_ms(t));
}

static bool same_max_rest(const struct table *a, const struct table *b)
{
	return table_max_rest_ms(a) == table_max_rest_ms(b);
}

/* The fields of CONNATE(). */
static const struct {
	const char *label;
	bool (*same)(const struct table *a, const struct table *b);
	void (*write)(struct out *out, const struct table *t);
} connate_fields[] = {
	{ "lock_file", same_lock, lock_write },
	{ "end_signals", same_end_signals, end_signals_write },
	{ "max_rest", same_max_rest, max_rest_write },
};

enum { CONNATE_FIELDS = sizeof(connate_fields) / sizeof(connate_fields[0]) };

static void connate_begin(struct diff *d)
{
	if (d->is_json)
		json_open(&d->json, "{");
	else
		out_text(&out_result, "CONNATE\n");
}

static void connate_end(struct diff *d, bool differs)
{
	if (d->is_json && differs)
		json_close(&d->json, "}");
	else if (d->is_json)
		json_null(&d->json);
}

static void connate_show(struct diff *d)
{
	bool differs = false;

	for (int k = 0; k < CONNATE_FIELDS; k++) {
		if (connate_fields[k].same(session.table, d->image))
			continue;
		if (!differs)
			connate_begin(d);
		differs = d->differs = true;
		connate_fields[k].write(&old_text, session.table);
		connate_fields[k].write(&new_text, d->image);
		if (d->is_json)
			values_json(&d->json, connate_fields[k].label);
		else
			values_print(connate_fields[k].label);
	}
	connate_end(d, differs);
}

static void all_print(struct diff *d)
{
	connate_show(d);
	removed_all(d);
	changed_all(d);
	added_all(d);
	if (!d->differs)
		out_text(&out_result, "no difference\n");
}

static void list_begin(struct json *j, const char *key)
{
	json_key(j, key);
	json_open(j, "[");
}

static void all_json(struct diff *d)
{
	struct json *j = &d->json;

	json_open(j, "{");
	json_key(j, "CONNATE");
	connate_show(d);
	list_begin(j, "removed");
	removed_all(d);
	json_close(j, "]");
	list_begin(j, "changed");
	changed_all(d);
	json_close(j, "]");
	list_begin(j, "added");
	added_all(d);
	json_close(j, "]");
	json_close(j, "}\n");
}

/* diff: prints what would change if that supervisord took over. EXIT_MISSED if
 * anything would. */
int diff_run(const struct order *o)
{
	struct diff d = {
		.is_json = o->json,
		.json = { .out = &out_result },
		.colour = screen_look(o).colour,
	};
	struct image image;
	struct digits digits;
	int error = image_read(o->names[0], &image);

	if (error < 0 || image.table == NULL) {
		complain("diff: ", o->names[0], ": ",
		         error < 0 ? text_error(&digits, error) : image.wrong,
		         NULL);
		return EXIT_UNREACHABLE;
	}
	d.image = image.table;
	if (d.is_json)
		all_json(&d);
	else
		all_print(&d);
	return d.differs ? EXIT_MISSED : EXIT_DONE;
}
