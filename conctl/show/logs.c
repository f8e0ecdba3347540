/* SPDX-License-Identifier: MIT */
/* The command logs: what services have said, from the files and the memory of
 * their loggers, in the order of time. Sends no request. */
#include "conctl/base/json.h"
#include "conctl/base/order.h"
#include "conctl/base/out.h"
#include "conctl/session/choose.h"
#include "conctl/session/mapping.h"
#include "conctl/session/session.h"
#include "conctl/show/journal.h"
#include "conctl/show/line.h"
#include "conctl/show/moment.h"
#include "conctl/show/news.h"
#include "conctl/show/show.h"
#include "model/text.h"
#include "sys/call.h"
#include "sys/clock.h"

enum { FOLLOW_LINES = 10 };         /* with -f, before those that come */

/* Which lines are shown, and how. */
struct query {
	uint64_t since, until;      /* keys */
	int level;
	bool is_json, follows, names;
	struct json json;
};

/* The next line of each journal, or the one before. */
static struct head {
	struct line_parts parts;
	struct text_line line;
	bool is_there;
	struct place before;        /* where it was found from */
} heads[JOURNALS_MAX];

static bool name_is_chosen(const struct line_parts *parts)
{
	char name[NAME_MAX_BYTES + 1];
	uint32_t i;

	if (parts->name_length > NAME_MAX_BYTES)
		return false;
	__builtin_memcpy(name, parts->name, parts->name_length);
	name[parts->name_length] = '\0';
	i = table_find(session.table, name);
	return i != TABLE_NONE && is_chosen(i);
}

/* A line without a time is as old as can be. */
static bool take_line(const struct journal *j, struct head *h)
{
	if (j->plain) {
		h->parts = (struct line_parts){
			.key = 0,
			.name = table_name(session.table, j->service),
			.text = h->line.text,
			.text_length = h->line.length,
			.level = -1,
		};
		h->parts.name_length =
			(uint32_t)text_length(h->parts.name);
		return true;
	}
	return line_take_apart(&h->line, &h->parts);
}

static bool is_shown(const struct query *q, const struct journal *j,
                     const struct head *h)
{
	int level = h->parts.level < 0 ? LEVEL_DEFAULT : h->parts.level;

	return (j->plain || (h->parts.key >= q->since &&
	                     h->parts.key <= q->until)) &&
	       h->parts.key < j->before && level <= q->level &&
	       (j->service == TABLE_NONE
	                ? name_is_chosen(&h->parts)
	                : line_is_of(&h->parts,
	                             table_name(session.table, j->service)));
}

/* The next line that is shown. */
static void fill(const struct query *q, uint32_t k)
{
	struct journal *j = &journals[k];
	struct head *h = &heads[k];

	h->is_there = false;
	while (!h->is_there && journal_next(j, &h->line))
		h->is_there = take_line(j, h) && is_shown(q, j, h) &&
		              (j->plain || h->parts.key > j->after);
	if (h->is_there)
		j->after = 0;       /* the clock may be set back */
}

/* The one before the place; none is looked for before `since`. */
static void fill_back(const struct query *q, uint32_t k)
{
	struct journal *j = &journals[k];
	struct head *h = &heads[k];

	h->is_there = false;
	h->before = j->place;
	while (!h->is_there && journal_prev(j, &h->line)) {
		if (!take_line(j, h))
			continue;
		if (!j->plain && h->parts.key < q->since)
			return;
		h->is_there = is_shown(q, j, h);
	}
}

/* Which head is the first one, or the last one; journals_count: there is none. */
static uint32_t pick(bool last)
{
	uint32_t best = journals_count;

	for (uint32_t k = 0; k < journals_count; k++) {
		if (!heads[k].is_there)
			continue;
		if (best == journals_count ||
		    (last ? heads[k].parts.key > heads[best].parts.key
		          : heads[k].parts.key < heads[best].parts.key))
			best = k;
	}
	return best;
}

static void seek_all(uint64_t key)
{
	for (uint32_t k = 0; k < journals_count; k++)
		journal_seek(&journals[k], key);
}

/* Goes back from the end by so many lines. */
static void go_back(const struct query *q, uint64_t lines)
{
	uint32_t k;

	seek_all(q->until == UINT64_MAX ? q->until : q->until + 1);
	for (k = 0; k < journals_count; k++)
		fill_back(q, k);
	for (; lines > 0 && (k = pick(true)) < journals_count; lines--)
		fill_back(q, k);
	/* The head of each journal is one line too far. */
	for (k = 0; k < journals_count; k++)
		journal_go(&journals[k], &heads[k].before);
}

static void print_text(const struct query *q, const struct journal *j,
                       const struct head *h)
{
	if (j->plain && q->names) {
		out_text(&out_result, h->parts.name);
		out_text(&out_result, ": ");
	}
	out_foreign_bytes(&out_result, h->line.text, h->line.length);
	out_text(&out_result, "\n");
}

static void print_json(struct query *q, const struct journal *j,
                       const struct head *h)
{
	struct json *o = &q->json;

	json_open(o, "{");
	if (!j->plain) {
		json_key(o, "time");
		json_text(o, h->line.text, LINE_TIME);
	}
	json_key(o, "service");
	json_text(o, h->parts.name, h->parts.name_length);
	if (h->parts.level >= 0) {
		json_key(o, "level");
		json_string(o, level_names[h->parts.level]);
	}
	json_key(o, "text");
	json_text(o, h->parts.text, h->parts.text_length);
	json_close(o, "}");
	if (q->follows) {
		o->comma = false;
		out_text(&out_result, "\n");
	}
}

/* Prints the lines from the places on, in the order of time. */
static void print(struct query *q)
{
	uint32_t k;

	for (k = 0; k < journals_count; k++)
		fill(q, k);
	while (out_result.error == 0 && (k = pick(false)) < journals_count) {
		if (q->is_json)
			print_json(q, &journals[k], &heads[k]);
		else
			print_text(q, &journals[k], &heads[k]);
		journals[k].last = heads[k].parts.key;
		fill(q, k);
	}
}

static void say_lost(uint64_t lost, uint32_t service)
{
	struct digits d;

	if (lost > 0)
		complain("logs: ", table_name(session.table, service), ": ",
		         text_number(&d, (int64_t)lost),
		         " bytes were overwritten before they could be read",
		         NULL);
}

static void refresh(void)
{
	for (uint32_t k = 0; k < journals_count; k++)
		say_lost(journal_refresh(&journals[k]), journals[k].service);
}

/* Says where the lines of a service are, if they cannot be shown. */
static void say_where(uint32_t i, enum where where)
{
	static char path[PATH_MAX];
	struct table_service s = table_service_read(session.table, i);
	const char *name = table_name(session.table, i);
	long size;

	switch (where) {
	case WHERE_FOUND:
		return;
	case WHERE_NOWHERE:
		complain("logs: ", name, ": what it says is thrown away "
		         "(LOG_NONE)", NULL);
		return;
	case WHERE_INHERITED:
		size = sys_readlinkat(session.folder, "fd/1", path,
		                      sizeof(path) - 1);
		path[size > 0 ? size : 0] = '\0';
		complain("logs: ", name, ": it goes to connate's output",
		         size > 0 ? ": " : "", path, NULL);
		return;
	case WHERE_OTHER:
		complain("logs: ", name, ": it goes to ",
		         table_name(session.table, s.log_at),
		         ", which keeps no lines that conctl could read; that "
		         "takes connate-log with --each, --file or --ring", NULL);
		return;
	case WHERE_REFUSED:
		complain("logs: ", name, ": its log cannot be read",
		         session.owner != 0 && sys_getuid() == 0
		                 ? "; only files of the user of connate are"
		                 : "",
		         NULL);
		return;
	}
}

/* Adds the journals of all that are chosen. How many services have one. With
 * all services those without one are only named if no other has. */
static uint32_t add_chosen(const struct order *o)
{
	uint32_t found = 0;

	journals_begin();
	for (uint32_t i = chosen_next(0); i != TABLE_NONE;
	     i = chosen_next(i + 1)) {
		enum where where = journal_add(i);

		found += where == WHERE_FOUND;
		if (o->count > 0)
			say_where(i, where);
	}
	if (found == 0 && o->count == 0)
		complain("logs: no service logs to connate-log or to a file; "
		         "conctl log shows where each one does", NULL);
	journals_join();
	return found;
}

/* Prints what comes, until the reader or connate goes away. */
static int follow(const struct order *o, struct query *q)
{
	uint64_t check_ms = clock_now_ms() + CHECK_MS;
	bool moved;
	int code;

	for (;;) {
		uint32_t seen = load(&session.live->change);

		news_watch();
		refresh();
		print(q);
		if (out_flush(&out_result) < 0 || news_reader_gone())
			return EXIT_DONE; /* main() says what is wrong */
		if (session_check_due(&check_ms)) {
			code = choose_check(o, &moved);
			if (code != EXIT_DONE)
				return code;
			if (moved) {
				journals_leave();
				(void)add_chosen(o);
				journals_return();
				continue;
			}
		}
		news_wait(seen);
	}
}

static int take_level(const struct order *o, int *level)
{
	*level = o->level != NULL ? level_read(o->level) : LEVELS - 1;
	if (*level >= 0)
		return EXIT_DONE;
	complain("logs: '", o->level, "' is no level; write one of emerg, "
	         "alert, crit, err, warning, notice, info, debug, or 0 to 7",
	         NULL);
	return EXIT_USAGE;
}

static bool take_times(const struct order *o, struct query *q)
{
	int64_t ms;

	if (o->since != NULL) {
		if (!moment_real("logs", o->since, &ms))
			return false;
		q->since = line_key_of_ms(ms);
	}
	if (o->until != NULL) {
		if (!moment_real("logs", o->until, &ms))
			return false;
		/* With all of that millisecond. */
		q->until = line_key_of_ms(ms) + 999;
	}
	return true;
}

/* logs: prints what services have said, the oldest first; with -f also what they
 * say from now on. */
int logs_run(const struct order *o)
{
	struct query q = { .until = UINT64_MAX, .is_json = o->json,
		           .follows = o->follows,
		           .json = { .out = &out_result } };
	bool counted = o->lines_given || (o->follows && o->since == NULL);

	if (!take_times(o, &q) || take_level(o, &q.level) != EXIT_DONE)
		return EXIT_USAGE;
	if (choose(o) > 0)
		return EXIT_UNKNOWN;
	q.names = chosen_count() > 1;
	if (add_chosen(o) == 0 && !o->follows)
		return o->count > 0 ? EXIT_MISSED : EXIT_DONE;
	if (counted)
		go_back(&q, o->lines_given ? o->lines : FOLLOW_LINES);
	else
		seek_all(q.since);
	if (o->follows)
		return follow(o, &q);
	if (o->json)
		json_open(&q.json, "[");
	print(&q);
	if (o->json)
		json_close(&q.json, "]\n");
	return EXIT_DONE;
}
