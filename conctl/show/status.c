/* SPDX-License-Identifier: MIT */
/* The command status: which services are there and how they are; and what is
 * out of the ordinary with supervisord. Knows no request. */
#include "conctl/base/order.h"
#include "conctl/base/screen.h"
#include "conctl/base/time.h"
#include "conctl/session/choose.h"
#include "conctl/session/event.h"
#include "conctl/session/mapping.h"
#include "conctl/session/members.h"
#include "conctl/session/record.h"
#include "conctl/session/supervisord.h"
#include "conctl/show/detail.h"
#include "conctl/show/document.h"
#include "conctl/show/ending.h"
#include "conctl/show/probation.h"
#include "conctl/show/sheet.h"
#include "conctl/show/show.h"
#include "model/halt.h"
#include "model/text.h"
#include "sys/clock.h"

/* A service that has never changed is as old as the ledger. */
uint64_t age_ms(const struct record *r)
{
	uint64_t now = clock_now_ms(), since = phase_since_ms(r->phase, now);

	if (since < session.head->session_ms)
		since = session.head->session_ms;
	return now > since ? now - since : 0;
}

/* A group is up if its members are. */
static bool is_up(uint32_t i)
{
	const uint32_t *member;
	uint32_t count = members_of(i, &member);

	for (uint32_t k = 0; k < count; k++)
		if (member_is_missing(member[k]))
			return false;
	return session_record(i).phase.state == STATE_UP;
}

/* Is it not as its target says? One that is on its way up is not, either; one
 * that is to be down is as it should be, unless it cannot be stopped. */
static bool is_amiss(uint32_t i)
{
	union phase phase = session_record(i).phase;

	if (table_first(session.table, i) != i)
		return false; /* the first one serves, whatever this does */
	if (phase.target == TARGET_DOWN)
		return phase.state == STATE_CANNOT_STOP;
	return !is_up(i);
}

/* Is there a chosen service that is not up, or not as its target says? */
static bool any_amiss(bool by_target)
{
	for (uint32_t i = chosen_next(0); i != TABLE_NONE;
	     i = chosen_next(i + 1))
		if (by_target ? is_amiss(i) : !is_up(i))
			return true;
	return false;
}

static void choose_amiss(void)
{
	for (uint32_t i = chosen_next(0); i != TABLE_NONE;
	     i = chosen_next(i + 1))
		if (!is_amiss(i))
			choose_not(i);
}

static uint64_t past_ms(uint64_t at_ms)
{
	uint64_t now = clock_now_ms();

	return now > at_ms ? now - at_ms : 0;
}

/* connate has not reported this death yet: only the time of the last event is
 * known. */
static void dead_write(struct out *out)
{
	uint32_t events = events_now();
	uint64_t started = time_read(load_long(&session.live->started_ms));
	struct event e = { .at_ms = started };

	if (events > 0 && event_at(events - 1, &e) && e.at_ms < started)
		e.at_ms = started;
	out_text(out, "supervisord is down since at most ");
	duration_write(out, past_ms(e.at_ms));
	out_text(out, "; this is its last state, and connate starts it again");
}

static void reported_write(struct out *out, const struct report *n)
{
	uint64_t now = clock_now_ms();

	out_text(out, "supervisord is down since ");
	duration_write(out, past_ms(n->since_ms));
	out_text(out, ": it ");
	death_write(out, (enum death)n->death, n->status);
	if (n->deaths > 1) {
		out_text(out, " (");
		out_number(out, n->deaths);
		out_text(out, " times in a row)");
	}
	out_text(out, "; services run on, and connate starts it again ");
	if (n->next_ms <= now) {
		out_text(out, "now");
		return;
	}
	out_text(out, "in ");
	duration_write(out, n->next_ms - now);
}

static void say_down(enum supervisord_state state, const struct report *report)
{
	cell.used = 0;
	if (state == SUPERVISORD_REPORTED)
		reported_write(&cell, report);
	else
		dead_write(&cell);
	complain_out(&cell);
}

static void say_life(enum supervisord_state state, const struct report *report)
{
	struct digits d;

	if (state == SUPERVISORD_DEAD || state == SUPERVISORD_REPORTED)
		say_down(state, report);
	if (state == SUPERVISORD_STOPPED)
		complain("supervisord is stopped, and nothing is done until "
		         "it goes on (kill -CONT ",
		         text_number(&d, report->supervisord), ")",
		         NULL);
}

static void say_planned(void)
{
	union planned planned = session_planned();
	uint64_t now = clock_now_ms();

	if (planned.halt == HALT_NONE)
		return;
	cell.used = 0;
	out_texts(&cell, halt_label[planned.halt], " is planned in ", NULL);
	span_write(&cell, planned.at_ms > now ? planned.at_ms - now : 0);
	complain_out(&cell);
}

static void services_print(const struct order *o)
{
	if (o->count > 0 && chosen_count() == 1 && !o->failed)
		detail_print(o, chosen_next(0));
	else if (chosen_count() > 0)
		sheet_print(o);
}

/* status: prints one service in detail, several as a table; then, on standard
 * error, what is out of the ordinary with supervisord. EXIT_NOT_UP if a service
 * that was named is not up; if none was, or with --failed, if one is not as its
 * target says. */
int status_run(const struct order *o)
{
	bool whole = o->count == 0;
	struct report report;
	enum supervisord_state state = supervisord_look(&report);
	bool amiss;

	if (choose(o) > 0)
		return EXIT_UNREACHABLE;
	amiss = any_amiss(whole || o->failed);
	if (o->failed)
		choose_amiss();
	if (o->json)
		document_print(state, &report);
	else
		services_print(o);
	say_life(state, &report);
	say_planned();
	if (whole)
		probation_say();
	return amiss ? EXIT_NOT_UP : EXIT_DONE;
}
