/* SPDX-License-Identifier: MIT */
/* How services came up: from the events as far back as they go, else what a
 * record tells of the last start. Knows no terminal. */
#include "conctl/show/starts.h"

#include "conctl/base/out.h"
#include "conctl/session/choose.h"
#include "conctl/session/event.h"
#include "conctl/session/mapping.h"
#include "conctl/session/record.h"
#include "model/graph.h"
#include "model/text.h"
#include "sys/call.h"
#include "sys/clock.h"

/* Services that are wanted within this time belong to the start-up. */
enum { FIRST_MS = 1000 };

static struct start *starts;        /* one for each service */
static uint32_t *sorted, sorted_count;
static enum occasion occasion;

static bool begins_anew(const struct start *s, enum state from)
{
	return from != STATE_RETRYING || s->settled_ms != 0;
}

static void start_wanted(struct start *s, const struct event *e)
{
	if (begins_anew(s, (enum state)e->from))
		*s = (struct start){ .known = true, .wanted_ms = e->at_ms };
	s->attempts++;
}

/* A sum above 49 days stays there. */
static void add_ms(uint32_t *sum, uint64_t ms)
{
	*sum = ms < UINT32_MAX - *sum ? *sum + (uint32_t)ms : UINT32_MAX;
}

static void start_left(struct start *s, const struct event *e)
{
	uint64_t took_ms = e->at_ms - s->entered_ms;

	if (e->from == STATE_WAITING_TO_START && s->begun_ms == 0)
		s->begun_ms = e->at_ms;
	else if (e->from == STATE_SETTING_UP)
		add_ms(&s->setup_ms, took_ms);
	else if (e->from == STATE_STARTING)
		add_ms(&s->start_ms, took_ms);
	s->state = (enum state)e->to;
	if (s->state == STATE_UP || s->state == STATE_FAILED ||
	    s->state == STATE_DOWN || s->state == STATE_SKIPPED)
		s->settled_ms = e->at_ms;
}

static void start_event(struct start *s, const struct event *e)
{
	if (s->settled_ms != 0 && occasion == FIRST_START)
		return;
	if (e->to == STATE_WAITING_TO_START)
		start_wanted(s, e);
	else if (s->known && s->settled_ms == 0)
		start_left(s, e);
	s->entered_ms = e->at_ms;
}

static void starts_of_events(void)
{
	uint32_t at = events_first(), end = events_now(), missed = 0;
	struct event e;

	while (event_next(&at, end, &e, &missed))
		if (e.kind == EVENT_STATE && e.service != TABLE_NONE)
			start_event(&starts[e.service], &e);
}

static bool has_setup(uint32_t i)
{
	return table_service(session.table, i)->setup.kind != ACTION_NONE;
}

/* Without its events, a record tells of the last attempt. */
static void start_of_record(struct start *s, uint32_t i, const struct record *r)
{
	*s = (struct start){ .wanted_ms = r->wanted_ms,
		             .attempts = r->phase.attempt,
		             .state = (enum state)r->phase.state,
		             .entered_ms =
		                     phase_since_ms(r->phase, clock_now_ms()) };
	if (r->up_ms >= r->wanted_ms && r->up_ms != 0) {
		s->settled_ms = r->up_ms;
		s->state = STATE_UP;
		s->setup_ms = has_setup(i) ? r->setup_took_ms : 0;
		s->start_ms = r->start_took_ms;
		s->begun_ms = r->up_ms - s->setup_ms - s->start_ms;
	} else if (s->state == STATE_FAILED || s->state == STATE_DOWN ||
	           s->state == STATE_SKIPPED) {
		s->settled_ms = s->begun_ms = s->entered_ms;
	} else if (s->state != STATE_WAITING_TO_START) {
		s->setup_ms = has_setup(i) && s->state == STATE_STARTING
		                      ? r->setup_took_ms
		                      : 0;
		s->begun_ms = s->entered_ms - s->setup_ms;
	}
}

/* A start that has not come to its end yet. */
static void start_continue(struct start *s, const struct record *r)
{
	if (s->settled_ms != 0 || s->wanted_ms == 0)
		return;
	s->state = (enum state)r->phase.state;
	if (s->state == STATE_SETTING_UP)
		add_ms(&s->setup_ms, record_age_ms(r));
	else if (s->state == STATE_STARTING)
		add_ms(&s->start_ms, record_age_ms(r));
}

/* Reads the starts of all services: from the events as far back as they go,
 * else what a record tells of the last start. False: there is no memory for
 * them, and that has been explained. The functions below need it before
 * them. */
bool starts_read(enum occasion which)
{
	uint64_t count = session.table->services;
	uint64_t size = count * (sizeof(*starts) + sizeof(*sorted)) + 1;
	long room = sys_mmap(NULL, size, PROT_READ | PROT_WRITE,
	                     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct digits d;

	if (room < 0 && room > -4096) {
		complain("no memory for ", text_number(&d, (int64_t)count),
		         " services: ", text_error(&d, (int)room), NULL);
		return false;
	}
	starts = (struct start *)room;
	sorted = (uint32_t *)(starts + count);
	occasion = which;
	starts_of_events();
	for (uint32_t i = 0; i < count; i++) {
		struct record r = session_record(i);

		if (!starts[i].known)
			start_of_record(&starts[i], i, &r);
		start_continue(&starts[i], &r);
	}
	return true;
}

/* The start of a service. */
struct start *start_of(uint32_t i)
{
	return &starts[i];
}

/* How long a start took, or has taken up to now. */
uint64_t start_took_ms(const struct start *s)
{
	return (s->settled_ms != 0 ? s->settled_ms : clock_now_ms()) -
	       s->wanted_ms;
}

/* How long after the beginning of the session that was, which is about when
 * connate was started. */
uint64_t session_ms_at(uint64_t at_ms)
{
	uint64_t begin_ms = session.head->session_ms;

	return at_ms > begin_ms ? at_ms - begin_ms : 0;
}

/* When that edge no longer blocked the service; 0: it did not, as far as is
 * known. */
static uint64_t unblocked_ms(enum edge_kind kind, uint32_t other)
{
	if (kind == EDGE_CONFLICTS)
		return phase_since_ms(session_record(other).phase,
		                      clock_now_ms());
	return kind == EDGE_GROUPS || kind == EDGE_LENT ||
	                       kind == EDGE_FOLLOWS || kind == EDGE_RELOADS
	               ? 0
	               : starts[other].settled_ms;
}

/* The service that blocked the start of this one last, or TABLE_NONE. */
uint32_t start_blocked_by(uint32_t i)
{
	const struct start *s = &starts[i];
	uint64_t last_ms = s->wanted_ms;
	uint32_t blocker = TABLE_NONE;

	for (struct edges e = edges_from(session.table, i);
	     s->begun_ms != 0 && e.at < e.end; e.at++) {
		uint64_t at_ms =
			unblocked_ms(edge_kind(*e.at), edge_service(*e.at));

		if (at_ms <= last_ms || at_ms > s->begun_ms)
			continue;
		last_ms = at_ms;
		blocker = edge_service(*e.at);
	}
	return blocker;
}

static bool sorts_before(uint32_t a, uint32_t b)
{
	const struct start *s = &starts[a], *t = &starts[b];

	for (int k = 0; k < START_KEYS; k++)
		if (s->key[k] != t->key[k])
			return s->key[k] < t->key[k];
	return a < b;
}

static void heap_sink(uint32_t at, uint32_t count)
{
	for (uint32_t child; (child = 2 * at + 1) < count; at = child) {
		uint32_t down = sorted[at];

		if (child + 1 < count &&
		    sorts_before(sorted[child], sorted[child + 1]))
			child++;
		if (!sorts_before(down, sorted[child]))
			return;
		sorted[at] = sorted[child];
		sorted[child] = down;
	}
}

/* Heapsort: the greatest is on top of the heap, and goes to its end. */
static void heap_sort(void)
{
	for (uint32_t k = sorted_count / 2; k > 0; k--)
		heap_sink(k - 1, sorted_count);
	for (uint32_t k = sorted_count; k > 1; k--) {
		uint32_t last = sorted[0];

		sorted[0] = sorted[k - 1];
		sorted[k - 1] = last;
		heap_sink(0, k - 1);
	}
}

/* Sorts the starts of the chosen services that were wanted: by their keys, then
 * in the order of the table. Returns how many there are. */
uint32_t starts_sort(void)
{
	sorted_count = 0;
	for (uint32_t i = chosen_next(0); i != TABLE_NONE;
	     i = chosen_next(i + 1))
		if (starts[i].wanted_ms != 0)
			sorted[sorted_count++] = i;
	heap_sort();
	return sorted_count;
}

/* The service of the k-th start after starts_sort(). */
uint32_t start_sorted(uint32_t k)
{
	return sorted[k];
}

/* The chosen service that settled last, or TABLE_NONE. */
uint32_t start_last(void)
{
	uint32_t last = TABLE_NONE;

	for (uint32_t i = chosen_next(0); i != TABLE_NONE;
	     i = chosen_next(i + 1))
		if (starts[i].settled_ms != 0 &&
		    (last == TABLE_NONE ||
		     starts[i].settled_ms > starts[last].settled_ms))
			last = i;
	return last;
}

/* The services that blocked each other, up to this one, as a list by
 * start.next. Returns its first. No service blocks itself: a ledger that says
 * so ends the list. */
uint32_t starts_path(uint32_t last)
{
	uint32_t first = last;

	starts[last].next = TABLE_NONE;
	starts[last].on_path = true;
	for (uint32_t i = start_blocked_by(last);
	     i != TABLE_NONE && !starts[i].on_path; i = start_blocked_by(i)) {
		starts[i].next = first;
		starts[i].on_path = true;
		first = i;
	}
	return first;
}

/* The end of a start as far as it is known: a start that waits for ever does
 * not make the start-up longer. */
static uint64_t known_end(const struct start *s)
{
	if (s->settled_ms != 0)
		return s->settled_ms;
	return s->begun_ms != 0 ? s->begun_ms : s->wanted_ms;
}

/* Leaves of the chosen services those that were wanted before the start-up had
 * come to its end. Returns when that was, 0 if no service was wanted. Changes
 * their keys. */
uint64_t starts_boot(void)
{
	uint64_t late_ms = session.head->session_ms + FIRST_MS, end_ms = 0;

	for (uint32_t i = 0; i < session.table->services; i++)
		starts[i].key[0] = starts[i].wanted_ms;
	(void)starts_sort();
	for (uint32_t k = 0; k < sorted_count; k++) {
		uint64_t known_ms = known_end(&starts[sorted[k]]);

		if (starts[sorted[k]].wanted_ms > late_ms)
			choose_not(sorted[k]);
		else if (known_ms > end_ms)
			end_ms = known_ms;
		if (end_ms > late_ms)
			late_ms = end_ms;
	}
	return end_ms;
}
