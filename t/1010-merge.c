/* SPDX-License-Identifier: MIT */
/* Ten thousand upgrades between random configurations, one after the other, with
 * random things happening in between: what merge.h and ledger.h promise holds
 * after each, and nothing grows. And the word that connate gives to itself
 * (snapshot.h). Merged ledgers end where the memory ends. */
#include "model/graph.h"
#include "model/snapshot.h"
#include "model/merge.h"
#include "t/guard.h"
#include "t/model.h"
#include "t/tap.h"

enum { NAMES = 40, ROUNDS = 10000, ROOM = 1 << 18, DEFINITIONS = 4 };

/* The expectation of the test for each name, without the ledger. */
struct known {
	bool active;
	uint32_t definition; /* by which it was started */
	struct record record;
};

static uint64_t seed = 0x5eed1010;
static struct known known[NAMES];
static struct guarded rooms[2], scratch;
static struct ledger *now;
static const char *wrong; /* the first promise that was broken */
static uint32_t about;

static uint32_t chance(uint32_t below)
{
	return guard_random(&seed) % below;
}

static void must(bool good, const char *promise, uint32_t service)
{
	if (good || wrong != NULL)
		return;
	wrong = promise;
	about = service;
}

/* Configurations */

static uint32_t number_of(const struct table *t, uint32_t i)
{
	return (uint32_t)atoi(table_name(t, i) + 1);
}

static uint32_t some_names(uint32_t *out)
{
	uint32_t count = 0;

	for (uint32_t n = 0; n < NAMES; n++)
		if (chance(3) > 0)
			out[count++] = n;
	for (uint32_t k = count; k-- > 1;) {
		uint32_t other = chance(k + 1), name = out[k];

		out[k] = out[other];
		out[other] = name;
	}
	return count;
}

/* From later ones to earlier ones, so that there is no circle; one logger for
 * each at most. */
static uint32_t some_arcs(struct arc *out, uint32_t services)
{
	static const enum edge_kind kinds[] = { EDGE_NEEDS, EDGE_WANTS,
		                                EDGE_AFTER, EDGE_LOGS };
	uint32_t count = 0;

	for (uint32_t i = 1; i < services; i++)
		for (uint32_t k = 0; k < 4; k++)
			if (chance(3) == 0)
				out[count++] =
					(struct arc){ i, chance(i), kinds[k] };
	return count;
}

static struct table *some_table(void)
{
	static struct spec specs[NAMES];
	static struct arc arcs[4 * NAMES];
	uint32_t names[NAMES], services = some_names(names);
	struct table *t;

	for (uint32_t i = 0; i < services; i++) {
		char name[16];

		snprintf(name, sizeof(name), "s%u", names[i]);
		specs[i] = spec_plain(name);
		specs[i].setup = chance(4) == 0;
		specs[i].cleanup = chance(4) == 0;
		specs[i].notify = chance(4) == 0;
	}
	t = table_build(specs, services, arcs, some_arcs(arcs, services));
	for (uint32_t i = 0; i < services; i++)
		((struct table_service *)(uintptr_t)table_service(t, i))
			->definition = 1 + chance(DEFINITIONS);
	t->digest = table_digest(t);
	return t;
}

/* Events between two upgrades */

static void live(uint32_t i)
{
	const struct table *t = ledger_table(now);
	struct record *r = ledger_records(now) + i;
	struct known *k = &known[number_of(t, i)];
	bool gone = table_service(t, i)->gone;

	if (chance(3) == 0)
		return;
	k->active = chance(2) == 0 && (!gone || k->active);
	r->life.exits++;
	r->life.pid = k->active ? (int32_t)(2 + chance(30000)) : 0;
	r->phase.state = k->active ? STATE_UP : STATE_DOWN;
	r->phase.stale = k->active && r->phase.stale && (gone || chance(2));
	r->phase.target = gone ? TARGET_DOWN : chance(TARGETS);
	r->up_ms = 1 + chance(1000000);
	r->main = (int32_t)chance(1000);
	if (!r->phase.stale && k->active && !gone)
		k->definition = table_service(t, i)->definition;
}

static void remember(void)
{
	const struct table *t = ledger_table(now);

	for (uint32_t i = 0; i < t->services; i++) {
		struct known *k = &known[number_of(t, i)];

		k->record = ledger_records(now)[i];
		k->active = k->record.life.pid != 0;
	}
}

static void pass_time(void)
{
	uint32_t services = now->services;

	for (uint32_t i = 0; i < services; i++)
		live(i);
	for (uint32_t n = chance(5); n > 0; n--) {
		*ledger_event(now, now->events) = (struct event){
			.at_ms = now->events,
			.service = chance(services),
		};
		now->events++;
		*ledger_answer(now, now->answers) = (struct answer){
			.id = now->answers + 1,
			.service = TABLE_NONE,
		};
		now->answers++;
	}
	remember();
}

/* The promises */

static void check_kept(const struct ledger *l, uint32_t i,
                       const struct ledger *old, uint32_t j)
{
	const struct table *t = ledger_table(l), *was = ledger_table(old);
	const struct table_service *s = table_service(t, i);
	const struct record *r = ledger_records(l) + i;
	const struct known *k = &known[number_of(t, i)];
	const struct table_service *before = table_service(was, j);
	bool runs_on =
		r->phase.stale || !k->active || s->definition == k->definition;

	must(r->life.word == k->record.life.word, "pid and exits are kept", i);
	must(r->up_ms == k->record.up_ms && r->main == k->record.main,
	     "what else is known is kept", i);
	must(s->board_entry == before->board_entry, "its place is kept", i);
	must(s->pipe == TABLE_NONE || before->pipe == TABLE_NONE ||
	             s->pipe == before->pipe,
	     "its pipe is kept", i);
	must(runs_on, "what runs by another definition is stale", i);
	must(!r->phase.stale || k->active, "what does not run is not stale", i);
	must(!r->phase.stale || s->gone || s->definition != k->definition,
	     "what runs by this definition is not stale", i);
	must(r->phase.stale == 0 || s->runs_by == k->definition,
	     "by which definition it runs is known", i);
	if (s->gone || before->gone)
		must(r->phase.target == TARGET_DOWN, "gone: its target is down",
		     i);
	else
		must(r->phase.target == k->record.phase.target,
		     "its target is kept", i);
}

static void check_new(const struct ledger *l, uint32_t i,
                      const struct ledger *old)
{
	const struct table *was = ledger_table(old);
	const struct record none = { .sequence = 0 };

	must(memcmp(ledger_records(l) + i, &none, sizeof(none)) == 0,
	     "of a new one nothing is known", i);
	for (uint32_t j = 0; j < was->services; j++)
		must(table_service(ledger_table(l), i)->board_entry !=
		             table_service(was, j)->board_entry,
		     "its entry was not used", i);
}

static void check_services(const struct ledger *l, const struct table *image,
                           const struct ledger *old)
{
	const struct table *t = ledger_table(l);

	for (uint32_t i = 0; i < t->services; i++) {
		uint32_t j = table_find(ledger_table(old), table_name(t, i));
		bool gone = i >= image->services;

		must(table_service(t, i)->gone == gone,
		     "those behind the image's are gone, and no others", i);
		must(gone || strcmp(table_name(t, i), table_name(image, i)) ==
		                     0,
		     "the image's services stand where they were", i);
		must(!gone || known[number_of(t, i)].active,
		     "what is gone and does not run is forgotten", i);
		if (j == TABLE_NONE)
			check_new(l, i, old);
		else
			check_kept(l, i, old, j);
		for (uint32_t k = 0; k < i; k++)
			must(table_service(t, k)->board_entry !=
			             table_service(t, i)->board_entry,
			     "no two have one place", i);
	}
}

static void check_nobody_lost(const struct ledger *l, const struct ledger *old)
{
	const struct table *was = ledger_table(old);

	for (uint32_t j = 0; j < was->services; j++)
		must(!known[number_of(was, j)].active ||
		             table_find(ledger_table(l), table_name(was, j)) !=
		                     TABLE_NONE,
		     "no service that runs is lost", j);
}

static bool has_edge(const struct table *t, uint32_t from, enum edge_kind kind,
                     uint32_t to)
{
	struct edges e = edges_from(t, from);

	for (; e.at < e.end; e.at++)
		if (edge_kind(*e.at) == kind && edge_service(*e.at) == to)
			return true;
	return false;
}

/* A service that is gone is still stopped after those that needed it. */
static void check_order(const struct table *t, const struct table *was)
{
	for (uint32_t i = 0; i < t->services; i++) {
		struct edges e;

		if (!table_service(t, i)->gone)
			continue;
		e = edges_from(was, table_find(was, table_name(t, i)));
		for (; e.at < e.end; e.at++) {
			uint32_t to = table_find(
				t, table_name(was, edge_service(*e.at)));

			must(to == TABLE_NONE ||
			             has_edge(t, i, edge_kind(*e.at), to),
			     "what is gone keeps its dependencies", i);
		}
	}
}

static void check_rings(const struct ledger *l, const struct ledger *old)
{
	must(l->events == old->events && l->answers == old->answers,
	     "counters go on", 0);
	must(l->events == 0 ||
	             ledger_event(l, l->events - 1)->at_ms == l->events - 1,
	     "events are carried over", 0);
	must(l->answers == 0 ||
	             ledger_answer(l, l->answers - 1)->id == l->answers,
	     "answers are carried over", 0);
	for (uint32_t k = l->events < 100 ? 0 : l->events - 100; k < l->events;
	     k++) {
		uint32_t i = ledger_event(l, k)->service;
		uint32_t j = ledger_event(old, k)->service;

		must(i == TABLE_NONE ||
		             strcmp(table_name(ledger_table(l), i),
		                    table_name(ledger_table(old), j)) == 0,
		     "events are about the same services", k);
	}
}

/* One upgrade */

static struct ledger *room(uint32_t which, uint32_t size)
{
	unsigned char *end = rooms[which].memory + rooms[which].room;

	memset(rooms[which].memory, 0, rooms[which].room);
	return (struct ledger *)(end - ((size + 7) & ~7u));
}

static void upgrade(const struct table *image, uint32_t which)
{
	struct merge m = { .image = image, .old = now, .former = 1 };
	const struct ledger *old = now;
	struct ledger *to;
	uint32_t size, alone = ledger_layout(image).size;

	m.scratch = (uint32_t *)(void *)(scratch.memory + scratch.room -
	                                 4 * merge_scratch(&m));
	merge_measure(&m);
	size = ledger_layout(&m.head).size;
	to = room(which, size);
	merge_fill(&m, to);
	must(to->size == size, "it has the size that was measured", 0);
	wrong = wrong != NULL ? wrong : ledger_check(to, size);
	if (wrong != NULL)
		return;
	must(m.services > image->services || size == alone,
	     "with no service gone it is as small as a first one", 0);
	must(ledger_table(to)->board_entries <=
	             ledger_table(old)->services + image->services,
	     "places are used again", 0);
	check_services(to, image, old);
	check_nobody_lost(to, old);
	check_order(ledger_table(to), ledger_table(old));
	check_rings(to, old);
	now = to;
}

static void begin(const struct table *t)
{
	struct ledger layout = ledger_layout(t);

	now = room(0, layout.size);
	*now = layout;
	memcpy((void *)(uintptr_t)ledger_table(now), t, t->size);
}

static void test_upgrades(void)
{
	struct table *t = some_table();
	uint32_t round;

	begin(t);
	remember();
	free(t);
	for (round = 1; round <= ROUNDS && wrong == NULL; round++) {
		pass_time();
		t = some_table();
		upgrade(t, round % 2);
		free(t);
	}
	ok(wrong == NULL, "%u upgrades in a row keep what is promised", ROUNDS);
	if (wrong != NULL)
		note("round %u, service %u: %s", round - 1, about, wrong);
}

/* To the same configuration: as if there had been none. */
static void test_identity(void)
{
	struct table *t = some_table();
	bool same = true;

	wrong = NULL;
	begin(t);
	memset(known, 0, sizeof(known));
	pass_time();
	upgrade(t, 1);
	upgrade(t, 0);
	for (uint32_t i = 0; i < now->services; i++) {
		const struct known *k = &known[number_of(t, i)];

		same &= ledger_records(now)[i].phase.word ==
		        k->record.phase.word;
	}
	ok(wrong == NULL && now->services == t->services && same,
	   "twice to the same configuration: nothing has changed");
	if (wrong != NULL)
		note("%s", wrong);
	free(t);
}

/* The snapshot */

static void test_snapshot(void)
{
	bool same = true, differs = true, refused = true;
	char text[SNAPSHOT_BYTES + 1], other[SNAPSHOT_BYTES + 1];

	for (uint32_t round = 0; round < 10000; round++) {
		uint64_t words[SNAPSHOT_WORDS], back[SNAPSHOT_WORDS];
		uint32_t k;

		for (k = 0; k < SNAPSHOT_WORDS; k++)
			words[k] = ((uint64_t)guard_random(&seed) << 32 |
			            guard_random(&seed)) >>
			           chance(64);
		words[SNAPSHOT_VERSION] = 1;
		snapshot_write(text, words);
		same &= snapshot_read(text, back) &&
		        memcmp(words, back, sizeof(words)) == 0;
		words[SNAPSHOT_VERSION] = 2 + chance(100);
		snapshot_write(other, words);
		refused &= !snapshot_read(other, back);
		words[SNAPSHOT_VERSION] = 1;
		words[1 + chance(SNAPSHOT_WORDS - 1)]++;
		snapshot_write(other, words);
		differs &= strcmp(text, other) != 0;
		text[chance((uint32_t)strlen(text))] = '!';
		refused &= !snapshot_read(text, back);
	}
	ok(same, "a snapshot is read as it was written");
	ok(differs, "another one is another text");
	ok(refused, "another version, and garbage, is refused");
}

int main(void)
{
	rooms[0] = guard_make(ROOM);
	rooms[1] = guard_make(ROOM);
	scratch = guard_make(ROOM);
	test_upgrades();
	test_identity();
	test_snapshot();
	return done();
}
