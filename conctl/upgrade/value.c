/* SPDX-License-Identifier: MIT */
/* The fields of a service in the words of a configuration, so that two tables
 * can be compared and the difference can be read. In a table users and groups
 * are numbers, and a function may have no name. Knows no session. */
#include "conctl/upgrade/value.h"

#include <stdbool.h>
#include <stddef.h>

#include "conctl/base/out.h"
#include "model/calendar.h"
#include "model/attribute.h"
#include "model/graph.h"
#include "model/text.h"
#include "model/words.h"

static const struct {
	uint32_t flag;
	const char *word;
} namespaces[NAMESPACES] = {
#define NAMESPACE(name, word, flag) { flag, word },
#include "model/namespace.def"
#undef NAMESPACE
};

static const char *const resources[RESOURCES] = {
#define RESOURCE(name, word) word,
#include "model/resource.def"
#undef RESOURCE
};

static const struct {
	const char *word;
	bool level;
} ioprios[IOPRIOS] = {
#define IOPRIO(name, word, level) { word, level },
#include "model/ioprio.def"
#undef IOPRIO
};

/* It is no byte: so the ends of texts count in the sum. */
enum { TEXT_END = 256 };

/* FNV-1a, 64 bits: of all that is written, also of what is cut off. */
static uint64_t sum_add(uint64_t sum, const char *text)
{
	for (; *text != '\0'; text++)
		sum = (sum ^ (unsigned char)*text) * 0x100000001b3ull;
	return sum;
}

static void put(struct value *v, const char *text)
{
	out_text(v->out, text);
	v->sum = sum_add(v->sum, text);
}

static void put_number(struct value *v, int64_t number)
{
	struct digits d;

	put(v, text_number(&d, number));
}

/* Writes text of any origin as a string of C: control characters and bytes that
 * are not ASCII as numbers in base 8. */
void quoted_write(struct out *out, const char *text)
{
	out_text(out, "\"");
	for (; *text != '\0'; text++) {
		unsigned char c = (unsigned char)*text;
		const char octal[] = { '\\', (char)('0' + (c >> 6)),
			               (char)('0' + (c >> 3 & 7)),
			               (char)('0' + (c & 7)), '\0' };

		if (c < ' ' || c >= 127) {
			out_text(out, c == '\n' ? "\\n" : octal);
			continue;
		}
		if (c == '"' || c == '\\')
			out_text(out, "\\");
		out_bytes(out, text, 1);
	}
	out_text(out, "\"");
}

static void put_quoted(struct value *v, const char *text)
{
	quoted_write(v->out, text);
	v->sum = (sum_add(v->sum, text) ^ TEXT_END) * 0x100000001b3ull;
}

static void put_texts(struct value *v, uint32_t at, uint32_t count)
{
	for (uint32_t k = 0; k < count; k++) {
		put(v, k > 0 ? ", " : "");
		put_quoted(v,
		           table_text(v->table, table_list(v->table, at)[k]));
	}
}

static void put_ms(struct value *v, uint32_t ms)
{
	bool whole = ms % 1000 == 0;

	if (ms == TABLE_FOREVER) {
		put(v, "FOREVER");
		return;
	}
	put(v, whole ? "SECONDS(" : "MILLISECONDS(");
	put_number(v, whole ? ms / 1000 : ms);
	put(v, ")");
}

/* A time in the words of a configuration, instead of what the buffer has. */
void length_write(struct out *out, uint32_t ms)
{
	struct value v = { .out = out };

	out->used = 0;
	put_ms(&v, ms);
}

static void put_flag(struct value *v, bool flag)
{
	put(v, flag ? "true" : "false");
}

/* In base 8 with its 0 (bits: 3), or in base 16 with its 0x (bits: 4). */
static void put_in_base(struct value *v, uint64_t number, unsigned bits)
{
	char text[2] = { 0 };
	unsigned shift = bits;

	put(v, bits == 3 ? "0" : "0x");
	while (shift < 64 && number >> shift != 0)
		shift += bits;
	do {
		shift -= bits;
		text[0] = "0123456789abcdef"[number >> shift &
		                             ((1u << bits) - 1)];
		put(v, text);
	} while (shift > 0);
}

/* The functions of part.def */

static void put_target(struct value *v, int detail)
{
	static const char *const words[TARGETS] = {
#define TARGET(name, label, wanted) #name,
#include "model/target.def"
#undef TARGET
	};

	(void)detail;
	put(v, words[v->service.target == TARGET_RESTART
	                     ? TARGET_UP /* of a timer */
	                     : v->service.target]);
}

/* As a set: their order makes no difference to the sum. */
static void put_edges(struct value *v, int detail)
{
	struct edges e = edges_from(v->table, v->index);
	uint64_t before = v->sum, set = 0;
	const char *comma = "";

	put(v, "LIST(");
	for (; e.at < e.end; e.at++) {
		const char *name = table_name(v->table, edge_service(*e.at));

		if (edge_kind(*e.at) != (enum edge_kind)detail)
			continue;
		put(v, comma);
		put_quoted(v, name);
		set += sum_add(0xcbf29ce484222325ull, name);
		comma = ", ";
	}
	put(v, ")");
	v->sum = before ^ set;
}

/* Is the action a command line, as SHELL() makes it? */
static bool is_shell(const struct value *v, const struct table_action *a)
{
	const struct table *t = v->table;

	return a->count == 3 &&
	       text_equal(table_text(t, table_list(t, a->at)[0]), "/bin/sh") &&
	       text_equal(table_text(t, table_list(t, a->at)[1]), "-c");
}

static void put_signal(struct value *v, const struct table_action *a)
{
	struct digits d;

	put(v, a->count > 0 ? "NOTIFY_RELOAD(" : "SIGNAL(");
	put(v, a->at < 32 ? "SIG" : "");
	put(v, text_signal(&d, (int)a->at));
	put(v, ")");
}

/* Functions of two images can be compared by their names only. */
static void put_call(struct value *v, const struct table_action *a)
{
	const char *name = table_call(v->table, a);

	put(v, "CALL(");
	put(v, name != NULL ? name : "a function");
	put(v, ")");
}

static void put_plain_action(struct value *v, const struct table_action *a)
{
	switch ((enum action_kind)a->kind) {
	case ACTION_NONE:
		put(v, "none");
		return;
	case ACTION_CALL:
		put_call(v, a);
		return;
	case ACTION_SIGNAL:
		put_signal(v, a);
		return;
	case ACTION_EXEC:
		break;
	}
	put(v, is_shell(v, a) ? "SHELL(" : "EXEC(");
	put_texts(v, a->at + (is_shell(v, a) ? 2 : 0),
	          is_shell(v, a) ? 1 : a->count);
	put(v, ")");
}

static void put_action(struct value *v, int detail)
{
	const struct table_action *a =
		(const void *)((const char *)&v->service + detail);

	bool root = word_as_root(v->table, &v->service, (uint32_t)detail);

	put(v, root ? "AS_ROOT(" : "");
	put_plain_action(v, a);
	put(v, root ? ")" : "");
}

static void put_ready(struct value *v, int detail)
{
	static const char *const words[] = {
		[READY_KIND_AT_ONCE] = "READY_AT_ONCE",
		[READY_KIND_NOTIFY] = "READY_NOTIFY",
		[READY_KIND_DAEMONIZE] = "READY_DAEMONIZE",
		[READY_KIND_FD] = "READY_FD(",
		[READY_KIND_SD_NOTIFY] = "READY_SD_NOTIFY",
		[READY_KIND_CHECK] = "READY_CHECK",
	};

	struct table_list rest = v->service.words;
	const char *bus = word_next(v->table, &rest, WORD_BUS);

	(void)detail;
	if (bus != NULL) {
		put(v, "READY_BUS(");
		put_quoted(v, bus + 1);
		put(v, *bus == 's' ? ", SESSION)" : ", SYSTEM)");
		return;
	}
	put(v, words[v->service.ready]);
	if (v->service.ready != READY_KIND_FD)
		return;
	put_number(v, v->service.ready_fd);
	put(v, ")");
}

static void put_from(struct value *v, int detail)
{
	bool main = v->service.ready == READY_KIND_SD_NOTIFY &&
	            v->service.ready_fd == NOTIFY_FROM_MAIN;

	(void)detail;
	put(v, main ? "MAIN" : "ALL");
}

static void put_stop_all(struct value *v, int detail)
{
	(void)detail;
	put_flag(v, v->service.stop_all);
}

static void put_hands_over(struct value *v, int detail)
{
	(void)detail;
	put_flag(v, v->service.hands_over);
}

static void put_reads(struct value *v, int detail)
{
	(void)detail;
	put(v, v->service.reads_each ? "EACH" : "TOGETHER");
}

static void put_restart(struct value *v, int detail)
{
	(void)detail;
	put(v, v->service.other != 0 ? "OVERLAP" : "IN_TURN");
}

/* The word of the profile at this offset. */
static uint32_t profile_word(const struct value *v, int at)
{
	return *(const uint32_t *)(const void *)((const char *)&v->profile +
	                                         at);
}

static void put_time(struct value *v, int detail)
{
	put_ms(v, profile_word(v, detail));
}

static void put_settle(struct value *v, int detail)
{
	(void)detail;
	put_ms(v, v->service.settle_ms);
}

static struct table_every every_of(const struct value *v)
{
	struct table_list list = v->service.every;

	return list.count < EVERY_WORDS
	               ? (struct table_every){ 0 }
	               : *(const struct table_every *)(const void *)table_list(
				 v->table, list.at);
}

/* The texts of its calendars. */
static void put_every(struct value *v, int detail)
{
	struct table_list list = v->service.every;
	uint32_t at = EVERY_WORDS, text;

	(void)detail;
	if (list.count == 0)
		put(v, "none");
	else if (list.count <= EVERY_WORDS)
		put_ms(v, every_of(v).every_ms);
	for (; at + CALENDAR_WORDS <= list.count; at += CALENDAR_WORDS) {
		text = table_list(v->table, list.at)[at + CALENDAR_WORDS - 1];
		put(v, at > EVERY_WORDS ? ", " : "");
		put_quoted(v, text < v->table->text_bytes
		                      ? table_text(v->table, text) : "");
	}
}

static void put_splay(struct value *v, int detail)
{
	(void)detail;
	put_ms(v, every_of(v).splay_ms);
}

static void put_catch_up(struct value *v, int detail)
{
	(void)detail;
	put_flag(v, every_of(v).catch_up != 0);
}

static void put_listen(struct value *v, int detail)
{
	(void)detail;
	for (uint32_t k = 0; k < table_sockets(&v->service); k++) {
		put(v, k > 0 ? ", " : "");
		put(v, table_text(v->table, table_socket(v->table, &v->service,
		                                     k)->text));
	}
	if (table_sockets(&v->service) == 0)
		put(v, "none");
}

static void put_on_demand(struct value *v, int detail)
{
	(void)detail;
	put_flag(v, v->service.on_demand != TARGET_DOWN);
}

static void put_store(struct value *v, int detail)
{
	struct digits d;

	(void)detail;
	put(v, text_number(&d, v->service.store.count));
}

/* The items of that kind, as the table has them. */
static void put_word(struct value *v, int detail)
{
	struct table_list rest = v->service.words;
	const char *comma = "", *item;

	put(v, "LIST(");
	while ((item = word_next(v->table, &rest, (enum word_kind)detail)) !=
	       NULL) {
		put(v, comma);
		put_quoted(v, item);
		comma = ", ";
	}
	put(v, ")");
}

/* detail: the list's offset in the service. */
static void put_ends(struct value *v, int detail)
{
	const struct table_list *l =
		(const void *)((const char *)&v->service + detail);
	struct digits d;

	put(v, "LIST(");
	for (uint32_t k = 0; k < l->count; k++) {
		uint32_t end = table_list(v->table, l->at)[k];

		put(v, k > 0 ? ", \"" : "\"");
		put(v, end > SIGNAL_ENDS ? "SIG" : "");
		put(v, end > SIGNAL_ENDS
		               ? text_signal(&d, (int)(end - SIGNAL_ENDS))
		               : text_number(&d, end));
		put(v, "\"");
	}
	put(v, ")");
}

static void put_watchdog(struct value *v, int detail)
{
	(void)detail;
	if (v->service.watchdog_ms == 0)
		put(v, "none");
	else
		put_ms(v, v->service.watchdog_ms);
}

static void put_check(struct value *v, int detail)
{
	struct table_list rest = v->service.words;
	const char *word = word_next(v->table, &rest, WORD_CHECK);

	(void)detail;
	if (v->service.check.kind == ACTION_NONE || word == NULL) {
		put(v, "none");
		return;
	}
	put(v, "CHECK(");
	put_action(v, offsetof(struct table_service, check));
	put(v, ", .every = ");
	put_ms(v, word_number(&word));
	put(v, ", .timeout = ");
	put_ms(v, word_number(&word));
	put(v, ", .failures = ");
	put_number(v, word_number(&word));
	put(v, ", .start = ");
	put_ms(v, word_number(&word));
	put(v, word_number(&word) != 0 ? ", .on_failure = TELL)" : ")");
}

static void put_retry(struct value *v, int detail)
{
	const struct table_profile *p = &v->profile;
	bool doubles = p->retry_kind == RETRY_KIND_DOUBLING;

	(void)detail;
	if (p->retry_kind == RETRY_KIND_NEVER) {
		put(v, "RETRY_NEVER");
		return;
	}
	put(v, doubles ? "RETRY_DOUBLING(.after = " : "RETRY_FIXED(.after = ");
	put_ms(v, p->retry_after_ms);
	if (doubles) {
		put(v, ", .max = ");
		put_ms(v, p->retry_max_ms);
	}
	put(v, ", .attempts = ");
	put_number(v, p->retry_attempts);
	if (p->on_failure_only == RETRY_ABNORMAL)
		put(v, ", .on_abnormal_only = true)");
	else
		put(v, p->on_failure_only ? ", .on_failure_only = true)" : ")");
}

static void put_log(struct value *v, int detail)
{
	const struct table_service *s = &v->service;

	(void)detail;
	switch ((enum log_kind)s->log_kind) {
	case LOG_KIND_INHERIT:
		put(v, "LOG_INHERIT");
		return;
	case LOG_KIND_NONE:
		put(v, "LOG_NONE");
		return;
	case LOG_KIND_TO:
		put(v, "LOG_TO(");
		put_quoted(v, table_name(v->table, s->log_at));
		put(v, ")");
		return;
	case LOG_KIND_FILE:
		break;
	}
	put(v, "LOG_FILE(");
	put_quoted(v, table_text(v->table, s->log_at));
	put(v,
	    s->log_overwrite ? ", .overwrite = true, .mode = " : ", .mode = ");
	put_in_base(v, s->log_mode, 3);
	put(v, ")");
}

/* A name without a value is a variable that is inherited. */
static void put_variable(struct value *v, const char *text)
{
	bool inherited = true;

	for (const char *c = text; *c != '\0'; c++)
		inherited &= *c != '=';
	put(v, inherited ? "INHERIT(" : "");
	put_quoted(v, text);
	put(v, inherited ? ")" : "");
}

static void put_env(struct value *v, int detail)
{
	const struct table_list *env = &v->profile.env;

	(void)detail;
	if (!v->profile.has_env) {
		put(v, "inherited");
		return;
	}
	put(v, "LIST(");
	for (uint32_t k = 0; k < env->count; k++) {
		put(v, k > 0 ? ", " : "");
		put_variable(v, table_text(v->table,
		                           table_list(v->table, env->at)[k]));
	}
	put(v, ")");
}

static void put_path(struct value *v, int detail)
{
	uint32_t text = profile_word(v, detail);

	if (text == TABLE_NONE)
		put(v, "inherited");
	else
		put_quoted(v, table_text(v->table, text));
}

static void put_umask(struct value *v, int detail)
{
	(void)detail;
	if (v->profile.umask == TABLE_NONE)
		put(v, "inherited");
	else
		put_in_base(v, v->profile.umask, 3);
}

static void put_id(struct value *v, int detail)
{
	uint32_t id = profile_word(v, detail);

	if (id == TABLE_NONE) {
		put(v, "inherited");
		return;
	}
	put(v, "\"");
	put_number(v, id);
	put(v, "\"");
}

static void put_groups(struct value *v, int detail)
{
	const struct table_list *groups = &v->profile.groups;

	(void)detail;
	if (!v->profile.has_groups) {
		put(v, "inherited");
		return;
	}
	put(v, "LIST(");
	for (uint32_t k = 0; k < groups->count; k++) {
		put(v, k > 0 ? ", \"" : "\"");
		put_number(v, table_list(v->table, groups->at)[k]);
		put(v, "\"");
	}
	put(v, ")");
}

static void put_privs(struct value *v, int detail)
{
	(void)detail;
	put_flag(v, v->profile.no_new_privs);
}

static void put_nice(struct value *v, int detail)
{
	(void)detail;
	put_number(v, v->profile.nice);
}

/* A class that does not exist is "IO_". */
static void put_ioprio(struct value *v, int detail)
{
	uint32_t io = v->profile.ioprio, class = io >> IOPRIO_CLASS_SHIFT;
	bool level = class >= IOPRIOS || ioprios[class].level;

	(void)detail;
	if (io == TABLE_NONE) {
		put(v, "inherited");
		return;
	}
	put(v, class < IOPRIOS ? ioprios[class].word : "IO_");
	if (!level)
		return;
	put(v, class < IOPRIOS ? "(" : "");
	put_number(v, io & ((1u << IOPRIO_CLASS_SHIFT) - 1));
	put(v, ")");
}

static void put_oom(struct value *v, int detail)
{
	(void)detail;
	if (v->profile.oom_score_adj == TABLE_UNSET)
		put(v, "inherited");
	else
		put_number(v, v->profile.oom_score_adj);
}

static void put_limit(struct value *v, uint32_t low, uint32_t high)
{
	uint64_t limit = (uint64_t)high << 32 | low;

	if (limit == UINT64_MAX)
		put(v, "UNLIMITED");
	else
		put_number(v, (int64_t)limit);
}

static void put_limits(struct value *v, int detail)
{
	const struct table_list *list = &v->profile.rlimits;
	const uint32_t *at = table_list(v->table, list->at);

	(void)detail;
	put(v, "LIMITS(");
	for (uint32_t k = 0; k < list->count / RLIMIT_WORDS; k++) {
		put(v, k > 0 ? ", LIMIT(" : "LIMIT(");
		if (at[0] < RESOURCES)
			put_quoted(v, resources[at[0]]);
		else
			put_number(v, at[0]);
		put(v, ", ");
		put_limit(v, at[1], at[2]);
		put(v, ", ");
		put_limit(v, at[3], at[4]);
		put(v, ")");
		at += RLIMIT_WORDS;
	}
	put(v, ")");
}

/* In base 16, as CapEff of proc(5). */
static void put_caps(struct value *v, int detail)
{
	(void)detail;
	if (v->profile.has_capabilities)
		put_in_base(v, v->profile.capabilities, 4);
	else
		put(v, "inherited");
}

static void put_spaces(struct value *v, int detail)
{
	const char *comma = "";

	(void)detail;
	put(v, "LIST(");
	for (size_t k = 0; k < NAMESPACES; k++) {
		if ((v->profile.namespaces & namespaces[k].flag) == 0)
			continue;
		put(v, comma);
		put_quoted(v, namespaces[k].word);
		comma = ", ";
	}
	put(v, ")");
}

static bool has_cpu(const struct value *v, uint32_t cpu)
{
	const struct table_list *cpus = &v->profile.cpus;

	return cpu / 32 < cpus->count &&
	       (table_list(v->table, cpus->at)[cpu / 32] >> (cpu % 32) & 1) !=
	               0;
}

/* As ranges: 0-3,8. */
static void put_cpus(struct value *v, int detail)
{
	uint32_t end = v->profile.cpus.count * 32, first;
	const char *comma = "";

	(void)detail;
	if (end == 0) {
		put(v, "inherited");
		return;
	}
	put(v, "\"");
	for (uint32_t cpu = 0; cpu < end; cpu++) {
		if (!has_cpu(v, cpu))
			continue;
		first = cpu;
		while (has_cpu(v, cpu + 1))
			cpu++;
		put(v, comma);
		put_number(v, first);
		put(v, cpu > first ? "-" : "");
		if (cpu > first)
			put_number(v, cpu);
		comma = ",";
	}
	put(v, "\"");
}

static void put_primary(struct value *v, int detail)
{
	(void)detail;
	put_flag(v, v->table->primary == v->index);
}

/* What each row is made by. */
static const struct {
	const char *label;
	void (*put)(struct value *v, int detail);
	int detail;
} parts[PARTS] = {
#define PART(name, put, detail) { #name, put, (int)(detail) },
#include "conctl/upgrade/part.def"
#undef PART
};

/* A service of a table, ready to be written to `out`. */
struct value value_of(const struct table *t, uint32_t i, struct out *out)
{
	struct value v = { .table = t, .index = i, .out = out };

	v.service = table_service_read(t, i);
	v.profile = table_profile_read(t, v.service.profile);
	return v;
}

/* The name of a field in a configuration. */
const char *part_label(enum part part)
{
	return parts[part].label;
}

/* Writes a field of the service to the buffer, in the words of a configuration,
 * and sums it up. A text that is too long ends with "...". */
void value_write(struct value *v, enum part part)
{
	v->out->used = 0;
	v->sum = 0xcbf29ce484222325ull;
	parts[part].put(v, parts[part].detail);
	if (v->out->used == OUT_BYTES)
		v->out->used -= 3, out_text(v->out, "...");
}
