/* SPDX-License-Identifier: MIT */
/* The table and the ledger as bytes that may be anything: what the checks let
 * pass can be looked into; what they refuse they refuse without reading
 * behind it. Must not know what a service does. */
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>

#include "model/text.h"
#include "model/trust.h"
#include "t/guard.h"
#include "t/model.h"
#include "t/tap.h"

static volatile uint32_t sum;       /* of all that was looked at */

/* A byte here and there, and the last. */
static void look(const void *bytes, size_t size)
{
	for (size_t k = 0; k < size; k += 1 + k / 8)
		sum += ((const unsigned char *)bytes)[k];
	if (size > 0)
		sum += ((const unsigned char *)bytes)[size - 1];
}

static void look_text(const struct table *t, uint32_t text)
{
	if (text != TABLE_NONE)
		look(table_text(t, text), strlen(table_text(t, text)) + 1);
}

static void look_texts(const struct table *t, uint32_t at, uint32_t count)
{
	for (uint32_t k = 0; k < count; k++)
		look_text(t, table_list(t, at)[k]);
}

/* As many as fill_environment() and fill_vector() of spawn.c write. */
static void vector_fits(const struct table *t, uint32_t words)
{
	if (words > t->vector_max) {
		printf("Bail out! a vector of %u words, and room for %u\n",
		       words, t->vector_max);
		exit(1);
	}
}

static void look_action(const struct table *t, const struct table_action *a)
{
	if (a->kind != ACTION_EXEC)
		return;
	look_texts(t, a->at, a->count);
	vector_fits(t, a->count + 1u);
}

static void look_edges(const struct table *t, const uint32_t *edges,
                       uint32_t first, uint32_t end)
{
	for (; first < end; first++)
		look(table_service(t, edge_service(edges[first])),
		     sizeof(struct table_service));
}

static void look_service(const struct table *t, uint32_t i)
{
	const struct table_service *s = table_service(t, i);
	const struct table_profile *p = table_profile(t, s->profile);

	look_text(t, s->name - (uint32_t)sizeof(TABLE_NAME_IS) + 1);
	look_action(t, &s->setup);
	look_action(t, &s->run);
	look_action(t, &s->cleanup);
	look_action(t, &s->stop);
	look_action(t, &s->reload);
	look_edges(t, table_edges(t), s->edge_first,
	           table_service(t, i + 1)->edge_first);
	look_edges(t, table_back(t), s->back_first,
	           table_service(t, i + 1)->back_first);
	if (s->log_kind == LOG_KIND_FILE)
		look_text(t, s->log_at);
	if (s->log_kind == LOG_KIND_TO)
		look(table_service(t, s->log_at), sizeof(*s));
	look_text(t, p->chdir);
	look_texts(t, p->env.at, p->env.count);
	if (p->has_env)
		vector_fits(t, p->env.count + ENV_OURS + 1);
	look(table_list(t, p->groups.at), p->groups.count * 4ull);
	look(table_list(t, p->rlimits.at), p->rlimits.count * 4ull);
	look(table_list(t, p->cpus.at), p->cpus.count * 4ull);
	look_text(t, p->chroot);
	look_text(t, p->cgroup);
	look_text(t, table_service(t, table_by_name(t)[i])->name);
	sum += (uint32_t)state_label[s->target][0];
}

static void look_table(const struct table *t)
{
	sum += (uint32_t)table_digest(t);
	if (t->lock_file != TABLE_NONE)
		look_text(t, t->lock_file -
		                     (uint32_t)sizeof(TABLE_LOCK_IS) + 1);
	look_text(t, t->source);
	for (uint32_t i = 0; i < t->services; i++)
		look_service(t, i);
	sum += table_find(t, "net") + table_find(t, "") + table_find(t, "~");
}

/* A table with something of everything. */
static struct table *sample(void)
{
	struct spec specs[4] = { spec_plain("net"), spec_plain("sshd"),
		                 spec_plain("log"), spec_plain("web") };
	const struct arc arcs[] = {
		{ 1, 0, EDGE_NEEDS },  { 1, 2, EDGE_LOGS },
		{ 3, 0, EDGE_BINDS },  { 3, 1, EDGE_CONFLICTS },
		{ 0, 2, EDGE_GROUPS }, { 3, 2, EDGE_AFTER },
		{ 2, 0, EDGE_WANTS },
	};
	struct table *t;
	struct table_service *s;
	struct table_profile *p;

	specs[0].setup = specs[3].cleanup = specs[1].notify = true;
	t = table_build(specs, 4, arcs, sizeof(arcs) / sizeof(arcs[0]));
	s = (void *)table_service(t, 3);
	s->log_kind = LOG_KIND_FILE;
	s->log_at = 0;
	t->lock_file = sizeof(TABLE_LOCK_IS) - 1;
	t->vector_max = 6;          /* two variables, three of ours, NULL */
	p = (void *)table_profile(t, 0);
	p->chdir = 0;
	p->env = (struct table_list){ 2, 0 };
	t->digest = table_digest(t);
	return t;
}

/* A field of the head that tables of an older version do not have. */
static void check_rest(void)
{
	struct table t = { .service_at = sizeof(t), .max_rest_ms = 5 };

	ok(table_max_rest_ms(&t) == 5, "how long what is left has");
	t.max_rest_ms = 0;
	ok(table_max_rest_ms(&t) == REST_MS, "by default");
	t.max_rest_ms = 5;
	t.service_at = TABLE_LEAST;
	ok(table_max_rest_ms(&t) == REST_MS, "in a table without that field");
}

static void test_sample(const struct table *t)
{
	static const char *const names[] = { "net", "sshd", "log", "web" };

	ok(table_check(t, t->size) == NULL, "a table as it is made passes");
	ok(table_check(t, t->size + 100) == NULL, "also with bytes behind it");
	check_rest();
	for (uint32_t i = 0; i < 4; i++)
		ok(table_find(t, names[i]) == i, "%s is found by its name",
		   names[i]);
	ok(table_find(t, "ne") == TABLE_NONE &&
	           table_find(t, "neta") == TABLE_NONE &&
	           table_find(t, "") == TABLE_NONE &&
	           table_find(t, "zzz") == TABLE_NONE,
	   "another name is not");
	look_table(t);
}

/* Of a version whose head had no end_signals. */
static void test_short_head(const struct table *sample_table)
{
	const uint64_t gone = sizeof(*sample_table) - TABLE_LEAST;
	struct table *t = malloc(sample_table->size), head = *sample_table;

	if (t == NULL)
		abort();
	head.end_signals = 6;
	memcpy(t, &head, sizeof(head));
	ok(table_end_signals(t) == 6, "signals that end everything");
	head.service_at -= gone, head.profile_at -= gone;
	head.by_name_at -= gone, head.edge_at -= gone, head.back_at -= gone;
	head.list_at -= gone, head.text_at -= gone, head.size -= gone;
	memcpy(t, &head, TABLE_LEAST);
	memcpy((char *)t + TABLE_LEAST, sample_table + 1,
	       sample_table->size - sizeof(head));
	ok(table_check(t, t->size) == NULL, "a shorter head passes");
	ok(table_end_signals(t) == 0, "and has none of them");
	look_table(t);
	free(t);
}

static void test_digest(const struct table *t)
{
	unsigned char *bytes = malloc(t->size);
	bool all = true;

	if (bytes == NULL)
		abort();
	memcpy(bytes, t, t->size);
	for (uint32_t k = 24; k < t->size; k++) {
		bytes[k] ^= 0x10;
		/* It goes by its own size, so that must stay. */
		all &= table_digest((const void *)bytes) != t->digest;
		bytes[k] ^= 0x10;
	}
	ok(all, "the digest changes with every byte");
	free(bytes);
}

typedef const char *check(const void *bytes, uint64_t size);

static const char *check_table(const void *bytes, uint64_t size)
{
	return table_check(bytes, size);
}

static void look_ledger(const void *bytes)
{
	const struct ledger *l = bytes;

	look(l, LEDGER_HEADER);
	look(ledger_records(l), (uint64_t)l->services * l->record_bytes);
	look(ledger_event(l, 0), LEDGER_EVENTS * sizeof(struct event));
	look(ledger_answer(l, 0), LEDGER_ANSWERS * sizeof(struct answer));
	if (l->services > 0)
		sum += ledger_read(l, l->services - 1).sequence;
	look_table(ledger_table(l));
}

static void look_at(check *checked_by, const void *bytes)
{
	if (checked_by == check_table)
		look_table(bytes);
	else
		look_ledger(bytes);
}

static void test_cut(const char *what, check *by, const void *bytes,
                     uint32_t size, uint32_t step)
{
	struct guarded g = guard_make(size);
	uint32_t passed = 0;

	for (uint32_t length = 0; length < size; length += step)
		if (by(guard_put(g, bytes, length), length) == NULL)
			passed++;
	ok(passed == 0, "%s that is cut off anywhere is refused", what);
	ok(by(guard_put(g, bytes, size), size) == NULL,
	   "%s that is whole is not", what);
}

/* Every byte of the first `size`, with each value that it can have. */
static void test_bytes(const char *what, check *by, const void *bytes,
                       uint32_t size, uint32_t whole)
{
	struct guarded g = guard_make(whole);
	unsigned char *at = guard_put(g, bytes, whole);
	uint32_t passed = 0, refused = 0;

	for (uint32_t k = 0; k < size; k++) {
		unsigned char was = at[k];

		for (unsigned flip = 1; flip < 256; flip++) {
			at[k] = (unsigned char)(was ^ flip);
			if (by(at, whole) != NULL) {
				refused++;
				continue;
			}
			passed++;
			if (by == check_table || k < LEDGER_HEADER)
				look_at(by, at);
		}
		at[k] = was;
	}
	ok(passed > 0 && refused > 0, "%s with one wrong byte: %u refused, %u "
	   "can be looked into", what, refused, passed);
}

/* Words that are likely to slip through, at random places. */
static uint32_t nasty_word(uint64_t *seed, uint32_t whole)
{
	uint32_t r = guard_random(seed);
	const uint32_t words[] = {
		0, 1, 2, 7, 8, 96, whole, whole - 1, whole - 8, whole - 64,
		UINT32_MAX, UINT32_MAX - 7, 0x80000000, 0x10000000, r, r % 16,
	};

	return words[r >> 8 & 15];
}

static void test_words(const char *what, check *by, const void *bytes,
                       uint32_t size, uint32_t whole)
{
	enum { TRIES = 300000 };
	struct guarded g = guard_make(whole);
	unsigned char *at = guard_put(g, bytes, whole);
	uint64_t seed = 0x123456789;
	uint32_t passed = 0;

	for (int try = 0; try < TRIES; try++) {
		uint32_t words = 1 + guard_random(&seed) % 3, place[3];

		for (uint32_t k = 0; k < words; k++) {
			uint32_t word = nasty_word(&seed, whole);

			place[k] = guard_random(&seed) % (size / 4) * 4;
			memcpy(at + place[k], &word, 4);
		}
		if (by(at, whole) == NULL) {
			passed++;
			look_at(by, at);
		}
		for (uint32_t k = 0; k < words; k++)
			memcpy(at + place[k],
			       (const unsigned char *)bytes + place[k], 4);
	}
	ok(passed > 0, "%s with wrong words, %d times: %u can be looked into",
	   what, (int)TRIES, passed);
}

static struct ledger *ledger_of(const struct table *t)
{
	struct ledger layout = ledger_layout(t);
	struct ledger *l = calloc(1, layout.size);

	if (l == NULL)
		abort();
	*l = layout;
	memcpy((unsigned char *)l + l->table_at, t, t->size);
	return l;
}

/* A later version may have more behind the tail. */
static void test_behind(const struct table *t)
{
	struct ledger layout = ledger_layout(t);
	uint64_t whole = ledger_bytes(&layout);
	struct ledger *l = calloc(1, whole + 4096);

	if (l == NULL)
		abort();
	*l = layout;
	memcpy((unsigned char *)l + l->table_at, t, t->size);
	ledger_trust_all(l);
	memset((unsigned char *)l + whole, 0x55, 4096);
	ok(ledger_check(l, whole + 4096) == NULL && ledger_is_ours(l) &&
	           ledger_bytes(l) == whole &&
	           head_trust(l) == TRUST_WHOLE &&
	           record_trust(l, 0) == TRUST_WHOLE,
	   "what is behind the tail is ignored");
	free(l);
}

static void test_layout(const struct table *t)
{
	struct ledger l = ledger_layout(t);
	struct table huge = { .services = SERVICES_MAX, .size = 1u << 30 };

	ok(l.table_at == LEDGER_HEADER && l.record_at >= l.table_at + t->size,
	   "the records come after the table");
	ok(l.record_at % LEDGER_ALIGN == 0, "the first begins on a cache line");
	ok(l.event_at == l.record_at + 4 * sizeof(struct record) &&
	           l.event_at % 8 == 0,
	   "then the events");
	ok(l.answer_at == l.event_at + LEDGER_EVENTS * sizeof(struct event) &&
	           l.answer_at % 8 == 0,
	   "then the answers");
	ok(l.size == l.answer_at + LEDGER_ANSWERS * sizeof(struct answer),
	   "and nothing behind them");
	l = ledger_layout(&huge);
	ok(l.size > l.record_at && l.record_at > huge.size,
	   "the largest ledger has a size");
}

/* The smallest lies that a header can tell. */
static void test_header(const struct table *t)
{
	struct ledger *l = ledger_of(t);
	struct guarded g = guard_make(l->size);
	struct ledger small = *l;
	bool refused = true;

	for (uint32_t size = 0; size < LEDGER_HEADER; size++) {
		unsigned char header[LEDGER_HEADER] = { 0 };

		small.size = size;
		memcpy(header, &small, sizeof(small));
		refused &= ledger_check(guard_put(g, header, sizeof(header)),
		                        sizeof(header)) != NULL;
	}
	ok(refused, "a ledger that says it is smaller than its header is "
	   "refused, and nothing behind it is read");
	l->version++;
	ok(strstr(ledger_check(l, l->size), "version") != NULL,
	   "another version is said to be one");
	l->version--;
	l->magic = 0;
	ok(ledger_check(l, l->size) != NULL, "one that is not ready is none");
	free(l);
}

/* So many services that 32 bits do not hold the length of their records, with
 * a header that says what such a sum makes of it. */
static void test_sums(const struct table *sample_table)
{
	const uint32_t count = 65545, record_bytes = 65528;
	struct table t = *sample_table;
	uint64_t room;
	unsigned char *bytes;
	struct ledger *l;
	uint32_t *by_name;

	t.services = count;
	t.service_at = sizeof(t);
	t.profile_at = t.service_at + (count + 1) * t.service_bytes;
	t.by_name_at = t.profile_at + t.profiles * t.profile_bytes;
	t.edge_at = t.back_at = t.by_name_at + count * 4;
	t.edges = 0;
	t.list_at = t.edge_at;
	t.list_at += t.list_at % 8;
	t.text_at = t.list_at + t.list_words * 4;
	t.size = t.text_at + t.text_bytes;
	t.size += -t.size & 7;
	room = LEDGER_HEADER + (uint64_t)t.size + (1 << 20);
	bytes = calloc(1, room);
	if (bytes == NULL)
		abort();
	l = (void *)bytes;
	*l = ledger_layout(&t);
	memcpy(bytes + LEDGER_HEADER, &t, sizeof(t));
	for (uint32_t i = 0; i <= count; i++) {
		struct table_service s = *table_service(sample_table, 0);

		s.edge_first = s.back_first = 0;
		memcpy(bytes + LEDGER_HEADER + t.service_at +
		               i * sizeof(s),
		       &s, sizeof(s));
	}
	memcpy(bytes + LEDGER_HEADER + t.profile_at,
	       table_profile(sample_table, 0), t.profiles * t.profile_bytes);
	by_name = (void *)(bytes + LEDGER_HEADER + t.by_name_at);
	for (uint32_t i = 0; i < count; i++)
		by_name[i] = i;
	memcpy(bytes + LEDGER_HEADER + t.list_at, table_list(sample_table, 0),
	       t.list_words * 4);
	memcpy(bytes + LEDGER_HEADER + t.text_at, table_text(sample_table, 0),
	       t.text_bytes);
	ok(table_check(bytes + LEDGER_HEADER, t.size) == NULL &&
	           ledger_check(bytes, UINT32_MAX) == NULL,
	   "a ledger of %u services passes", count);
	l->record_bytes = (uint16_t)record_bytes;
	l->event_at = l->record_at + count * record_bytes;
	l->event_at += -l->event_at & (LEDGER_ALIGN - 1);
	l->answer_at = l->event_at + LEDGER_EVENTS * l->event_bytes;
	l->answer_at += -l->answer_at & (LEDGER_ALIGN - 1);
	l->size = l->answer_at + LEDGER_ANSWERS * l->answer_bytes;
	ok(l->size < room && ledger_check(bytes, room) != NULL,
	   "not with records of %u bytes, whose sum is %u in 32 bits",
	   record_bytes, l->size);
	free(bytes);
}

/* A list that many share is looked at by each; and a text may not end soon. */
static void test_work(const struct table *sample_table)
{
	enum { PROFILES = 40000, WORDS = 16000 };
	uint32_t room = sample_table->size + PROFILES * PROFILE_LEAST +
	                WORDS * 4 + 2 * TEXT_BYTES_MAX;
	struct table *t = calloc(1, room);
	struct table_profile p = *table_profile(sample_table, 0);

	if (t == NULL)
		abort();
	memcpy(t, sample_table, sample_table->size);
	t->vector_max = TABLE_VECTOR_MAX;
	t->profile_at = (t->size + 7) & ~7u;
	t->list_at = t->profile_at + PROFILES * PROFILE_LEAST;
	t->text_at = t->list_at + WORDS * 4;
	t->list_words = WORDS;
	t->size = room;
	memcpy((char *)t + t->list_at, table_list(sample_table, 0),
	       sample_table->list_words * 4);
	memcpy((char *)t + t->text_at, table_text(sample_table, 0),
	       sample_table->text_bytes);
	p.env = (struct table_list){ WORDS - sample_table->list_words,
		                     sample_table->list_words };
	for (uint32_t i = 0; i < PROFILES; i++)
		memcpy((char *)t + t->profile_at + i * PROFILE_LEAST, &p,
		       PROFILE_LEAST);
	t->profiles = PROFILES / 8;
	ok(table_check(t, t->size) == NULL, "a list that many share");
	t->profiles = PROFILES;
	ok(table_check(t, t->size) != NULL, "may be too long for all of them");
	t->profiles = PROFILES / 8;
	t->text_bytes += TEXT_BYTES_MAX + 1;
	memset((char *)t + t->text_at + sample_table->text_bytes, 'x',
	       TEXT_BYTES_MAX);
	ok(table_check(t, t->size) != NULL, "a text that is too long");
	((char *)t)[t->text_at + sample_table->text_bytes] = '\0';
	ok(table_check(t, t->size) == NULL, "one that just fits");
	free(t);
}

/* A length that no version has is refused, however it fits. */
static void test_bounds(const struct table *sample_table)
{
	struct ledger *l = ledger_of(sample_table);
	struct table *t = (void *)ledger_table(l);
	uint32_t whole = l->size, vector_max = t->vector_max;
	struct table_profile *p = (void *)table_profile(t, 0);

	l->answer_bytes = STRUCTURE_MAX + 8;
	l->size = l->answer_at + LEDGER_ANSWERS * l->answer_bytes;
	ok(ledger_check(l, UINT32_MAX) != NULL, "an answer too long");
	l->answer_bytes -= 8;
	l->size = l->answer_at + LEDGER_ANSWERS * l->answer_bytes;
	ok(ledger_check(l, UINT32_MAX) == NULL, "the longest is not");
	l->answer_bytes = sizeof(struct answer);
	l->size = whole;
	t->vector_max = TABLE_VECTOR_MAX + 1;
	ok(ledger_check(l, whole) != NULL, "a vector that execve refuses");
	t->vector_max = vector_max;
	t->pipes = PIPES_MAX + 1;
	ok(ledger_check(l, whole) != NULL, "more pipes than services have");
	t->pipes = sample_table->pipes;
	p->cpus = (struct table_list){ MASK_WORDS_MAX + 1, 0 };
	t->list_words = 0x10000000;
	ok(ledger_check(l, whole) != NULL, "more processors than there are");
	memcpy(t, sample_table, sample_table->size);
	ok(ledger_check(l, whole) == NULL, "as it was, it passes");
	test_work(sample_table);
	t->size = TABLE_BYTES_MAX + 8;
	ok(table_check(t, UINT32_MAX) != NULL,
	   "a table that is too large is not looked into");
	free(l);
}

/* The first `size` bytes, of a ledger that is longer. */
static void test_copy(const struct table *sample_table)
{
	struct ledger *l = ledger_of(sample_table);
	uint64_t size = ledger_copy_bytes(l, l->size), passed = 0;
	struct guarded g = guard_make(size);

	ok(size == l->record_at, "a copy ends where the records begin");
	ok(ledger_check_copy(guard_put(g, l, size), size, l->size) == NULL,
	   "it is judged without them");
	for (uint64_t cut = 0; cut < LEDGER_HEADER + sample_table->size; cut++)
		passed += ledger_check_copy(guard_put(g, l, cut), cut,
		                            l->size) == NULL;
	ok(passed == 0, "but for no byte less than the table");
	ok(ledger_check_copy(l, size, l->size - 1) != NULL,
	   "nor of a ledger that is cut off");
	ok(ledger_copy_bytes(l, l->record_at - 1) == 0, "nor of a shorter one");
	l->record_at = UINT32_MAX;
	ok(ledger_copy_bytes(l, UINT64_MAX) == 0, "nor more than a table has");
	l->record_at = LEDGER_HEADER;
	ok(ledger_copy_bytes(l, UINT64_MAX) == 0, "nor less");
	free(l);
}

static bool names(const char *name)
{
	struct spec spec = spec_plain("fifteen-letters");
	struct table *t = table_build(&spec, 1, NULL, 0);
	bool passes;

	strcpy((char *)(uintptr_t)table_name(t, 0), name);
	passes = table_check(t, t->size) == NULL;
	free(t);
	return passes;
}

static void test_names(void)
{
	static const char *const bad[] = {
		"", " ", "a b", "a/b", "a\nb", "\033[31m", "a\x7f", "\xc2\x9b",
		"caf\xc3\xa9", "a\"", "a=b", "a,b", "a;b",
	};
	char longest[NAME_MAX_BYTES + 2] = { 0 };
	uint32_t passed = 0;

	for (size_t k = 0; k < sizeof(bad) / sizeof(bad[0]); k++)
		passed += names(bad[k]) || table_is_name(bad[k]);
	ok(passed == 0, "what no concheck lets pass is no name");
	ok(names("a") && names("A-z_0.9@:"), "what it does is one");
	memset(longest, 'x', NAME_MAX_BYTES + 1);
	ok(!table_is_name(longest) && table_is_name(longest + 1),
	   "of %d bytes at most", (int)NAME_MAX_BYTES);
}

static void test_text(void)
{
	static const struct {
		const char *text;
		size_t length;
		bool controls;
	} cases[] = {
		{ "a", 1, false },          { "\033[31m", 1, true },
		{ "\x7f", 1, true },        { "\n", 1, true },
		{ "\xc2\x9b" "31m", 2, true }, { "\xc2\xa0", 2, false },
		{ "\xc3\xa9", 2, false },   { "\x9b", 0, false },
		{ "\xe2\x80\xae", 3, true }, { "\xe2\x80\xa6", 3, false },
		{ "\xe2\x81\xa7", 3, true }, { "\xf0\x9f\x98\x80", 4, false },
		{ "\xc0\x9b", 0, false },   { "\xed\xa0\x80", 0, false },
		{ "\xf4\x90\x80\x80", 0, false }, { "\xe2\x80", 0, false },
	};
	uint32_t wrong = 0;

	for (size_t k = 0; k < sizeof(cases) / sizeof(cases[0]); k++) {
		size_t length = text_character(cases[k].text,
		                               strlen(cases[k].text));

		if (length != cases[k].length ||
		    text_controls(cases[k].text, length) != cases[k].controls)
			wrong += printf("# case %zu\n", k) > 0;
	}
	ok(wrong == 0, "which characters a terminal would obey");
}

/* Reading while another writes. */

static void write_record(struct record *r, uint32_t value)
{
	__atomic_store_n(&r->sequence, r->sequence + 1, __ATOMIC_RELAXED);
	__atomic_thread_fence(__ATOMIC_RELEASE);
	r->phase.word = value;
	r->ending.word = value;
	r->wanted_ms = value;
	r->up_ms = value;
	r->helper = (int32_t)value;
	__atomic_store_n(&r->sequence, r->sequence + 1, __ATOMIC_RELEASE);
}

static void test_read(const struct table *t)
{
	enum { READS = 100000 };
	struct ledger layout = ledger_layout(t);
	struct ledger *l = mmap(NULL, layout.size, PROT_READ | PROT_WRITE,
	                        MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	uint32_t torn = 0;
	pid_t writer;

	*l = layout;
	writer = fork();
	if (writer == 0)
		for (uint32_t k = 0;; k++) {
			write_record(ledger_records(l), k);
			for (volatile int rest = 0; rest < 200; rest++)
				;
		}
	for (int k = 0; k < READS; k++) {
		struct record r = ledger_read(l, 0);

		torn += r.phase.word != r.ending.word ||
		        r.phase.word != r.wanted_ms ||
		        r.phase.word != r.up_ms ||
		        r.phase.word != (uint32_t)r.helper;
	}
	kill(writer, SIGKILL);
	waitpid(writer, NULL, 0);
	ok(torn == 0, "of %d reads while it is written none is torn", READS);
	munmap(l, layout.size);
}

static void test_stuck(const struct table *t)
{
	struct ledger *l = ledger_of(t);
	struct record r = { .sequence = 7, .up_ms = 42 };

	ledger_records(l)[1] = r;
	r = ledger_read(l, 1);
	ok(r.sequence == 7 && r.up_ms == 42,
	   "a record whose writer died in the middle is read as it is");
	ledger_records(l)[1].sequence = 8;
	ok(ledger_read(l, 1).sequence == 8, "and when it is whole again");
	free(l);
}

/* As the kernel gives it: with bits above those of wait(2) as well. */
static void test_endings(void)
{
	static const struct {
		uint32_t status;
		int32_t number;
		uint16_t code;
	} rows[] = {
		{ 0, 0, ENDING_EXITED },          { 42 << 8, 42, ENDING_EXITED },
		{ 255 << 8, 255, ENDING_EXITED }, { 9, 9, ENDING_KILLED },
		{ 11 | 128, 11, ENDING_DUMPED },  { 64, 64, ENDING_KILLED },
		{ 1 << 16, 0, ENDING_EXITED },
	};

	for (unsigned k = 0; k < sizeof(rows) / sizeof(rows[0]); k++) {
		union ending e = ending_from_wait(rows[k].status);

		ok(e.status == rows[k].number && e.code == rows[k].code &&
		           e.state == 0,
		   "the status %#x", rows[k].status);
	}
}

int main(void)
{
	struct table *t = sample();
	struct ledger *l = ledger_of(t);

	test_sample(t);
	test_short_head(t);
	test_digest(t);
	test_cut("a table", check_table, t, t->size, 1);
	test_bytes("a table", check_table, t, t->size, t->size);
	test_words("a table", check_table, t, t->size, t->size);
	test_behind(t);
	test_layout(t);
	test_header(t);
	test_cut("a ledger", ledger_check, l, l->size, 1);
	test_bytes("a ledger", ledger_check, l, LEDGER_HEADER + t->size,
	           l->size);
	test_words("a ledger", ledger_check, l, LEDGER_HEADER, l->size);
	test_sums(t);
	test_bounds(t);
	test_copy(t);
	test_names();
	test_text();
	test_read(t);
	test_stuck(t);
	test_endings();
	free(l);
	free(t);
	return done();
}
