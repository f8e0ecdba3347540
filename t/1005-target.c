/* SPDX-License-Identifier: MIT */
/* How wishes spread: each kind of edge by a table, the shapes in which kinds
 * meet by a story each, and random graphs against a slow definition of what is
 * right. target.c is compiled in here so that each edge it looks at is
 * counted. Must not know how it spreads. */
#include <stdlib.h>
#include <string.h>

#include "t/model.h"
#include "t/tap.h"

static uint64_t looked;             /* edges that target.c has looked at */

#define edge_kind(edge) (looked++, edge_kind(edge))
#include "model/target.c"
#undef edge_kind

enum { A, B, C, D, E, LETTERS };

static const char letters[TARGETS + 1] = "duro"; /* by enum target */

struct graph {
	uint32_t services, arcs;
	struct arc arc[64];
};

static struct fake fake;

static enum target target_of(uint32_t i)
{
	return (enum target)fake.records[i].phase.target;
}

static void set(uint32_t i, enum state state, enum target target)
{
	fake.records[i].phase = (union phase){ .state = state,
		                               .target = target };
	world_rebuild(&fake.world, fake.now_ms);
}

/* Every service down, or every one up, by a letter each. */
static void begin(const struct graph *g, const char *targets)
{
	struct spec specs[64];

	for (uint32_t i = 0; i < g->services; i++) {
		char name[12];

		snprintf(name, sizeof(name), "s%u", i);
		specs[i] = spec_plain(name);
	}
	fake_begin(&fake, table_build(specs, g->services, g->arc, g->arcs));
	for (uint32_t i = 0; i < g->services; i++)
		set(i, targets[i] == 'd' ? STATE_DOWN : STATE_UP,
		    (enum target)(strchr(letters, targets[i]) - letters));
}

/* A new target and all that follows; states stay as they are. */
static uint32_t spread(const uint32_t *services, uint32_t count,
                       enum target target)
{
	struct change change;
	uint32_t changes = 0;

	for (uint32_t k = 0; k < count; k++)
		target_set(&fake.world, services[k], target);
	while (target_next(&fake.world, &change) &&
	       changes <= fake.table->services) {
		fake.records[change.service].phase = change.phase;
		changes++;
	}
	return changes;
}

static void spread_one(uint32_t i, enum target target)
{
	spread(&i, 1, target);
}

static bool targets_are(const char *want)
{
	char is[65] = "";

	for (uint32_t i = 0; i < fake.table->services; i++)
		is[i] = letters[target_of(i)];
	if (strcmp(is, want) == 0)
		return true;
	note("%s, and should be %s", is, want);
	return false;
}

/* A depends on B. Both are down before up and once, and up before down and
 * restart; then, by a letter each, the targets of A and B. */
static const struct kind_row {
	const char *label, *up_a, *up_b, *once_a, *once_b, *down_a, *down_b,
		*restart_a, *restart_b;
} kind_rows[EDGES] = {
	/*                  up          once        down        restart */
	/*                  A     B     A     B     A     B     A     B  */
	[EDGE_NEEDS] =
	{ "needs",          "uu", "du", "ou", "do", "du", "dd", "ru", "rr" },
	[EDGE_BINDS] =
	{ "binds to",       "uu", "du", "ou", "do", "du", "dd", "ru", "rr" },
	[EDGE_WANTS] =
	{ "wants",          "uu", "du", "ou", "do", "du", "ud", "ru", "ur" },
	[EDGE_AFTER] =
	{ "comes after",    "ud", "du", "od", "do", "du", "ud", "ru", "ur" },
	[EDGE_CONFLICTS] =
	{ "conflicts with", "ud", "du", "od", "do", "du", "ud", "ru", "ur" },
	[EDGE_GROUPS] =
	{ "groups",         "uu", "du", "oo", "do", "dd", "ud", "rr", "ur" },
	[EDGE_LOGS] =
	{ "logs to",        "uu", "du", "ou", "do", "dd", "dd", "ru", "rr" },
	[EDGE_LENT] =
	{ "has lent",       "ud", "du", "od", "do", "du", "ud", "ru", "ur" },
	[EDGE_FOLLOWS] =
	{ "follows",        "ud", "du", "od", "do", "du", "dd", "ru", "rr" },
	[EDGE_REQUIRES] =
	{ "requires",       "ud", "du", "od", "do", "du", "dd", "ru", "rr" },
	[EDGE_RELOADS] =
	{ "reloads with",   "ud", "du", "od", "do", "du", "ud", "ru", "ur" },
};

static void test_pair(int kind, uint32_t i, enum target target,
                      const char *want)
{
	struct graph g = { 2, 1, { { A, B, (enum edge_kind)kind } } };
	bool rises = target == TARGET_UP || target == TARGET_ONCE;

	begin(&g, rises ? "dd" : "uu");
	spread_one(i, target);
	ok(targets_are(want), "A %s B: %s %c gives %s", kind_rows[kind].label,
	   target_label[target], 'A' + (char)i, want);
	fake_end(&fake);
}

static void test_kinds(void)
{
	for (int kind = 0; kind < EDGES; kind++) {
		const struct kind_row *r = &kind_rows[kind];

		test_pair(kind, A, TARGET_UP, r->up_a);
		test_pair(kind, B, TARGET_UP, r->up_b);
		test_pair(kind, A, TARGET_ONCE, r->once_a);
		test_pair(kind, B, TARGET_ONCE, r->once_b);
		test_pair(kind, A, TARGET_DOWN, r->down_a);
		test_pair(kind, B, TARGET_DOWN, r->down_b);
		test_pair(kind, A, TARGET_RESTART, r->restart_a);
		test_pair(kind, B, TARGET_RESTART, r->restart_b);
	}
}

/* Shapes: edges as a text of three letters each: who, how, whom; the targets
 * before; the wish; the targets after. */
struct shape {
	const char *says, *arcs, *before;
	enum target wish;
	const char *whom, *after;
};

static const struct shape shapes[] = {
	{ "a conflict that is up goes down",
	  "AxB", "du", TARGET_UP, "A", "ud" },
	{ "a conflict holds both ways",
	  "AxB", "ud", TARGET_UP, "B", "du" },
	{ "what needs the conflict falls with it",
	  "AxB CnB", "duu", TARGET_UP, "A", "udd" },
	{ "what only wants the conflict does not fall with it",
	  "AxB CwB", "duu", TARGET_UP, "A", "udu" },
	{ "two that conflict are both wished: neither wish is lost",
	  "AxB", "du", TARGET_UP, "AB", "uu" },
	{ "a diamond goes up as one",
	  "AnB AnC BnD CnD", "dddd", TARGET_UP, "A", "uuuu" },
	{ "a diamond goes down from its foot",
	  "AnB AnC BnD CnD", "uuuu", TARGET_DOWN, "D", "dddd" },
	{ "a diamond loses one side",
	  "AnB AnC BnD CnD", "uuuu", TARGET_DOWN, "B", "dduu" },
	{ "needs of needs go up",
	  "AnB BbC CwD DlE", "ddddd", TARGET_UP, "A", "uuuuu" },
	{ "a chain falls as far as it was needed",
	  "AnB BbC CwD DlE", "uuuuu", TARGET_DOWN, "E", "uuudd" },
	{ "a shared logger stays while one logs to it",
	  "AlC BlC", "uuu", TARGET_DOWN, "A", "duu" },
	{ "a shared logger goes with the last that logs to it",
	  "AlC BlC", "duu", TARGET_DOWN, "B", "ddd" },
	{ "a shared logger goes when both go at once",
	  "AlC BlC", "uuu", TARGET_DOWN, "AB", "ddd" },
	{ "a logger's own logger goes too",
	  "AlB BlC", "uuu", TARGET_DOWN, "A", "ddd" },
	{ "a logger that others need stays",
	  "AlB CnB", "uuu", TARGET_DOWN, "A", "duu" },
	{ "a nested group goes up",
	  "AgB BgC BgD", "dddd", TARGET_UP, "A", "uuuu" },
	{ "a nested group goes down",
	  "AgB BgC BgD", "uuuu", TARGET_DOWN, "A", "dddd" },
	{ "a nested group restarts what was up",
	  "AgB BgC BgD", "uuud", TARGET_RESTART, "A", "rrrd" },
	{ "once goes through a nested group",
	  "AgB BgC CnD", "dddd", TARGET_ONCE, "A", "ooou" },
	{ "a member of two groups stays with the other",
	  "AgC BgC", "uuu", TARGET_DOWN, "A", "duu" },
	{ "a member that another service needs stays",
	  "AgB CnB", "uuu", TARGET_DOWN, "A", "duu" },
	{ "a member that another service only wants goes",
	  "AgB CwB", "uuu", TARGET_DOWN, "A", "ddu" },
	{ "a member that needs another member goes with it",
	  "AgB AgC BnC", "uuu", TARGET_DOWN, "A", "ddd" },
	{ "… whichever of them comes first",
	  "AgB AgC CnB", "uuu", TARGET_DOWN, "A", "ddd" },
	{ "… and through a third that is no member",
	  "AgB AgD DnC CnB BnE", "uuuuu", TARGET_DOWN, "A", "duudu" },
	{ "members in a chain, in the worst order",
	  "AgB AgC AgD AgE EnD DnC CnB", "uuuuu", TARGET_DOWN, "A", "ddddd" },
	{ "a member that needs its group falls with it",
	  "BgA AnB", "uu", TARGET_DOWN, "B", "dd" },
	{ "a member that needs its group pulls it up",
	  "BgA BgC AnB", "ddd", TARGET_UP, "A", "uuu" },
	{ "a member that also needs what goes down, goes",
	  "AgB BnC DgB", "uuuu", TARGET_DOWN, "AC", "dddu" },
	{ "a member of a group that is restarting is kept for it",
	  "AgC BgC", "uru", TARGET_DOWN, "A", "dru" },
	{ "what is restarting keeps the member that it needs",
	  "AgB CnB", "uur", TARGET_DOWN, "A", "dur" },
	{ "a restart does not start what is down",
	  "AnB", "du", TARGET_RESTART, "B", "dr" },
	{ "a restart of what is down is a start, with its needs",
	  "AnB", "dd", TARGET_RESTART, "A", "uu" },
	{ "a restart does not touch what it needs",
	  "AnB BnC", "uuu", TARGET_RESTART, "B", "rru" },
	{ "down ends a restart",
	  "AnB", "ru", TARGET_DOWN, "B", "dd" },
	{ "what is down stays out of it",
	  "AnB BnC", "udu", TARGET_DOWN, "C", "udd" },
	{ "mutual groups go down",
	  "AgB BgA", "uu", TARGET_DOWN, "A", "dd" },
	{ "mutual groups go up",
	  "AgB BgA", "dd", TARGET_UP, "B", "uu" },
	{ "a member that another service only follows goes, and that one too",
	  "AgB CfB", "uuu", TARGET_DOWN, "A", "ddd" },
	{ "so does one that requires it, which keeps nothing up",
	  "AgB CrB", "uuu", TARGET_DOWN, "A", "ddd" },
	{ "two that follow each other go down together",
	  "AfB BfA", "uu", TARGET_DOWN, "A", "dd" },
	{ "and restart together",
	  "AfB BfA", "uu", TARGET_RESTART, "B", "rr" },
	{ "but do not start together",
	  "AfB BrA", "dd", TARGET_UP, "A", "ud" },
	{ "a restart does not start what follows",
	  "AfB", "du", TARGET_RESTART, "B", "dr" },
	{ "a group and its conflict: the wish for the group wins",
	  "AgB BxC", "ddu", TARGET_UP, "A", "uud" },
	{ "a group whose members conflict: neither wish is lost",
	  "AgB AgC BxC", "ddd", TARGET_UP, "A", "uuu" },
};

static enum edge_kind kind_of(char letter)
{
	static const char kinds[EDGES + 1] = "nbwaxglefrh";

	return (enum edge_kind)(strchr(kinds, letter) - kinds);
}

static void read_shape(struct graph *g, const struct shape *s)
{
	g->services = (uint32_t)strlen(s->before);
	g->arcs = 0;
	for (const char *at = s->arcs; *at != '\0'; at += at[3] == ' ' ? 4 : 3)
		g->arc[g->arcs++] = (struct arc){ (uint32_t)(at[0] - 'A'),
			                          (uint32_t)(at[2] - 'A'),
			                          kind_of(at[1]) };
}

static void test_shapes(void)
{
	for (size_t k = 0; k < sizeof(shapes) / sizeof(shapes[0]); k++) {
		const struct shape *s = &shapes[k];
		uint32_t whom[LETTERS], count = 0;
		struct graph g;

		read_shape(&g, s);
		begin(&g, s->before);
		for (const char *at = s->whom; *at != '\0'; at++)
			whom[count++] = (uint32_t)(*at - 'A');
		spread(whom, count, s->wish);
		ok(targets_are(s->after), "%s (%s)", s->says, s->arcs);
		spread(whom, 0, TARGET_UP);
		ok(targets_are(s->after), "… and nothing is left of it");
		fake_end(&fake);
	}
}

/* Other effects of a new target on a service. */
static void test_attempts(void)
{
	struct graph g = { 2, 1, { { A, B, EDGE_NEEDS } } };

	begin(&g, "uu");
	for (uint32_t i = 0; i < 2; i++) {
		fake.records[i].phase.attempt = 3;
		fake.records[i].phase.fault = 1;
	}
	spread_one(A, TARGET_UP);
	ok(fake.records[A].phase.attempt == 0 &&
	           fake.records[B].phase.attempt == 0,
	   "a service that is asked up has all attempts again");
	ok(!fake.records[A].phase.fault && !fake.records[B].phase.fault,
	   "and what failed is forgiven");
	fake.records[A].phase.attempt = 3;
	spread_one(A, TARGET_DOWN);
	ok(fake.records[A].phase.attempt == 3, "a service that is asked down has not");
	fake_end(&fake);
}

static void test_restart_of(enum state state, const char *want)
{
	struct graph g = { 2, 1, { { A, B, EDGE_NEEDS } } };

	begin(&g, "uu");
	set(A, state, TARGET_UP);
	spread_one(A, TARGET_RESTART);
	ok(targets_are(want), "a restart of what is %s", state_label[state]);
	set(A, state, TARGET_UP);
	set(B, STATE_UP, TARGET_UP);
	spread_one(B, TARGET_RESTART);
	ok(target_of(A) == (want[0] == 'r' && state_active(state)
	                            ? TARGET_RESTART
	                            : TARGET_UP),
	   "a restart of what it needs while it is %s", state_label[state]);
	fake_end(&fake);
}

static void test_restarts(void)
{
	test_restart_of(STATE_DOWN, "uu");
	test_restart_of(STATE_WAITING_TO_START, "uu");
	test_restart_of(STATE_RETRYING, "uu");
	test_restart_of(STATE_FAILED, "uu");
	test_restart_of(STATE_SETTING_UP, "ru");
	test_restart_of(STATE_STARTING, "ru");
	test_restart_of(STATE_UP, "ru");
	test_restart_of(STATE_WAITING_TO_STOP, "ru");
	test_restart_of(STATE_STOPPING, "ru");
	test_restart_of(STATE_CLEANING_UP, "ru");
	test_restart_of(STATE_FORCE_DOWN, "ru");
	test_restart_of(STATE_CANNOT_STOP, "ru");
}

/* Random graphs. The same numbers on every machine: xorshift64*. */

static uint64_t seed = 0x9e3779b97f4a7c15ull;

static uint32_t chance(uint32_t below)
{
	seed ^= seed >> 12;
	seed ^= seed << 25;
	seed ^= seed >> 27;
	return (uint32_t)(seed * 0x2545f4914f6cdd1dull >> 33) % below;
}

/* wild: any edge anywhere. Else who depends comes after what it depends on,
 * and nothing conflicts; groups point anywhere. */
static void random_graph(struct graph *g, bool wild)
{
	g->services = 2 + chance(11);
	g->arcs = 0;
	for (uint32_t k = chance(3 * g->services); k > 0; k--) {
		uint32_t from = chance(g->services), to = chance(g->services);
		enum edge_kind kind = (enum edge_kind)chance(EDGES);

		if (from == to || (!wild && kind == EDGE_CONFLICTS))
			continue;
		if (!wild && kind != EDGE_GROUPS && from < to)
			continue;
		g->arc[g->arcs++] = (struct arc){ from, to, kind };
	}
}

static void random_targets(const struct graph *g, char *targets)
{
	for (uint32_t i = 0; i < g->services; i++)
		targets[i] = letters[chance(8) > 0 ? chance(2)
		                                   : chance(TARGETS)];
	targets[g->services] = '\0';
}

struct meaning {
	bool lifts, falls, groups;
};

static const struct meaning meaning[EDGES] = {
	[EDGE_NEEDS] = { .lifts = true, .falls = true },
	[EDGE_BINDS] = { .lifts = true, .falls = true },
	[EDGE_WANTS] = { .lifts = true },
	[EDGE_GROUPS] = { .lifts = true, .groups = true },
	[EDGE_LOGS] = { .lifts = true, .falls = true, .groups = true },
	[EDGE_FOLLOWS] = { .falls = true },
	[EDGE_REQUIRES] = { .falls = true },
};

/* Up: all that can be reached over edges that lift. */
static void slow_up(const struct graph *g, char *targets, uint32_t whom)
{
	bool reached[64] = { false }, more = true;

	reached[whom] = true;
	while (more) {
		more = false;
		for (uint32_t k = 0; k < g->arcs; k++) {
			const struct arc *a = &g->arc[k];

			if (!meaning[a->kind].lifts || !reached[a->from] ||
			    reached[a->to])
				continue;
			reached[a->to] = more = true;
		}
	}
	for (uint32_t i = 0; i < g->services; i++)
		if (reached[i])
			targets[i] = 'u';
}

static bool slow_kept(const struct graph *g, const char *targets, uint32_t i)
{
	for (uint32_t k = 0; k < g->arcs; k++) {
		const struct arc *a = &g->arc[k];

		if (a->to == i && targets[a->from] != 'd' &&
		    meaning[a->kind].lifts &&
		    (meaning[a->kind].falls || meaning[a->kind].groups))
			return true;
	}
	return false;
}

/* Down: the services that need it; then members that no other service keeps; until nothing
 * follows any more. `fell`: by this wish. */
static void slow_down(const struct graph *g, char *targets, uint32_t whom)
{
	bool fell[64] = { false }, more = true;

	fell[whom] = true;
	targets[whom] = 'd';
	while (more) {
		more = false;
		for (uint32_t k = 0; k < g->arcs; k++) {
			const struct arc *a = &g->arc[k];
			uint32_t i = a->to;

			if (fell[a->to] && meaning[a->kind].falls)
				i = a->from;
			else if (!fell[a->from] || !meaning[a->kind].groups ||
			         slow_kept(g, targets, i))
				continue;
			if (fell[i] || targets[i] == 'd')
				continue;
			targets[i] = 'd';
			fell[i] = more = true;
		}
	}
}

/* Restart of a service that is up: those that are up and need it or are its members. */
static void slow_restart(const struct graph *g, char *targets, uint32_t whom)
{
	bool more = true;

	targets[whom] = 'r';
	while (more) {
		more = false;
		for (uint32_t k = 0; k < g->arcs; k++) {
			const struct arc *a = &g->arc[k];
			uint32_t i = TABLE_NONE;

			if (meaning[a->kind].falls && targets[a->to] == 'R')
				i = a->from;
			else if (a->kind == EDGE_GROUPS &&
			         targets[a->from] == 'R')
				i = a->to;
			if (i == TABLE_NONE ||
			    (targets[i] != 'u' && targets[i] != 'o'))
				continue;
			targets[i] = 'R';
			more = true;
		}
		if (targets[whom] == 'r') {
			targets[whom] = 'R';
			more = true;
		}
	}
	for (uint32_t i = 0; i < g->services; i++)
		if (targets[i] == 'R')
			targets[i] = 'r';
}

static void show(const struct graph *g, const char *before, uint32_t whom)
{
	note("%u of %s:", whom, before);
	for (uint32_t k = 0; k < g->arcs; k++)
		note("    %u %s %u", g->arc[k].from,
		     kind_rows[g->arc[k].kind].label, g->arc[k].to);
}

static bool tame_graph(enum target wish)
{
	struct graph g;
	char before[65], want[65];
	uint32_t whom;
	bool good;

	random_graph(&g, false);
	random_targets(&g, before);
	whom = chance(g.services);
	memcpy(want, before, sizeof(want));
	if (wish == TARGET_DOWN)
		slow_down(&g, want, whom);
	else if (wish == TARGET_UP || before[whom] == 'd')
		slow_up(&g, want, whom);
	else
		slow_restart(&g, want, whom);
	begin(&g, before);
	spread_one(whom, wish);
	good = targets_are(want);
	if (!good)
		show(&g, before, whom);
	fake_end(&fake);
	return good;
}

enum { GRAPHS = 10000 };

static void test_tame(enum target wish)
{
	bool good = true;
	int k;

	for (k = 0; k < GRAPHS && good; k++)
		good = tame_graph(wish);
	ok(good, "%s in %d random graphs: as by definition, whatever the order",
	   target_label[wish], k);
}

/* Each service changes at most once; who is wished alone gets it; nothing is
 * left over. */
static const char *wild_graph(void)
{
	struct graph g;
	char before[65];
	enum target wish = (enum target)chance(TARGETS);
	uint32_t whom;
	const char *wrong = NULL;

	random_graph(&g, true);
	random_targets(&g, before);
	whom = chance(g.services);
	begin(&g, before);
	looked = 0;
	if (spread(&whom, 1, wish) > g.services)
		wrong = "a service changed twice";
	else if (looked > 8 * (g.services + 2 * g.arcs))
		wrong = "edges were looked at too often";
	else if (target_of(whom) != wish &&
	         !(wish == TARGET_RESTART && target_of(whom) == TARGET_UP))
		wrong = "the wish itself was lost";
	if (fake.world.targets.count > 0 || fake.world.members.count > 0 ||
	    fake.world.reached_count > 0)
		wrong = "something is left over";
	for (uint32_t i = 0; i < g.services; i++)
		if (fake.world.works[i].target_spread)
			wrong = "a service is still wished";
	if (wrong != NULL)
		show(&g, before, whom);
	fake_end(&fake);
	return wrong;
}

static void test_wild(void)
{
	const char *wrong = NULL;
	int k;

	for (k = 0; k < GRAPHS && wrong == NULL; k++)
		wrong = wild_graph();
	if (!ok(wrong == NULL, "%d random graphs with cycles of groups, "
	        "conflicts and all: it ends, once for each service", k))
		note("%s", wrong);
}

/* Large graphs in the worst orders: the work is linear. */

enum { MANY = 10000 };

static struct arc many[3 * MANY];

static void test_many(const char *says, uint32_t arcs, uint32_t whom,
                      enum target wish, enum target before, uint32_t reaches)
{
	struct spec *specs = calloc(MANY, sizeof(*specs));
	uint32_t changes;

	if (specs == NULL)
		abort();
	for (uint32_t i = 0; i < MANY; i++)
		specs[i] = spec_plain("many");
	fake_begin(&fake, table_build(specs, MANY, many, arcs));
	free(specs);
	for (uint32_t i = 0; i < MANY; i++)
		fake.records[i].phase = (union phase){
			.state = before == TARGET_DOWN ? STATE_DOWN : STATE_UP,
			.target = before,
		};
	world_rebuild(&fake.world, fake.now_ms);
	looked = 0;
	changes = spread(&whom, 1, wish);
	ok(changes == reaches, "%s: %u of %u services change", says, changes,
	   (unsigned)MANY);
	ok(looked <= 4ull * arcs, "%s: %llu looks at %u edges", says,
	   (unsigned long long)looked, arcs);
	fake_end(&fake);
}

/* Service 0 groups all others, each of which needs the one before it, or all
 * the first one; or none is grouped. */
static uint32_t chain(bool grouped, bool star)
{
	uint32_t arcs = 0;

	for (uint32_t i = 1; i < MANY; i++) {
		if (grouped)
			many[arcs++] = (struct arc){ 0, i, EDGE_GROUPS };
		if (i > 1)
			many[arcs++] = (struct arc){ i, star ? 1 : i - 1,
				                     EDGE_NEEDS };
	}
	return arcs;
}

static void test_large(void)
{
	uint32_t arcs = chain(false, false);

	test_many("a long chain goes up", arcs, MANY - 1, TARGET_UP,
	          TARGET_DOWN, MANY - 1);
	test_many("a long chain falls", arcs, 1, TARGET_DOWN, TARGET_UP,
	          MANY - 1);
	test_many("a long chain restarts", arcs, 1, TARGET_RESTART, TARGET_UP,
	          MANY - 1);
	arcs = chain(true, false);
	test_many("a chain of members goes down", arcs, 0, TARGET_DOWN,
	          TARGET_UP, MANY);
	test_many("a chain of members goes up", arcs, 0, TARGET_UP,
	          TARGET_DOWN, MANY);
	arcs = chain(true, true);
	test_many("a star of members goes down", arcs, 0, TARGET_DOWN,
	          TARGET_UP, MANY);
	for (uint32_t i = 1; i < MANY; i++)
		many[i - 1] = (struct arc){ i, 0, EDGE_LOGS };
	test_many("one of many that share a logger goes down", MANY - 1, 5,
	          TARGET_DOWN, TARGET_UP, 1);
	test_many("a logger of many goes down", MANY - 1, 0, TARGET_DOWN,
	          TARGET_UP, MANY);
}

int main(void)
{
	test_kinds();
	test_shapes();
	test_attempts();
	test_restarts();
	test_tame(TARGET_UP);
	test_tame(TARGET_DOWN);
	test_tame(TARGET_RESTART);
	test_wild();
	test_large();
	return done();
}
