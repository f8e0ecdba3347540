/* SPDX-License-Identifier: MIT */
/* One ledger out of another and a table. The same functions measure, where
 * nothing is written, and fill. Knows no kernel. */
#include "model/merge.h"

#include "model/graph.h"
#include "model/said.h"
#include "model/step.h"
#include "model/text.h"

static void merge_copy(void *to, const void *from, uint64_t size)
{
	__builtin_memcpy(to, from, size);
}

static const struct table *old_table(const struct merge *m)
{
	return ledger_table(m->old);
}

static struct table_service *to_service(const struct merge *m, uint32_t i)
{
	return (struct table_service *)(uintptr_t)table_service(m->to, i);
}

static uint32_t greater(uint32_t a, uint32_t b)
{
	return a > b ? a : b;
}

/* Matching: which services there are, and where */

/* Does something of a service of the old ledger run, or has it to be undone? */
static bool service_is_needed(const struct merge *m, uint32_t old)
{
	struct record r = ledger_read(m->old, old);

	return state_active(r.phase.state) || r.life.pid != 0 ||
	       r.helper != 0 || r.lost;
}

static bool action_calls(const struct table_action *a, uint32_t image)
{
	return a->kind == ACTION_CALL && a->image == image;
}

/* Does it still need a function of that image? It is not started any more, only
 * stopped. */
static bool service_still_calls(const struct table_service *s, uint32_t image)
{
	return action_calls(&s->cleanup, image) ||
	       action_calls(&s->stop, image);
}

static void match_enter(struct merge *m, uint32_t service, uint32_t old)
{
	m->from[service] = old;
	if (old != TABLE_NONE)
		m->where[old] = service;
}

static void match_enter_gone(struct merge *m, uint32_t old)
{
	struct table_service s = table_service_read(old_table(m), old);

	match_enter(m, m->services++, old);
	m->calls |= service_still_calls(&s, 0);
	for (uint32_t k = 0; k < FORMER_IMAGES; k++)
		if (service_still_calls(&s, k + 1))
			m->former_used |= 1u << k;
}

static void match_all(struct merge *m)
{
	const struct table *old = old_table(m);

	for (uint32_t i = 0; i < old->services; i++)
		m->where[i] = TABLE_NONE;
	m->services = m->image->services;
	for (uint32_t i = 0; i < m->services; i++)
		match_enter(m, i, table_find(old, table_name(m->image, i)));
	for (uint32_t i = 0; i < old->services; i++)
		if (m->where[i] == TABLE_NONE && service_is_needed(m, i))
			match_enter_gone(m, i);
}

static bool to_is_gone(const struct merge *m, uint32_t i)
{
	return i >= m->image->services;
}

static struct table_service old_service(const struct merge *m, uint32_t i)
{
	return table_service_read(old_table(m), m->from[i]);
}

/* Is this service new, so that its target is the one of its configuration? */
bool merge_is_new(const struct merge *m, uint32_t i)
{
	return m->from[i] == TABLE_NONE ||
	       (!to_is_gone(m, i) && old_service(m, i).gone);
}

/* The definition by which it runs, if it runs. */
static uint32_t definition_of_run(const struct merge *m, uint32_t i)
{
	struct table_service s = old_service(m, i);

	return ledger_read(m->old, m->from[i]).phase.stale ? s.runs_by
	                                                   : s.definition;
}

static bool merge_is_stale(const struct merge *m, uint32_t i)
{
	return m->from[i] != TABLE_NONE && service_is_needed(m, m->from[i]) &&
	       (to_is_gone(m, i) ||
	        definition_of_run(m, i) !=
	                table_service(m->image, i)->definition);
}

/* Words and texts that a service that is gone still needs */

static uint32_t add_text(struct merge *m, uint32_t text, uint32_t behind)
{
	const char *from;
	uint32_t at = m->texts, size;

	if (text == TABLE_NONE)
		return TABLE_NONE;
	from = table_text(old_table(m), text - behind);
	size = (uint32_t)text_length(from) + 1;
	m->texts += size;
	if (m->to != NULL)
		merge_copy((char *)(uintptr_t)table_text(m->to, at), from,
		           size);
	return at + behind;
}

static void add_word(struct merge *m, uint32_t word)
{
	if (m->to != NULL)
		*(uint32_t *)(uintptr_t)table_list(m->to, m->lists) = word;
	m->lists++;
}

static uint32_t add_words(struct merge *m, uint32_t first, uint32_t count,
                          bool are_texts)
{
	const uint32_t *list = table_list(old_table(m), first);
	uint32_t at = m->lists;

	for (uint32_t k = 0; k < count; k++)
		add_word(m, are_texts ? add_text(m, list[k], 0) : list[k]);
	return at;
}

static struct table_list add_list(struct merge *m, struct table_list list,
                                  bool are_texts)
{
	list.at = add_words(m, list.at, list.count, are_texts);
	return list;
}

static struct table_action add_action(struct merge *m, struct table_action a)
{
	if (a.kind == ACTION_EXEC)
		a.at = add_words(m, a.at, a.count, true);
	if (a.kind == ACTION_CALL && a.image == 0)
		a.image = (uint8_t)m->former;
	return a;
}

/* The service is not started any more. That there was an action has to stay
 * known. */
static void action_forget(struct table_action *a)
{
	if (a->kind != ACTION_NONE)
		*a = (struct table_action){ .kind = ACTION_SIGNAL, .at = 1 };
}

static void add_profile(struct merge *m, uint32_t i, uint32_t old)
{
	struct table_profile p = table_profile_read(old_table(m), old);

	p.env = add_list(m, p.env, true);
	p.groups = add_list(m, p.groups, false);
	p.rlimits = add_list(m, p.rlimits, false);
	p.cpus = add_list(m, p.cpus, false);
	p.chdir = add_text(m, p.chdir, 0);
	p.chroot = add_text(m, p.chroot, 0);
	p.cgroup = add_text(m, p.cgroup, 0);
	if (m->to != NULL)
		merge_copy((void *)(uintptr_t)table_profile(m->to, i), &p,
		           sizeof(p));
}

/* Where its logger is gone, too, it gets the standard error of supervisord. */
static void add_log(struct merge *m, struct table_service *s)
{
	if (s->log_kind == LOG_KIND_FILE)
		s->log_at = add_text(m, s->log_at, 0);
	if (s->log_kind != LOG_KIND_TO)
		return;
	s->log_at = m->where[s->log_at];
	if (s->log_at == TABLE_NONE ||
	    (m->to != NULL && to_service(m, s->log_at)->pipe == TABLE_NONE))
		s->log_kind = LOG_KIND_INHERIT;
}

/* The socket by which the process of a service of the old ledger speaks. In the
 * new one it is that of its place, so no place is crossed there (overlap.h). */
static uint32_t old_socket_of(const struct merge *m, uint32_t i)
{
	struct table_service s = old_service(m, i);
	uint32_t other = s.other - 1, at = m->from[i];

	if (other != TABLE_NONE &&
	    ledger_read(m->old, at < other ? at : other).life.crossed)
		s = table_service_read(old_table(m), other);
	return s.ready_pipe;
}

static void add_gone(struct merge *m, uint32_t i)
{
	struct table_service s = old_service(m, i);
	uint32_t profile = m->image->profiles + i - m->image->services;

	add_profile(m, profile, s.profile);
	s.profile = profile;
	s.name = add_text(m, s.name, sizeof(TABLE_NAME_IS) - 1);
	s.cleanup = add_action(m, s.cleanup);
	s.stop = add_action(m, s.stop);
	action_forget(&s.setup);
	action_forget(&s.run);
	action_forget(&s.reload);
	action_forget(&s.started);
	s.check = add_action(m, s.check); /* it may still run */
	s.words = add_list(m, s.words, true);
	s.success = add_list(m, s.success, false);
	s.never_retry.count = 0; /* it is not tried again anyway */
	s.gone = 1;
	s.ready_pipe = old_socket_of(m, i);
	/* no start */
	s.listen.count = s.store.count = s.every.count = s.on_demand = 0;
	if (s.other != 0) /* TABLE_NONE + 1 is none */
		s.other = m->where[s.other - 1] + 1;
	s.target = TARGET_DOWN;
	add_log(m, &s);
	if (m->to != NULL)
		*to_service(m, i) = s;
}

/* Numbers */

/* A number that a service has: of its board entry, or of a pipe. */
enum number { NUMBER_ENTRY, NUMBER_PIPE, NUMBER_LOG, NUMBER_CHECK,
	      NUMBER_READY };

static uint32_t *number_of(struct table_service *s, enum number number)
{
	switch (number) {
	case NUMBER_ENTRY:
		return &s->board_entry;
	case NUMBER_PIPE:
		return &s->pipe;
	case NUMBER_LOG:
		return &s->log_pipe;
	case NUMBER_CHECK:
		return &s->check_pipe;
	case NUMBER_READY:
		break;
	}
	return &s->ready_pipe;
}

/* Is the field greater by one than the number? 0 - 1 is TABLE_NONE. */
static bool counts_from_one(enum number number)
{
	return number == NUMBER_LOG || number == NUMBER_CHECK;
}

/* The number, or TABLE_NONE. */
static uint32_t number_read(struct table_service *s, enum number number)
{
	return *number_of(s, number) - counts_from_one(number);
}

static void numbers_mark_used(struct merge *m, enum number number)
{
	for (uint32_t i = 0; i < old_table(m)->services; i++) {
		struct table_service s = table_service_read(old_table(m), i);
		uint32_t k = number_read(&s, number);

		if (k != TABLE_NONE)
			m->used[k] = 1;
	}
}

static void numbers_mark_passed(struct merge *m)
{
	for (uint32_t i = 0; i < old_table(m)->services; i++) {
		struct table_service s = table_service_read(old_table(m), i);
		const uint32_t *k;

		for (uint32_t n = 0;
		     (k = table_number(old_table(m), &s, n)) != NULL; n++)
			m->used[*k] = 1;
	}
}

/* The number of the socket with this text in the old ledger, whichever service
 * had it; TABLE_NONE: there is none. */
static uint32_t old_socket(const struct merge *m, const char *text)
{
	const struct table *t = old_table(m);

	for (uint32_t i = 0; i < t->services; i++) {
		struct table_service s = table_service_read(t, i);

		for (uint32_t k = 0; k < table_sockets(&s); k++) {
			const struct table_socket *socket =
				table_socket(t, &s, k);

			if (text_equal(table_text(t, socket->text), text))
				return socket->pipe;
		}
	}
	return TABLE_NONE;
}

static uint32_t unused_from(const struct merge *m, uint32_t k)
{
	while (m->used[k] != 0)
		k++;
	return k;
}

/* A second place has no pipe to a logger of its own. */
static void share_log_pipes(struct merge *m)
{
	for (uint32_t i = 0; i < m->services; i++)
		to_service(m, i)->log_pipe =
			to_service(m, table_first(m->to, i))->log_pipe;
}

/* The number of a service that was in the old ledger; TABLE_NONE: it had none,
 * or one of another kind of socket. */
static uint32_t old_number(const struct merge *m, enum number number,
                           uint32_t i)
{
	struct table_service s;

	if (m->from[i] == TABLE_NONE)
		return TABLE_NONE;
	s = old_service(m, i);
	if (number != NUMBER_READY)
		return number_read(&s, number);
	return s.ready == to_service(m, i)->ready ? old_socket_of(m, i)
	                                          : TABLE_NONE;
}

/* Gives each service the number that it had, or one that none had, from `next`
 * on. One that still writes to a pipe of its own, but is configured without,
 * keeps it until it is restarted: else it would get SIGPIPE. Returns the next to
 * be tried; *end becomes greater than each number given. */
static uint32_t set_numbers(struct merge *m, enum number number, uint32_t next,
                            uint32_t *end)
{
	for (uint32_t i = 0; i < m->services; i++) {
		struct table_service *s = to_service(m, i);
		uint32_t had;

		had = old_number(m, number, i);
		if (number_read(s, number) == TABLE_NONE &&
		    (number != NUMBER_LOG || had == TABLE_NONE ||
		     !merge_is_stale(m, i)))
			continue;
		if (number == NUMBER_LOG && table_first(m->to, i) != i)
			continue;
		if (had == TABLE_NONE) {
			had = unused_from(m, next);
			next = had + 1;
		}
		*number_of(s, number) = had + counts_from_one(number);
		*end = greater(*end, had + 1);
	}
	return next;
}

/* Number n of what is passed to service i, as it was in the old ledger; or
 * TABLE_NONE. */
static uint32_t old_passed(const struct merge *m, uint32_t i, uint32_t n)
{
	const struct table_service *s = to_service(m, i);
	struct table_service old;

	if (n < table_sockets(s))
		return old_socket(m, table_text(m->to,
		                                table_socket(m->to, s,
		                                             n)->text));
	if (m->from[i] == TABLE_NONE)
		return TABLE_NONE;
	old = old_service(m, i);
	n -= table_sockets(s);
	return n < old.store.count
	               ? table_list(old_table(m), old.store.at)[n]
	               : TABLE_NONE;
}

/* The same for the sockets of .listen, which are known by their text, and for
 * the stores. Those of a second place are those of the first one. */
static void set_passed(struct merge *m, uint32_t next, uint32_t *end)
{
	uint32_t *to;

	for (uint32_t i = 0; i < m->services; i++)
		for (uint32_t n = 0; table_first(m->to, i) == i &&
		                     (to = table_number(m->to, to_service(m, i),
		                                        n)) != NULL; n++) {
			*to = old_passed(m, i, n);
			if (*to == TABLE_NONE) {
				*to = unused_from(m, next);
				next = *to + 1;
			}
			*end = greater(*end, *to + 1);
		}
}

static void clear_used(struct merge *m, uint32_t count)
{
	for (uint32_t k = 0; k < count; k++)
		m->used[k] = 0;
}

static uint32_t entries_end(const struct merge *m)
{
	return old_table(m)->board_entries + m->image->services + 1;
}

static uint32_t pipes_end(const struct merge *m)
{
	return old_table(m)->pipes + m->image->pipes + 1;
}

static void numbers_set_all(struct merge *m)
{
	uint32_t next;

	clear_used(m, entries_end(m));
	numbers_mark_used(m, NUMBER_ENTRY);
	(void)set_numbers(m, NUMBER_ENTRY, 0, &m->to->board_entries);
	clear_used(m, pipes_end(m));
	next = 0;
	for (enum number n = NUMBER_PIPE; n <= NUMBER_READY; n++)
		numbers_mark_used(m, n);
	numbers_mark_passed(m);
	for (enum number n = NUMBER_PIPE; n <= NUMBER_READY; n++)
		next = set_numbers(m, n, next, &m->to->pipes);
	share_log_pipes(m);
	set_passed(m, next, &m->to->pipes);
}

/* Edges */

static void add_edge(struct merge *m, enum edge_kind kind, uint32_t other)
{
	if (m->to != NULL)
		((uint32_t *)(uintptr_t)table_edges(m->to))[m->head.edges] =
			edge_make(kind, other);
	m->head.edges++;
}

/* Adds the edges of the old ledger that still count: of a service that is gone,
 * all that its stop has to wait for; of one that runs by an older definition,
 * the logger that it had then and that is gone. */
static void add_old_edges(struct merge *m, uint32_t i)
{
	struct edges e = edges_from(old_table(m), m->from[i]);

	for (; e.at < e.end; e.at++) {
		enum edge_kind kind = edge_kind(*e.at);
		uint32_t other = m->where[edge_service(*e.at)];

		if (other == TABLE_NONE)
			continue;
		if (to_is_gone(m, i))
			add_edge(m, kind, other);
		else if ((kind == EDGE_LOGS || kind == EDGE_LENT) &&
		         to_is_gone(m, other))
			add_edge(m, EDGE_LENT, other);
	}
}

static void add_edges(struct merge *m)
{
	m->head.edges = 0;
	for (uint32_t i = 0; i < m->services; i++) {
		if (m->to != NULL)
			to_service(m, i)->edge_first = m->head.edges;
		if (!to_is_gone(m, i)) {
			struct edges e = edges_from(m->image, i);

			for (; e.at < e.end; e.at++)
				add_edge(m, edge_kind(*e.at),
				         edge_service(*e.at));
		}
		if (merge_is_stale(m, i))
			add_old_edges(m, i);
	}
}

/* First counts how many edges end at each service, then computes where its
 * edges begin, then places them. */
static void reverse_edges(struct merge *m)
{
	uint32_t *back = (uint32_t *)(uintptr_t)table_back(m->to), sum = 0;

	for (uint32_t i = 0; i <= m->services; i++)
		to_service(m, i)->back_first = 0;
	for (uint32_t k = 0; k < m->head.edges; k++)
		to_service(m, edge_service(table_edges(m->to)[k]))
			->back_first++;
	for (uint32_t i = 0; i <= m->services; i++) {
		sum += to_service(m, i)->back_first;
		to_service(m, i)->back_first = sum;
	}
	for (uint32_t i = m->services; i-- > 0;) {
		struct edges e = edges_from(m->to, i);

		while (e.end-- > e.at)
			back[--to_service(m, edge_service(*e.end))
			               ->back_first] =
				edge_make(edge_kind(*e.end), i);
	}
}

/* The names in order: merges two sorted lists. */
static void sort_names(struct merge *m)
{
	uint32_t *to = (uint32_t *)(uintptr_t)table_by_name(m->to);
	const uint32_t *a = table_by_name(m->image);
	const uint32_t *b = table_by_name(old_table(m));
	const uint32_t *a_end = a + m->image->services;
	const uint32_t *b_end = b + old_table(m)->services;

	while (a < a_end || b < b_end) {
		if (b < b_end && (m->where[*b] == TABLE_NONE ||
		                  !to_is_gone(m, m->where[*b]))) {
			b++;
			continue;
		}
		if (b == b_end ||
		    (a < a_end &&
		     text_compare(table_name(m->image, *a),
		                  table_name(old_table(m), *b)) < 0))
			*to++ = *a++;
		else
			*to++ = m->where[*b++];
	}
}

/* The table */

static uint32_t area_place(uint32_t *at, uint64_t bytes)
{
	uint32_t here = *at;

	*at += (uint32_t)((bytes + 7) & ~7ull);
	return here;
}

static void areas_place(struct table *t)
{
	uint32_t at = sizeof(*t);

	t->service_at =
		area_place(&at, (t->services + 1ull) * t->service_bytes);
	t->profile_at =
		area_place(&at, (uint64_t)t->profiles * t->profile_bytes);
	t->by_name_at = area_place(&at, 4ull * t->services);
	t->edge_at = area_place(&at, 4ull * t->edges);
	t->back_at = area_place(&at, 4ull * t->edges);
	t->list_at = area_place(&at, 4ull * t->list_words);
	t->text_at = area_place(&at, t->text_bytes);
	t->size = at;
}

/* How many words of scratch memory a merge takes. Of m only image and old are
 * looked at. */
uint64_t merge_scratch(const struct merge *m)
{
	return 2ull * old_table(m)->services + m->image->services +
	       greater(entries_end(m), pipes_end(m));
}

static void add_all_gone(struct merge *m)
{
	m->lists = m->image->list_words;
	m->texts = m->image->text_bytes;
	for (uint32_t i = m->image->services; i < m->services; i++)
		add_gone(m, i);
}

/* Matches the services, and sets what merge.h says: m->services, m->head,
 * m->calls and m->former_used. image, old, former and scratch must be set.
 * O(services + edges + words). */
void merge_measure(struct merge *m)
{
	uint32_t old = old_table(m)->services;

	m->to = NULL;
	m->where = m->scratch;
	m->from = m->where + old;
	m->used = m->from + m->image->services + old;
	m->calls = false;
	m->former_used = 0;
	match_all(m);
	add_all_gone(m);
	m->head = *m->image;
	add_edges(m);
	m->head.services = m->services;
	m->head.profiles += m->services - m->image->services;
	m->head.list_words = m->lists;
	m->head.text_bytes = m->texts;
	m->head.vector_max =
		greater(m->head.vector_max, old_table(m)->vector_max);
	m->head.pipes = pipes_end(m);
	m->head.board_entries = 0;
	areas_place(&m->head);
}

static void copy_image(struct merge *m)
{
	const struct table *t = m->image;

	merge_copy(to_service(m, 0), table_service(t, 0),
	           (uint64_t)t->services * t->service_bytes);
	merge_copy((void *)(uintptr_t)table_profile(m->to, 0),
	           table_profile(t, 0),
	           (uint64_t)t->profiles * t->profile_bytes);
	merge_copy((void *)(uintptr_t)table_list(m->to, 0), table_list(t, 0),
	           4ull * t->list_words);
	merge_copy((void *)(uintptr_t)table_text(m->to, 0), table_text(t, 0),
	           t->text_bytes);
}

static void fill_table(struct merge *m, struct table *to)
{
	*to = m->head;
	to->pipes = 0; /* set by the numbers that are given */
	m->to = to;
	copy_image(m);
	add_all_gone(m);
	numbers_set_all(m);
	add_all_gone(m); /* again: now the loggers have their pipes */
	for (uint32_t i = 0; i < m->services; i++)
		if (merge_is_stale(m, i))
			to_service(m, i)->runs_by = definition_of_run(m, i);
	add_edges(m);
	to_service(m, m->services)->edge_first = m->head.edges;
	reverse_edges(m);
	sort_names(m);
	to->digest = table_digest(to);
}

/* How many entries of what was said the new ledger may have (said_bytes()). */
uint32_t merge_said(const struct merge *m)
{
	return said_entries(m->image) + said_entries(old_table(m)) > 0
	               ? m->head.pipes
	               : 0;
}

static void carry_entry(const struct merge *m, struct ledger *to,
                        uint32_t k, uint32_t old)
{
	*said_entry(to, k) = *said_entry(m->old, old);
}

/* What the process has said, if it goes on with its socket; whether it was asked
 * to be down, if it goes on to be started on demand; the names of what it has
 * stored. */
static void carry_said(const struct merge *m, uint32_t i, struct ledger *to)
{
	struct table_service *s = to_service(m, i);
	struct table_service old;

	if (m->from[i] == TABLE_NONE || said_entries(old_table(m)) == 0 ||
	    !said_is_ours(m->old, m->old_size))
		return;
	old = old_service(m, i);
	if (s->ready == READY_KIND_SD_NOTIFY && old.ready == s->ready)
		carry_entry(m, to, s->ready_pipe, old_socket_of(m, i));
	if (s->on_demand != TARGET_DOWN && old.on_demand != TARGET_DOWN)
		carry_entry(m, to, table_socket(m->to, s, 0)->pipe,
		            table_socket(old_table(m), &old, 0)->pipe);
	if (s->check_pipe != 0 && old.check_pipe != 0)
		carry_entry(m, to, s->check_pipe - 1, old.check_pipe - 1);
	for (uint32_t k = 0; k < s->store.count && k < old.store.count; k++) {
		uint32_t number = table_list(m->to, s->store.at)[k];

		carry_entry(m, to, number, number);
	}
}

/* The records, the rings and the header */

/* A timer that waits, and is none any more, is to be up; what is down, and has
 * become one, waits if it would in a new session. */
static enum target target_for(const struct merge *m, uint32_t i,
                              union phase phase)
{
	struct table_service now = *to_service(m, i), old = old_service(m, i);

	if (phase.state != STATE_DOWN || table_timed(&now) == table_timed(&old))
		return phase.target;
	if (phase.target == TARGET_RESTART)
		return TARGET_UP;
	return phase.target == TARGET_DOWN && table_timed(&now)
	               ? now.target : phase.target;
}

static void fill_record(struct merge *m, uint32_t i, struct record *to)
{
	const struct record none = { .sequence = 0 };

	*to = none;
	if (m->from[i] == TABLE_NONE)
		return;
	*to = ledger_read(m->old, m->from[i]);
	to->sequence = 0;
	to->life.crossed = 0;
	to->phase.target = target_for(m, i, to->phase);
	to->phase.stale = merge_is_stale(m, i);
	if (to->failure != 0 && !to_is_gone(m, i) &&
	    definition_of_run(m, i) != table_service(m->image, i)->definition)
		to->failure |= STEP_FORMER;
	if (to_is_gone(m, i) || merge_is_new(m, i))
		to->phase.target = TARGET_DOWN;
}

static uint32_t service_here(const struct merge *m, uint32_t old)
{
	return old < old_table(m)->services ? m->where[old] : TABLE_NONE;
}

static uint32_t lesser(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

static void fill_rings(const struct merge *m, struct ledger *to)
{
	const struct ledger *old = m->old;

	for (uint32_t k = 0; k < LEDGER_EVENTS; k++) {
		struct event *e = ledger_event(to, k);

		merge_copy(e, ledger_event(old, k),
		           lesser(to->event_bytes, old->event_bytes));
		e->service = service_here(m, e->service);
	}
	for (uint32_t k = 0; k < LEDGER_ANSWERS; k++) {
		struct answer *a = ledger_answer(to, k);

		merge_copy(a, ledger_answer(old, k),
		           lesser(to->answer_bytes, old->answer_bytes));
		a->service = service_here(m, a->service);
	}
}

static bool lock_is_same(const struct merge *m)
{
	const struct table *a = m->image, *b = old_table(m);

	if (a->lock_file == TABLE_NONE || b->lock_file == TABLE_NONE)
		return a->lock_file == b->lock_file;
	return text_equal(table_text(a, a->lock_file),
	                  table_text(b, b->lock_file));
}

static void fill_head(const struct merge *m, struct ledger *to)
{
	struct ledger l = *m->old, layout = ledger_layout(&m->head);

	l.magic = 0;
	l.version = layout.version;
	l.size = layout.size;
	l.table_at = layout.table_at;
	l.record_at = layout.record_at;
	l.event_at = layout.event_at;
	l.answer_at = layout.answer_at;
	l.services = layout.services;
	l.record_bytes = layout.record_bytes;
	l.event_bytes = layout.event_bytes;
	l.answer_bytes = layout.answer_bytes;
	l.image = m->image->digest;
	l.locked = l.locked && lock_is_same(m);
	l.untidy = greater(old_table(m)->pipes, 1);
	l.moved = 0;
	l.change++;
	*to = l;
}

/* Writes the new ledger, at `to`: said_bytes() of ledger_layout(&m->head) and
 * merge_said(), all zeros, aligned to 64. Its magic number is stored last, so a
 * reader takes it for no ledger until then. m was measured. */
void merge_fill(struct merge *m, struct ledger *to)
{
	fill_head(m, to);
	fill_table(m, (struct table *)(uintptr_t)ledger_table(to));
	for (uint32_t i = 0; i < m->services; i++) {
		fill_record(m, i, ledger_records(to) + i);
		carry_said(m, i, to);
	}
	fill_rings(m, to);
	__atomic_store_n(&to->magic, LEDGER_MAGIC, __ATOMIC_RELEASE);
}
