/* SPDX-License-Identifier: MIT */
/* The command history: what became of services, from the file that connate-log
 * --history writes, with those that were turned before it. Starts and ends are
 * shown, crash loops as one line; as JSON every line is. Sends no request. */
#include "conctl/base/json.h"
#include "conctl/base/order.h"
#include "conctl/base/out.h"
#include "conctl/base/screen.h"
#include "conctl/session/choose.h"
#include "conctl/session/mapping.h"
#include "conctl/session/session.h"
#include "conctl/show/account.h"
#include "conctl/show/field.h"
#include "conctl/show/folds.h"
#include "conctl/show/journal.h"
#include "conctl/show/moment.h"
#include "conctl/show/show.h"
#include "model/text.h"

enum {
	ALL_COLUMNS = 60,           /* of a terminal for date and time */
	NAME_COLUMNS = 7,
	SECOND_AT = 11,             /* in 2031-12-24T18:00:00.123456Z … */
	MILLISECOND_END = 23,       /* … so long is the time that is shown */
};

struct query {
	uint64_t since, until;      /* keys */
	bool all;                   /* no names were given */
	struct screen screen;
	struct json json;
	uint32_t name_width;
};

static bool is_of_service(const struct account *a)
{
	return kind_is_of_service(a->kind);
}

/* Without names services that are no longer in the table are shown, too. */
static bool is_shown(const struct query *q, const struct account *a)
{
	uint32_t i = TABLE_NONE;

	if (a->key < q->since || a->key > q->until)
		return false;
	if (!q->all && is_of_service(a))
		i = table_find(session.table, a->service);
	return q->all || (i != TABLE_NONE && is_chosen(i));
}

/* The next line that is shown. */
static bool next(const struct query *q, struct account *a)
{
	struct text_line line;

	while (journal_next(&journals[0], &line))
		if (account_read(&line, a) && is_shown(q, a))
			return true;
	return false;
}

static bool had_process(enum state state)
{
	return state == STATE_SETTING_UP || state == STATE_STARTING ||
	       state == STATE_UP;
}

/* What a transition means to a person; NULL: it is only a step on the way. */
static const char *word_of(const struct account *a)
{
	switch (a->to) {
	case STATE_UP:
		return a->from == STATE_WAITING_TO_STOP ? NULL : "up";
	case STATE_RETRYING:
		return a->from == STATE_CLEANING_UP ? NULL
		                                    : "ended, is tried again";
	case STATE_CLEANING_UP:
		return had_process(a->from) ? "ended" : NULL;
	case STATE_WAITING_TO_STOP:
		return "goes down";
	case STATE_STOPPING:
	case STATE_DRAINING:
		return had_process(a->from) ? "is stopped" : NULL;
	case STATE_FORCE_DOWN:
		return "is killed";
	case STATE_FAILED:
	case STATE_SKIPPED:
	case STATE_DOWN:
	case STATE_CANNOT_STOP:
		return state_label[a->to];
	case STATE_WAITING_TO_START:
	case STATE_SETTING_UP:
	case STATE_STARTING:
	case STATES:
		break;
	}
	return NULL;
}

static const char *word_of_connate(const struct account *a)
{
	switch (a->kind) {
	case KIND_BOOT:
		return "a session of connate begins, after a boot";
	case KIND_SESSION:
		return "a new session of connate begins";
	case KIND_SUPERVISORD:
		return "supervisord died and was started again";
	case KIND_SUCCESSION:
		return "connate died; supervisord took its place";
	case KIND_UPGRADE:
		return "upgraded: another supervisord took over";
	case KIND_ROLLBACK:
		return "rolled back to the former supervisord";
	case KIND_LOST:
		return "events that were overwritten before they could be "
		       "written down";
	case KIND_RELOAD:
	case KIND_SWAP:
	case KIND_HEALTH:
		return account_kinds[a->kind];
	case KIND_STATE:
	case KINDS:
		break;
	}
	return NULL;
}

static void put_time(const char *time, uint32_t from, bool whole)
{
	if (whole)
		from = 0;
	out_bytes(&cell, time + from,
	          (whole ? MILLISECOND_END : SECOND_AT + 8) - from);
	out_text(&cell, whole ? "Z" : "");
}

static bool is_wide(const struct query *q)
{
	return q->screen.columns >= ALL_COLUMNS;
}

static bool is_same_day(const char *a, const char *b)
{
	for (uint32_t k = 0; k < SECOND_AT; k++)
		if (a[k] != b[k])
			return false;
	return true;
}

static void put_loop(const struct account *a, const struct loop *l)
{
	bool whole = !is_same_day(a->time, l->last);

	out_text(&cell, "ended ");
	out_number(&cell, l->count);
	out_text(&cell, " times between ");
	put_time(a->time, SECOND_AT, whole);
	out_text(&cell, " and ");
	put_time(l->last, SECOND_AT, whole);
}

static void put_what(const struct account *a, const char *word)
{
	if (a->kind == KIND_LOST) {
		out_number(&cell, a->count);
		out_text(&cell, " ");
	}
	out_text(&cell, word);
	if (a->pid > 0 && a->to == STATE_UP) {
		out_text(&cell, ", pid ");
		out_number(&cell, a->pid);
	}
}

/* loop: what is shown in its place, or NULL. */
static void print_text(struct query *q, const struct account *a,
                       const struct loop *loop)
{
	const char *word = a->kind == KIND_STATE ? word_of(a)
	                                         : word_of_connate(a);
	bool of_service = is_of_service(a);

	if (word == NULL)
		return;
	cell.used = 0;
	put_time(a->time, SECOND_AT, is_wide(q));
	screen_cell(&q->screen, NULL, is_wide(q) ? MILLISECOND_END + 1 : 8);
	screen_text(&q->screen, of_service ? a->service : "-", q->name_width);
	cell.used = 0;
	if (loop != NULL)
		put_loop(a, loop);
	else
		put_what(a, word);
	if (a->why[0] != '\0')
		out_texts(&cell, ": ", a->why, NULL);
	screen_cell(&q->screen,
	            a->kind == KIND_STATE ? state_colour(a->to) : NULL, 0);
	screen_end(&q->screen);
}

static void member(struct json *j, const char *key, const char *text)
{
	if (text[0] == '\0')
		return;
	json_key(j, key);
	json_string(j, text);
}

static void member_number(struct json *j, const char *key, int64_t value)
{
	if (value < 0)
		return;
	json_key(j, key);
	json_number(j, value);
}

/* The words between quotes. */
static void facts_json(struct json *j, const struct account *a)
{
	uint32_t begin = 0;

	if (a->facts == NULL)
		return;
	json_key(j, "facts");
	json_open(j, "[");
	for (uint32_t k = 1; k < a->facts_length; k++) {
		if (a->facts[k] == '"' || a->facts[k] == ',' ||
		    a->facts[k] == ']') {
			if (begin > 0)
				json_text(j, a->facts + begin, k - begin);
			begin = 0;
		} else if (begin == 0) {
			begin = k;
		}
	}
	json_close(j, "]");
}

static void print_json(struct json *j, const struct account *a)
{
	json_open(j, "{");
	member(j, "time", a->time);
	member(j, "event", account_kinds[a->kind]);
	member(j, "service", a->service);
	member(j, "from", a->from != STATES ? state_label[a->from] : "");
	member(j, "to", a->to != STATES ? state_label[a->to] : "");
	member(j, "target", a->target);
	facts_json(j, a);
	member(j, "why", a->why);
	member_number(j, "exit", a->exit);
	member(j, "signal", a->signal);
	member_number(j, "pid", a->pid);
	member_number(j, "attempt", a->attempt);
	member_number(j, "count", a->count);
	json_close(j, "}");
}

/* Counts crash loops, and how wide names are. What comes after that is not
 * shown. */
static void measure(struct query *q)
{
	const struct loop *loop;
	struct account a;
	uint64_t last = 0;

	folds_begin(false);
	journal_seek(&journals[0], q->since);
	while (next(q, &a)) {
		uint32_t length = (uint32_t)text_length(a.service);

		(void)folds_take(&a, &loop); /* it only counts */
		if (length > q->name_width)
			q->name_width = length;
		last = a.key > last ? a.key : last;
	}
	if (q->screen.columns != NO_WIDTH &&
	    q->name_width > q->screen.columns / 4)
		q->name_width = q->screen.columns / 4;
	q->until = last < q->until ? last : q->until;
}

static void print_lines(struct query *q)
{
	const struct loop *loop = NULL;
	struct account a;

	measure(q);
	screen_text(&q->screen, is_wide(q) ? "TIME (UTC)" : "UTC",
	            is_wide(q) ? MILLISECOND_END + 1 : 8);
	screen_text(&q->screen, "SERVICE", q->name_width);
	screen_text(&q->screen, "WHAT", 0);
	screen_end(&q->screen);
	folds_begin(true);
	journal_seek(&journals[0], q->since);
	while (out_result.error == 0 && next(q, &a)) {
		enum fold fold = folds_take(&a, &loop);

		if (fold != FOLD_INSIDE)
			print_text(q, &a, fold == FOLD_FOLDED ? loop : NULL);
	}
}

static void print_document(struct query *q)
{
	struct account a;

	json_open(&q->json, "[");
	journal_seek(&journals[0], q->since);
	while (out_result.error == 0 && next(q, &a))
		print_json(&q->json, &a);
	json_close(&q->json, "]\n");
}

static bool take_times(const struct order *o, struct query *q)
{
	int64_t ms;

	if (o->since != NULL) {
		if (!moment_real("history", o->since, &ms))
			return false;
		q->since = line_key_of_ms(ms);
	}
	if (o->until != NULL) {
		if (!moment_real("history", o->until, &ms))
			return false;
		/* With all of that millisecond. */
		q->until = line_key_of_ms(ms) + 999;
	}
	return true;
}

/* history: prints what became of services, the oldest first. */
int history_run(const struct order *o)
{
	struct query q = { .until = UINT64_MAX, .all = o->count == 0,
		           .screen = screen_look(o),
		           .json = { .out = &out_result },
		           .name_width = NAME_COLUMNS };

	if (!take_times(o, &q))
		return EXIT_USAGE;
	if (choose(o) > 0)
		return EXIT_UNKNOWN;
	journals_begin();
	switch (journal_add_history()) {
	case WHERE_FOUND:
		break;
	case WHERE_REFUSED:
		complain("history: ", journal_path(&journals[0]), " cannot be read; "
		         "only files of the user of connate are", NULL);
		return EXIT_MISSED;
	case WHERE_NOWHERE:
	case WHERE_INHERITED:
	case WHERE_OTHER:
		complain("history: none is written; start connate-log with "
		         "\"--history\", \"/var/log/history\" in the "
		         "configuration (connate-log(8)). conctl events "
		         "has what happened last", NULL);
		return EXIT_MISSED;
	}
	if (o->json)
		print_document(&q);
	else
		print_lines(&q);
	return EXIT_DONE;
}
