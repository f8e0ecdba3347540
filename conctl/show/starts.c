/* SPDX-License-Identifier: MIT */
/* How services came up: from the events as far back as they go, else what a
 * record tells of the last time. Knows no terminal. */
#include "conctl/conctl.h"
#include "sys/call.h"

/* In so much time the first are wanted. */
enum { FIRST_MS = 1000 };

static struct start *starts;        /* one for each service */
static uint32_t *sorted, sorted_count;
static enum occasion occasion;

static bool begins_anew(const struct start *s, enum state from)
{
	return from != STATE_RETRYING || s->settled_ms != 0;
}

static void on_wanted(struct start *s, const struct event *e)
{
	if (begins_anew(s, (enum state)e->from))
		*s = (struct start){ .known = true, .wanted_ms = e->at_ms };
	s->attempts++;
}

/* More than 49 days are shown as so many. */
static void add_ms(uint32_t *sum, uint64_t ms)
{
	*sum = ms < UINT32_MAX - *sum ? *sum + (uint32_t)ms : UINT32_MAX;
}

static void on_left(struct start *s, const struct event *e)
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
	    s->state == STATE_DOWN)
		s->settled_ms = e->at_ms;
}

static void on_event(struct start *s, const struct event *e)
{
	if (s->settled_ms != 0 && occasion == FIRST_START)
		return;
	if (e->to == STATE_WAITING_TO_START)
		on_wanted(s, e);
	else if (s->known && s->settled_ms == 0)
		on_left(s, e);
	s->entered_ms = e->at_ms;
}

static void read_events(void)
{
	uint32_t at = first_event(), end = events_now(), missed = 0;
	struct event e;

	while (event_next(&at, end, &e, &missed))
		if (e.kind == EVENT_STATE && e.service != TABLE_NONE)
			on_event(&starts[e.service], &e);
}

static bool has_setup(uint32_t i)
{
	return table_service(session.table, i)->setup.kind != ACTION_NONE;
}

/* Without its events: the last attempt. */
static void read_record(struct start *s, uint32_t i, const struct record *r)
{
	*s = (struct start){ .wanted_ms = r->wanted_ms,
		             .attempts = r->phase.attempt,
		             .state = (enum state)r->phase.state,
		             .entered_ms = phase_since_ms(r->phase, now_ms()) };
	if (r->up_ms >= r->wanted_ms && r->up_ms != 0) {
		s->settled_ms = r->up_ms;
		s->state = STATE_UP;
		s->setup_ms = has_setup(i) ? r->setup_took_ms : 0;
		s->start_ms = r->start_took_ms;
		s->begun_ms = r->up_ms - s->setup_ms - s->start_ms;
	} else if (s->state == STATE_FAILED || s->state == STATE_DOWN) {
		s->settled_ms = s->begun_ms = s->entered_ms;
	} else if (s->state != STATE_WAITING_TO_START) {
		s->setup_ms = has_setup(i) && s->state == STATE_STARTING
		                      ? r->setup_took_ms
		                      : 0;
		s->begun_ms = s->entered_ms - s->setup_ms;
	}
}

/* What goes on still. */
static void go_on(struct start *s, const struct record *r)
{
	if (s->settled_ms != 0 || s->wanted_ms == 0)
		return;
	s->state = (enum state)r->phase.state;
	if (s->state == STATE_SETTING_UP)
		add_ms(&s->setup_ms, age_ms(r));
	else if (s->state == STATE_STARTING)
		add_ms(&s->start_ms, age_ms(r));
}

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
	read_events();
	for (uint32_t i = 0; i < count; i++) {
		struct record r = session_record(i);

		if (!starts[i].known)
			read_record(&starts[i], i, &r);
		go_on(&starts[i], &r);
	}
	return true;
}

struct start *start_of(uint32_t i)
{
	return &starts[i];
}

uint64_t start_took_ms(const struct start *s)
{
	return (s->settled_ms != 0 ? s->settled_ms : now_ms()) - s->wanted_ms;
}

uint64_t since_begin(uint64_t at_ms)
{
	uint64_t begin_ms = session.head->session_ms;

	return at_ms > begin_ms ? at_ms - begin_ms : 0;
}

/* When that edge no longer kept it; 0: it never did, as far as is known. */
static uint64_t met_ms(enum edge_kind kind, uint32_t other)
{
	if (kind == EDGE_CONFLICTS)
		return phase_since_ms(session_record(other).phase, now_ms());
	return kind == EDGE_GROUPS || kind == EDGE_LENT
	               ? 0
	               : starts[other].settled_ms;
}

uint32_t start_held_by(uint32_t i)
{
	const struct start *s = &starts[i];
	uint64_t last_ms = s->wanted_ms;
	uint32_t holder = TABLE_NONE;

	for (struct edges e = edges_from(session.table, i);
	     s->begun_ms != 0 && e.at < e.end; e.at++) {
		uint64_t at_ms = met_ms(edge_kind(*e.at), edge_service(*e.at));

		if (at_ms <= last_ms || at_ms > s->begun_ms)
			continue;
		last_ms = at_ms;
		holder = edge_service(*e.at);
	}
	return holder;
}

static bool before(uint32_t a, uint32_t b)
{
	const struct start *s = &starts[a], *t = &starts[b];

	for (int k = 0; k < START_KEYS; k++)
		if (s->key[k] != t->key[k])
			return s->key[k] < t->key[k];
	return a < b;
}

static void sink(uint32_t at, uint32_t count)
{
	for (uint32_t child; (child = 2 * at + 1) < count; at = child) {
		uint32_t down = sorted[at];

		if (child + 1 < count &&
		    before(sorted[child], sorted[child + 1]))
			child++;
		if (!before(down, sorted[child]))
			return;
		sorted[at] = sorted[child];
		sorted[child] = down;
	}
}

/* A heap, the last one on top; each goes to the end in turn. */
static void sort(void)
{
	for (uint32_t k = sorted_count / 2; k > 0; k--)
		sink(k - 1, sorted_count);
	for (uint32_t k = sorted_count; k > 1; k--) {
		uint32_t last = sorted[0];

		sorted[0] = sorted[k - 1];
		sorted[k - 1] = last;
		sink(0, k - 1);
	}
}

uint32_t starts_sort(void)
{
	sorted_count = 0;
	for (uint32_t i = chosen_next(0); i != TABLE_NONE;
	     i = chosen_next(i + 1))
		if (starts[i].wanted_ms != 0)
			sorted[sorted_count++] = i;
	sort();
	return sorted_count;
}

uint32_t start_sorted(uint32_t k)
{
	return sorted[k];
}

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

/* Nothing can wait for itself; a ledger that says so is not believed. */
uint32_t starts_path(uint32_t last)
{
	uint32_t first = last;

	starts[last].next = TABLE_NONE;
	starts[last].on_path = true;
	for (uint32_t i = start_held_by(last);
	     i != TABLE_NONE && !starts[i].on_path; i = start_held_by(i)) {
		starts[i].next = first;
		starts[i].on_path = true;
		first = i;
	}
	return first;
}

/* As far as is known now: one that waits for ever does not make it longer. */
static uint64_t known_end(const struct start *s)
{
	if (s->settled_ms != 0)
		return s->settled_ms;
	return s->begun_ms != 0 ? s->begun_ms : s->wanted_ms;
}

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
