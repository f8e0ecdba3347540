/* SPDX-License-Identifier: MIT */
/* The command reload: sends the requests and waits for the end of the commands
 * that do it, or until the services themselves have said that they have done it:
 * supervisord writes an event each. Knows no pipe. */
#include "conctl/base/order.h"
#include "conctl/base/out.h"
#include "conctl/change/ask.h"
#include "conctl/change/change.h"
#include "conctl/session/choose.h"
#include "conctl/session/event.h"
#include "conctl/session/process.h"
#include "conctl/session/record.h"
#include "conctl/session/session.h"
#include "conctl/session/watch.h"
#include "conctl/show/ending.h"
#include "conctl/show/lines.h"
#include "model/graph.h"
#include "model/moment.h"
#include "model/text.h"
#include "sys/clock.h"

enum {
	GRACE_MS = 500, /* between the end of a command and its event */
	HANDLER_MS = 20, /* between looks whether a signal is handled */
};

struct watch {
	uint32_t at, missed;        /* of the ring of events */
	uint64_t gone_since_ms;     /* a command without its event;
	                               NEVER_MS: none is gone */
	uint64_t asked_ms, began_ms; /* before and after all were asked */
	uint64_t late_ms;           /* when the next one has had its .max_ready;
	                               NEVER_MS: none is limited */
	bool failed;
};

static char how_bytes[OUT_BYTES];
static struct out how = { .fd = -1, .bytes = how_bytes };

/* Why this service cannot be reloaded, or NULL. */
static const char *reload_obstacle(uint32_t i, const struct record *r)
{
	const struct table_service *s = table_service(session.table, i);

	if (s->reload.kind == ACTION_NONE)
		return "its SERVICE(...) has no .reload";
	if (r->phase.state != STATE_UP)
		return "it is not up";
	return r->helper > 0 && !session_checks(i, r) &&
	                       s->reload.kind != ACTION_SIGNAL
	               ? "a reload of it is still running"
	               : NULL;
}

/* Adds those that are reloaded with this one; true: there were some. */
static bool choose_with(uint32_t i)
{
	struct edges e = edges_to(session.table, i);
	struct record r = session_record(i);
	bool more = false;

	if (reload_obstacle(i, &r) != NULL)
		return false;
	for (; e.at < e.end; e.at++) {
		uint32_t other = edge_service(*e.at);

		if (edge_kind(*e.at) != EDGE_RELOADS || is_chosen(other) ||
		    table_service(session.table, other)->gone ||
		    session_record(other).phase.state != STATE_UP)
			continue;
		choose_one(other);
		more = true;
	}
	return more;
}

/* Adds those that are reloaded with the chosen ones, and with these. */
static void choose_all_with(void)
{
	bool more = true;

	while (more) {
		more = false;
		for (uint32_t i = chosen_next(0); i != TABLE_NONE;
		     i = chosen_next(i + 1))
			more |= choose_with(i);
	}
}

static bool leave_out_obstructed(void)
{
	bool missed = false;

	for (uint32_t i = chosen_next(0); i != TABLE_NONE;
	     i = chosen_next(i + 1)) {
		struct record r = session_record(i);
		const char *why = reload_obstacle(i, &r);

		if (why == NULL)
			continue;
		complain("reload ", table_name(session.table, i), ": ", why,
		         NULL);
		choose_not(i);
		missed = true;
	}
	return missed;
}

/* Another configuration may come meanwhile; the ring of events continues in its
 * ledger. */
static int reload_check(void)
{
	switch (session_check()) {
	case CHECK_GONE:
		session_gone();
		return EXIT_UNREACHABLE;
	case CHECK_MOVED:
		if (choose_moved() == 0)
			break;
		complain("reload: some services were removed from the "
		         "configuration; whether they were reloaded is not "
		         "known",
		         NULL);
		return EXIT_MISSED;
	case CHECK_SAME:
		break;
	}
	return EXIT_DONE;
}

/* It would be ended by the signal, as it does not handle it (yet). */
static bool would_end(uint32_t i)
{
	const struct table_service *s = table_service(session.table, i);
	struct record r = session_record(i);

	return s->reload.kind == ACTION_SIGNAL &&
	       r.phase.state == STATE_UP &&
	       process_would_end(record_pid(s, &r), (int)s->reload.at);
}

/* Some chosen service is still to handle the signal of its .reload. */
static bool some_would_end(uint64_t waited_ms)
{
	for (uint32_t i = chosen_next(0); i != TABLE_NONE;
	     i = chosen_next(i + 1))
		if (waited_ms < session_profile(i)->max_ready_ms &&
		    would_end(i))
			return true;
	return false;
}

/* A program that has just been started may not have come to handle its signal:
 * it is given the time that it has to get ready. supervisord sends no signal
 * that would end it. */
static int wait_for_handlers(const struct order *o)
{
	uint64_t began_ms = clock_now_ms(), now_ms;
	int code = EXIT_DONE;

	while (code == EXIT_DONE && (now_ms = clock_now_ms()) < o->deadline_ms &&
	       some_would_end(now_ms - began_ms)) {
		session_wait(load(&session.live->change),
		             earlier(now_ms + HANDLER_MS, o->deadline_ms));
		code = reload_check();
	}
	return code;
}

static const struct table_action *reload_of(uint32_t i)
{
	return &table_service(session.table, i)->reload;
}

static bool notifies(uint32_t i)
{
	return reload_of(i)->kind == ACTION_SIGNAL && reload_of(i)->count > 0;
}

/* A reload that is a signal has been done when it is sent, unless the service
 * says so itself. */
static void leave_out_signals(void)
{
	for (uint32_t i = chosen_next(0); i != TABLE_NONE;
	     i = chosen_next(i + 1))
		if (reload_of(i)->kind == ACTION_SIGNAL && !notifies(i))
			choose_not(i);
}

static void reload_ended(struct watch *w, uint32_t i, union ending e)
{
	choose_not(i);
	if (exit_is_success(e))
		return;
	w->failed = true;
	how.used = 0;
	if (e.code == 0)
		out_text(&how, "ended, it is not known how");
	else
		exit_write(&how, e);
	out_bytes(&how, "", 1);
	complain("reload ", table_name(session.table, i), ": ",
	         notifies(i) ? "it went down, or another process of it was "
	                       "started, before it said READY=1"
	                     : "the command of .reload ",
	         notifies(i) ? "" : how.bytes, NULL);
	lines_say(i, w->asked_ms);
}

static void reload_read_events(struct watch *w)
{
	uint32_t end = events_now();
	struct event e;

	while (event_next(&w->at, end, &e, &w->missed))
		if (e.kind == EVENT_RELOAD && e.service != TABLE_NONE &&
		    is_chosen(e.service))
			reload_ended(w, e.service,
			             (union ending){ .code = e.code,
			                             .status = e.status });
}

/* Does the command run, or is READY=1 awaited? */
static bool is_reloading(uint32_t i)
{
	struct record r = session_record(i);
	struct said said;

	if (!notifies(i))
		return r.helper != 0;
	return r.phase.state == STATE_UP && session_said(i, &r, &said) &&
	       said.reload_us != 0;
}

static void reload_timed_out(struct watch *w, uint32_t i)
{
	struct digits d;

	w->failed = true;
	choose_not(i);
	complain("reload ", table_name(session.table, i),
	         ": READY=1 has not followed RELOADING=1 in ",
	         text_number(&d, session_profile(i)->max_ready_ms / 1000),
	         " s (.max_ready); the service is up as before", NULL);
	lines_say(i, w->asked_ms);
}

/* Services that have not said in .max_ready that they have reloaded. */
static void reload_find_late(struct watch *w)
{
	uint64_t now_ms = clock_now_ms();

	w->late_ms = NEVER_MS;
	for (uint32_t i = chosen_next(0); i != TABLE_NONE;
	     i = chosen_next(i + 1)) {
		uint32_t ms = session_profile(i)->max_ready_ms;

		if (!notifies(i) || ms == TABLE_FOREVER)
			continue;
		if (now_ms >= w->began_ms + ms)
			reload_timed_out(w, i);
		else
			w->late_ms = earlier(w->late_ms, w->began_ms + ms);
	}
}

/* A command may be gone, and its event overwritten by a thousand others before
 * it was read. */
static void reload_find_lost(struct watch *w)
{
	bool gone = false;

	for (uint32_t i = chosen_next(0); i != TABLE_NONE;
	     i = chosen_next(i + 1)) {
		if (is_reloading(i))
			continue;
		gone = true;
		if (clock_now_ms() >= w->gone_since_ms &&
		    clock_now_ms() - w->gone_since_ms >= GRACE_MS)
			reload_ended(w, i, (union ending){ .code = 0 });
	}
	if (!gone)
		w->gone_since_ms = NEVER_MS;
	else if (w->gone_since_ms == NEVER_MS)
		w->gone_since_ms = clock_now_ms();
}

static int reload_too_late(const struct order *o)
{
	complain("timed out after ", o->timeout,
	         " s; these services are still reloading:", NULL);
	for (uint32_t i = chosen_next(0); i != TABLE_NONE;
	     i = chosen_next(i + 1))
		out_texts(&out_report, table_name(session.table, i), "\n",
		          NULL);
	return EXIT_LATE;
}

static uint64_t reload_until(const struct order *o, const struct watch *w)
{
	uint64_t grace = w->gone_since_ms == NEVER_MS
	                         ? NEVER_MS
	                         : w->gone_since_ms + GRACE_MS;

	return earlier(earlier(grace, w->late_ms),
	               earlier(o->deadline_ms, clock_now_ms() + CHECK_MS));
}

static int reload_wait(const struct order *o, struct watch *w)
{
	uint64_t check_ms = clock_now_ms() + CHECK_MS;
	int code;

	for (;;) {
		uint32_t seen = load(&session.live->change);

		reload_read_events(w);
		reload_find_lost(w);
		reload_find_late(w);
		if (chosen_next(0) == TABLE_NONE)
			return w->failed ? EXIT_MISSED : EXIT_DONE;
		if (clock_now_ms() >= o->deadline_ms)
			return reload_too_late(o);
		if (session_check_due(&check_ms)) {
			code = reload_check();
			if (code != EXIT_DONE)
				return code;
		}
		session_wait(seen, reload_until(o, w));
	}
}

/* reload: reloads each service, and waits for the end of commands that do
 * it. */
int reload_run(const struct order *o)
{
	struct watch watch = { .gone_since_ms = NEVER_MS };
	int code;

	if (choose(o) > 0)
		return EXIT_UNKNOWN;
	choose_all_with();
	code = wait_for_handlers(o);
	if (code != EXIT_DONE)
		return code;
	watch.failed = leave_out_obstructed();
	watch.at = events_now();
	if (chosen_next(0) == TABLE_NONE)
		return watch.failed ? EXIT_MISSED : EXIT_DONE;
	watch.asked_ms = clock_now_ms();
	code = ask(o, REQUEST_RELOAD, 0);
	if (code != EXIT_DONE && code != EXIT_MISSED)
		return code;
	watch.failed |= code == EXIT_MISSED;
	leave_out_signals();
	watch.began_ms = clock_now_ms();
	return reload_wait(o, &watch);
}
