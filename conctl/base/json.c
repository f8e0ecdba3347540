/* SPDX-License-Identifier: MIT */
/* JSON (RFC 8259): values with their commas, escaped. Knows the fields of a
 * service, no request. */
#include "conctl/conctl.h"

static const char hex[] = "0123456789abcdef";

/* Between values, and nothing between a key and its value. */
static void begin(struct json *j)
{
	if (j->comma)
		out_text(j->out, ",");
	j->comma = true;
}

void json_open(struct json *j, const char *bracket)
{
	begin(j);
	out_text(j->out, bracket);
	j->comma = false;
}

void json_close(struct json *j, const char *bracket)
{
	out_text(j->out, bracket);
	j->comma = true;
}

void json_key(struct json *j, const char *key)
{
	json_string(j, key);
	out_text(j->out, ":");
	j->comma = false;
}

static void escaped(struct out *out, uint32_t code)
{
	char escape[] = { '\\',
		          'u',
		          hex[code >> 12 & 15],
		          hex[code >> 8 & 15],
		          hex[code >> 4 & 15],
		          hex[code & 15],
		          '\0' };

	out_text(out, escape);
}

/* Of one to three bytes. */
static uint32_t code_of(const unsigned char *s, size_t length)
{
	if (length == 1)
		return s[0];
	if (length == 2)
		return (s[0] & 0x1fu) << 6 | (s[1] & 0x3fu);
	return (s[0] & 0x0fu) << 12 | (s[1] & 0x3fu) << 6 | (s[2] & 0x3fu);
}

/* What is no UTF-8 becomes U+FFFD, as a reader would take it. What a terminal
 * would obey is escaped, so that JSON can be looked at, too. */
void json_text(struct json *j, const char *text, size_t size)
{
	const unsigned char *s = (const unsigned char *)text;
	size_t length;

	begin(j);
	out_text(j->out, "\"");
	for (size_t k = 0; k < size; k += length) {
		length = text_character(text + k, size - k);
		if (length == 0) {
			out_text(j->out, "\\ufffd");
			length = 1;
		} else if (text_controls(text + k, length)) {
			escaped(j->out, code_of(s + k, length));
		} else {
			if (s[k] == '"' || s[k] == '\\')
				out_text(j->out, "\\");
			out_bytes(j->out, text + k, length);
		}
	}
	out_text(j->out, "\"");
}

void json_string(struct json *j, const char *text)
{
	json_text(j, text, text_length(text));
}

void json_number(struct json *j, int64_t value)
{
	begin(j);
	out_number(j->out, value);
}

void json_word(struct json *j, const char *word)
{
	begin(j);
	out_text(j->out, word);
}

/* The columns of field.def that matter here. */
enum kind { TEXT, NUMBER, LIST };

static const struct {
	enum kind kind;
	int detail;
} fields[FIELDS] = {
#define FIELD(name, label, kind, show, detail, help) { kind, detail },
#include "conctl/show/field.def"
#undef FIELD
};

bool field_is_list(enum field field)
{
	return fields[field].kind == LIST;
}

static char value_bytes[OUT_BYTES];
static struct out value = { .fd = -1, .bytes = value_bytes };

static void json_list(struct json *j, enum edge_kind kind, uint32_t i)
{
	struct edges e = edges_from(session.table, i);

	json_open(j, "[");
	for (; e.at < e.end; e.at++)
		if (edge_kind(*e.at) == kind)
			json_string(j, table_name(session.table,
			                          edge_service(*e.at)));
	json_close(j, "]");
}

void json_field(struct json *j, enum field field, uint32_t i,
                const struct record *r)
{
	if (field_is_list(field)) {
		json_list(j, (enum edge_kind)fields[field].detail, i);
		return;
	}
	value.used = 0;
	field_write(&value, field, i, r);
	if (fields[field].kind == TEXT) {
		json_text(j, value.bytes, value.used);
		return;
	}
	begin(j);
	if (value.used == 1 && value.bytes[0] == '-')
		out_text(j->out, "null");
	else
		out_bytes(j->out, value.bytes, value.used);
}

static void json_pid(struct json *j, const char *key, int32_t pid)
{
	json_key(j, key);
	if (pid > 0)
		json_number(j, pid);
	else
		json_word(j, "null");
}

static void json_why(struct json *j, uint32_t i, const struct record *r)
{
	value.used = 0;
	reason_write(&value, i, r);
	json_key(j, "why");
	json_text(j, value.bytes, value.used);
	value.used = 0;
	time_write(&value, now_ms() - age_ms(r), TIME_FULL);
	json_key(j, "since");
	json_text(j, value.bytes, value.used);
}

void json_service(struct json *j, uint32_t i, const struct record *r)
{
	bool guarded = record_guarded(table_service(session.table, i), r);

	json_open(j, "{");
	json_key(j, "name");
	json_string(j, table_name(session.table, i));
	for (int field = 0; field < FIELDS; field++) {
		json_key(j, field_label((enum field)field));
		json_field(j, (enum field)field, i, r);
	}
	json_pid(j, "guard", guarded ? r->life.pid : 0);
	json_pid(j, "helper", r->helper);
	json_pid(j, "signal",
	         r->ending.code > ENDING_EXITED ? r->ending.status : 0);
	json_key(j, "stale");
	json_word(j, r->phase.stale ? "true" : "false");
	json_key(j, "removed");
	json_word(j, table_service(session.table, i)->gone ? "true" : "false");
	json_why(j, i, r);
	json_close(j, "}");
}
