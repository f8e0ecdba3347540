/* SPDX-License-Identifier: MIT */
/* Small worlds, explored to the end: from all down, everything that can happen
 * to one, two or three services, in every order, with supervisord killed at
 * every store. Each quiet world that is reached must be sound (fake_check());
 * and if from there on processes behave and no target is set, all
 * must come to rest as their targets say. Must not know the rules.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "t/model.h"
#include "t/tap.h"

enum { SERVICES = 3, TEXT = 160, SETTLE_MS = 5000, WATCHDOG_MS = 8000 };

/* A quiet world, but for its times: all that can make a difference. */
union key {
	unsigned __int128 word;
	struct local {
		uint32_t state : 4, target : 2, alive : 1, execed : 1;
		uint32_t ready : 1, cleaned : 1, fault : 1, healthy : 1;
		uint32_t attempt : 2, ran : 1, asked : 1, helper : 1;
		uint32_t rest : 1, adopted : 1;
		uint32_t main : 2;      /* enum program */
		uint32_t settled : 1, speaks : 1;
		uint32_t checks : 1, ill : 1;
	} service[SERVICES];
};

_Static_assert(sizeof(struct local) == 4, "several in a word");

/* The words of a guard about its program. */
enum program { NO_PROGRAM, PROGRAM_RUNS, PROGRAM_READY, PROGRAM_ENDED };

/* The events of a service. */
enum happening {
	EXITS_WELL, EXITS_BADLY, SAYS_READY, CLOCK_RUNS_OUT, EXECS, EXEC_FAILS,
	GROWS_HEALTHY, LEAVES_SOME, REST_ENDS, DAEMONIZES, GUARD_DIES,
	COMMAND_SUCCEEDS, COMMAND_FAILS, RELOADS,
	SAYS_ALIVE, SKIPS, CHECKS_FAIL,
	WISHED_UP, WISHED_DOWN, WISHED_RESTART, WISHED_ONCE, HAPPENINGS
};

static const char *const happening_says[HAPPENINGS] = {
	"exits with 0", "exits with 1", "says it is ready",
	"has its clock run out", "does exec", "fails to exec",
	"has been healthy", "has started others", "has those end",
	"daemonizes", "has its guard killed", "has its command exit with 0",
	"has its command exit with 1", "is reloaded", "says that it lives",
	"is skipped", "is unhealthy",
	"is wished up", "is wished down",
	"is wished to restart", "is wished once",
};

/* A kind of service, and its possible events in a world. */
struct kind {
	const char *says;
	bool setup, run, cleanup, notify, slow, on_failure_only;
	bool guarded, daemonizes, asks, started, settles, conditional;
	bool watched;               /* with notify: by a watchdog */
	bool checked;
	enum retry_kind retry;
	uint16_t attempts;
	uint32_t not;               /* happenings that are left out, a bit each */
};

struct plan {
	uint32_t services, arcs;
	const struct kind *kind[SERVICES];
	struct arc arc[8];
	bool crash;                 /* at every store, too */
	bool both;                  /* an exit and a wish at once, too */
};

/* The known worlds: each key once, as a list and by hash. */
struct seen {
	union key *key;
	uint32_t *from;             /* from which it was first reached … */
	uint8_t *by;                /* … by which event */
	uint32_t *next;             /* if all behave; itself: at rest */
	uint32_t count, room;
	uint32_t *slot;             /* index + 1 */
	uint32_t mask;
};

static struct fake fake;
static const struct plan *plan;
static struct seen seen;
static uint64_t worlds, states, events;
static char wrong[4 * TEXT];

/* The set of worlds seen */

static uint32_t *slot_of(union key key)
{
	uint64_t hash = ((uint64_t)key.word ^
	                 (uint64_t)(key.word >> 64) * 0xff51afd7ed558ccdull) *
	                0x9e3779b97f4a7c15ull;
	uint32_t at = (uint32_t)(hash >> 32) & seen.mask;

	while (seen.slot[at] != 0 &&
	       seen.key[seen.slot[at] - 1].word != key.word)
		at = (at + 1) & seen.mask;
	return &seen.slot[at];
}

static void *larger(void *memory, size_t size)
{
	memory = realloc(memory, size);
	if (memory == NULL)
		abort();
	return memory;
}

static void grow(void)
{
	uint32_t room = seen.room != 0 ? 2 * seen.room : 1024;

	seen.key = larger(seen.key, room * sizeof(*seen.key));
	seen.from = larger(seen.from, room * sizeof(*seen.from));
	seen.next = larger(seen.next, room * sizeof(*seen.next));
	seen.by = larger(seen.by, room);
	seen.slot = larger(seen.slot, 4 * room * sizeof(*seen.slot));
	seen.room = room;
	seen.mask = 4 * room - 1;
	memset(seen.slot, 0, 4 * room * sizeof(*seen.slot));
	for (uint32_t k = 0; k < seen.count; k++)
		*slot_of(seen.key[k]) = k + 1;
}

static void forget_all(void)
{
	seen.count = 0;
	if (seen.room != 0)
		memset(seen.slot, 0, (seen.mask + 1ull) * sizeof(*seen.slot));
}

/* Its index; entered if it is new. */
static uint32_t enter(union key key, uint32_t from, uint8_t by)
{
	uint32_t *slot;

	if (seen.count == seen.room)
		grow();
	slot = slot_of(key);
	if (*slot != 0)
		return *slot - 1;
	seen.key[seen.count] = key;
	seen.from[seen.count] = from;
	seen.by[seen.count] = by;
	*slot = ++seen.count;
	return seen.count - 1;
}

/* Between worlds and keys */

static bool counts_attempts(const struct kind *k)
{
	return k->attempts != 0 && k->retry != RETRY_KIND_NEVER;
}

static bool is_guard(uint32_t i)
{
	return record_guarded(table_service(fake.table, i), &fake.records[i]);
}

static bool is_adopted(uint32_t i)
{
	const struct record *r = &fake.records[i];

	return r->life.pid != 0 && r->life.pid == main_pid(r->main);
}

static enum program program_of(uint32_t i)
{
	int32_t main = fake.records[i].main;

	if (!is_guard(i) && !is_adopted(i))
		return NO_PROGRAM;
	if (main_ended(main))
		return PROGRAM_ENDED;
	return (main & MAIN_READY) != 0 ? PROGRAM_READY : PROGRAM_RUNS;
}

/* Whose a helper is cannot be known any more once supervisord was killed, and
 * makes no difference to where it all leads. */
static struct said *said_of(uint32_t i)
{
	return &fake.said[table_service(fake.table, i)->ready_pipe];
}

static struct health *health_of(uint32_t i)
{
	return (void *)&fake.said[table_service(fake.table, i)->check_pipe - 1];
}

/* Is its helper what checks it? */
static bool is_checked(uint32_t i)
{
	return plan->kind[i]->checked && fake.records[i].helper != 0 &&
	       health_of(i)->helps != HELPS_NOT;
}

/* What was found is of the process that it has now, and stops it when it is up. */
static bool is_ill(uint32_t i)
{
	union life life = fake.records[i].life;

	return plan->kind[i]->checked && life.pid != 0 &&
	       health_of(i)->run == life.exits + 1u &&
	       health_of(i)->state == HEALTH_FAILED;
}

/* Has the process that it has now said something? Then it has to go on. */
static bool has_spoken(uint32_t i)
{
	union life life = fake.records[i].life;

	return plan->kind[i]->watched && life.pid != 0 &&
	       said_of(i)->run == life.exits + 1u;
}

static struct local local_of(uint32_t i)
{
	const struct record *r = &fake.records[i];
	const struct kind *k = plan->kind[i];
	bool alive = r->life.pid != 0, up = r->phase.state == STATE_UP;
	bool stops = state_stops(r->phase.state);

	return (struct local){
		.ran = alive && r->phase.ran,
		.asked = (stops || r->phase.state == STATE_STARTING) &&
		         r->phase.asked,
		.helper = r->helper != 0,
		.checks = is_checked(i),
		.ill = is_ill(i),
		.rest = fake.processes[i].rest,
		.adopted = is_adopted(i),
		.main = program_of(i),
		.speaks = has_spoken(i),
		.settled = k->settles && up && fake.world.works[i].settled,
		.state = r->phase.state,
		.target = r->phase.target,
		.alive = alive,
		.execed = fake.world.works[i].slot == NO_SLOT,
		.ready = k->notify && r->phase.ready,
		.cleaned = r->phase.cleaned,
		.fault = r->phase.fault,
		.healthy = up && alive && counts_attempts(k) &&
		           fake.now_ms - phase_since_ms(r->phase, fake.now_ms) >=
		                   10000,
		.attempt = counts_attempts(k) ? r->phase.attempt : 0,
	};
}

static union key key_of(void)
{
	union key key = { 0 };

	for (uint32_t i = 0; i < plan->services; i++)
		key.service[i] = local_of(i);
	return key;
}

static int32_t main_of(uint32_t i, enum program program)
{
	switch (program) {
	case PROGRAM_RUNS:
		return (int32_t)(20 + i);
	case PROGRAM_READY:
		return (int32_t)(20 + i) | MAIN_READY;
	case PROGRAM_ENDED:
		return main_end(ENDING_EXITED, 1);
	case NO_PROGRAM:
		break;
	}
	return 0;
}

static void load_service(uint32_t i, struct local l)
{
	struct record *r = &fake.records[i];
	bool told = l.alive && l.state != STATE_UP;

	*r = (struct record){
		.life = { .pid = !l.alive    ? 0
		                 : l.adopted ? (int32_t)(20 + i)
		                             : (int32_t)(10 + i) },
		.main = main_of(i, l.main),
		.helper = l.helper ? (int32_t)(30 + i) : 0,
		.phase = { .ran = l.ran, .asked = l.asked,
			    .state = l.state, .target = l.target,
			   .launch = l.alive, .ready = l.ready,
			   .cleaned = l.cleaned, .fault = l.fault,
			   .attempt = l.attempt,
			   .since_low_ms = fake.now_ms - (l.healthy ? 10000 :
			                                  l.settled ? SETTLE_MS
			                                            : 0) },
	};
	if (plan->kind[i]->watched)
		*said_of(i) = (struct said){ .run = l.speaks,
			                     .watchdog_ms = WATCHDOG_MS,
			                     .alive_ms = fake.now_ms };
	if (plan->kind[i]->checked)
		*health_of(i) = (struct health){ .run = l.ill,
			                         .state = HEALTH_FAILED,
			                         .helps = l.checks };
	fake.processes[i] = (struct process){
		.pid = r->life.pid, .told = told, .killed = told, .drains = told,
		.main = l.adopted ? 0 : main_pid(r->main), .rest = l.rest,
		.helper = r->helper,
	};
}

/* The world of that key: quiet, so no service is to be judged. */
static void load(union key key)
{
	uint32_t i;

	fake.now_ms = FIRST_MS + 10000;
	fake.next_pid = 100;
	fake.commits = fake.stores = fake.crash_in = fake.moment_count = 0;
	fake.slots_used = fake.waiting.first = fake.waiting.count = 0;
	for (i = 0; i < plan->services; i++)
		load_service(i, key.service[i]);
	world_rebuild(&fake.world, fake.now_ms);
	while (queue_pop(&fake.world.dirty, &i))
		fake.world.works[i].dirty = 0;
	fake.slow = false;
	for (i = 0; i < plan->services; i++) {
		fake.slow |= plan->kind[i]->slow;
		if (key.service[i].execed)
			continue;
		fake.world.works[i].execed = 0;
		fake.world.works[i].slot = 0;
		fake.slots_used++;
	}
}

/* Events */

/* Conditions are asked before its first program runs. */
static bool may_skip(uint32_t i, enum state state)
{
	return state == STATE_SETTING_UP ||
	       (state == STATE_STARTING && !plan->kind[i]->setup &&
	        (fake.world.works[i].slot != NO_SLOT ||
	         program_of(i) == PROGRAM_RUNS));
}

static bool can_happen(uint32_t i, enum happening what)
{
	const struct record *r = &fake.records[i];
	const struct work *work = &fake.world.works[i];
	bool alive = r->life.pid != 0;

	if (plan->kind[i]->not >> what & 1)
		return false;
	switch (what) {
	case EXITS_WELL:
	case EXITS_BADLY:
		return alive && program_of(i) != PROGRAM_ENDED;
	case LEAVES_SOME:
		return is_guard(i) && fake.processes[i].main != 0 &&
		       !fake.processes[i].rest;
	case REST_ENDS:
		return is_guard(i) && fake.processes[i].rest;
	case DAEMONIZES:
		return is_guard(i) && plan->kind[i]->daemonizes &&
		       program_of(i) == PROGRAM_RUNS;
	case GUARD_DIES:
		return is_guard(i);
	case COMMAND_FAILS:
		if (is_checked(i) && r->phase.state == STATE_UP)
			return false; /* another one is awaited: stories */
		return r->helper != 0;
	case COMMAND_SUCCEEDS:
		return r->helper != 0;
	case CHECKS_FAIL:
		return is_checked(i) && alive && !is_ill(i);
	case RELOADS:
		return plan->kind[i]->asks && !plan->kind[i]->checked &&
		       r->phase.state == STATE_UP && alive && r->helper == 0;
	case SKIPS:
		return alive && plan->kind[i]->conditional &&
		       may_skip(i, r->phase.state);
	case SAYS_READY:
		return alive && plan->kind[i]->notify && !r->phase.ready &&
		       r->phase.state == STATE_STARTING;
	case SAYS_ALIVE:
		return alive && plan->kind[i]->watched &&
		       (r->phase.state == STATE_STARTING ||
		        r->phase.state == STATE_UP);
	case CLOCK_RUNS_OUT:
		return work->due_ms != NEVER_MS;
	case EXECS:
	case EXEC_FAILS:
		return work->slot != NO_SLOT;
	case GROWS_HEALTHY:
		return alive && r->phase.state == STATE_UP &&
		       counts_attempts(plan->kind[i]) &&
		       fake.now_ms == phase_since_ms(r->phase, fake.now_ms);
	case WISHED_UP:
	case WISHED_DOWN:
	case WISHED_RESTART:
	case WISHED_ONCE:
	case HAPPENINGS:
		break;
	}
	return true;
}

/* As if it had been in this state for as long as it may; or, up and settled, as
 * if it had given no sign of life. */
static void run_out(uint32_t i)
{
	struct record *r = &fake.records[i];
	uint64_t length = fake.world.works[i].due_ms -
	                  phase_since_ms(r->phase, fake.now_ms);

	if (r->phase.state == STATE_UP && fake.world.works[i].settled &&
	    has_spoken(i)) {
		said_of(i)->alive_ms -= WATCHDOG_MS;
		length = 0;
	}
	r->phase.since_low_ms = fake.now_ms - length;
	due_set(&fake.world, i, fake.now_ms);
	fake_tick(&fake, 0);
}

static void happen(uint32_t i, enum happening what)
{
	switch (what) {
	case EXITS_WELL:
		fake_exits(&fake, i, 0);
		break;
	case EXITS_BADLY:
		fake_exits(&fake, i, 1);
		break;
	case SAYS_READY:
		if (plan->kind[i]->watched)
			fake_says(&fake, i, 0);
		fake_ready(&fake, i);
		break;
	case SAYS_ALIVE:
		fake_says(&fake, i, 0);
		break;
	case CLOCK_RUNS_OUT:
		run_out(i);
		break;
	case EXEC_FAILS:
		fake.processes[i].failure = 2;
		fake_exec(&fake, i);
		break;
	case EXECS:
		fake_exec(&fake, i);
		break;
	case GROWS_HEALTHY:
		fake.records[i].phase.since_low_ms -= 10000;
		break;
	case LEAVES_SOME:
		fake.processes[i].rest = true;
		break;
	case REST_ENDS:
		fake_rest_ends(&fake, i);
		break;
	case DAEMONIZES:
		fake_daemonizes(&fake, i);
		break;
	case GUARD_DIES:
		fake_guard_dies(&fake, i);
		break;
	case COMMAND_SUCCEEDS:
	case COMMAND_FAILS:
		fake_helper_ends(&fake, i,
		                 (union ending){ .code = ENDING_EXITED,
		                                 .status = what == COMMAND_FAILS });
		break;
	case CHECKS_FAIL:
		fake_checked(&fake, i, false);
		break;
	case RELOADS:
		fake_reload(&fake, i);
		break;
	case SKIPS:
		fake_skips(&fake, i);
		break;
	case WISHED_UP:
		fake_set_target(&fake, &i, 1, TARGET_UP);
		break;
	case WISHED_DOWN:
		fake_set_target(&fake, &i, 1, TARGET_DOWN);
		break;
	case WISHED_RESTART:
		fake_set_target(&fake, &i, 1, TARGET_RESTART);
		break;
	case WISHED_ONCE:
		fake_set_target(&fake, &i, 1, TARGET_ONCE);
		break;
	case HAPPENINGS:
		break;
	}
}

static const char *name_of(uint8_t event)
{
	static char name[64];

	snprintf(name, sizeof(name), "%c %s", 'a' + event / HAPPENINGS,
	         happening_says[event % HAPPENINGS]);
	return name;
}

static void show_state(union key key)
{
	char text[TEXT] = "";

	for (uint32_t i = 0; i < plan->services; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text),
		         "  %c: %s (%s%s)", 'a' + (char)i,
		         state_label[key.service[i].state],
		         target_label[key.service[i].target],
		         key.service[i].alive ? ", alive" : "");
	note("   %s", text);
}

/* How that world is reached from the first. */
static void show_way(uint32_t at)
{
	uint32_t way[64], length = 0;

	for (; at != 0 && length < 64; at = seen.from[at])
		way[length++] = at;
	while (length > 0) {
		note("%s:", name_of(seen.by[way[--length]]));
		show_state(seen.key[way[length]]);
	}
}

static void show_plan(void)
{
	static const char *const says[EDGES] = {
#define EDGE(name, label, met, waits, lifts, falls, groups, repels) label,
#include "model/edge.def"
#undef EDGE
	};

	for (uint32_t i = 0; i < plan->services; i++)
		note("%c is %s", 'a' + (char)i, plan->kind[i]->says);
	for (uint32_t k = 0; k < plan->arcs; k++)
		note("%c %s %c", 'a' + (char)plan->arc[k].from,
		     says[plan->arc[k].kind], 'a' + (char)plan->arc[k].to);
}

static bool fails(uint32_t at, uint8_t event, uint32_t crash, const char *why)
{
	snprintf(wrong, sizeof(wrong), "%s", why);
	show_plan();
	show_way(at);
	note("then %s%s:", name_of(event), crash != 0 ? ", killed" : "");
	if (crash != 0)
		note("supervisord was killed at store %u", crash);
	show_state(key_of());
	return false;
}

/* Does supervisord hear of it again if it is killed? A wish is not answered, and
 * wished again; a message is still in its socket. */
static bool comes_again(uint32_t i, enum happening what)
{
	return what >= WISHED_UP || what == CHECKS_FAIL ||
	       (plan->kind[i]->watched &&
	        (what == SAYS_READY || what == SAYS_ALIVE) &&
	        can_happen(i, what));
}

/* One event in a world; killed at the crash-th store, if not 0. */
static void run_event(uint8_t event, uint32_t crash)
{
	fake.crash_in = crash;
	if (setjmp(fake.crashed) == 0) {
		happen(event / HAPPENINGS,
		       (enum happening)(event % HAPPENINGS));
		return;
	}
	fake_resume(&fake);
	if (comes_again(event / HAPPENINGS, event % HAPPENINGS))
		happen(event / HAPPENINGS,
		       (enum happening)(event % HAPPENINGS));
}

/* What a death of supervisord may change: of two that conflict, who is judged
 * first; exec that is under way is taken for done; and who wishes twice, by
 * then in another state, gets what is wished in that. */
static bool may_differ(uint8_t event)
{
	if (event % HAPPENINGS >= WISHED_UP)
		return true;
	for (uint32_t k = 0; k < plan->arcs; k++)
		if (plan->arc[k].kind == EDGE_CONFLICTS)
			return true;
	return fake.slow;
}

/* All that comes of one event; its plain outcome is *next. */
static bool explore_event(uint32_t at, uint8_t event, uint32_t *next)
{
	uint32_t stores = 0;

	for (uint32_t crash = 0; crash <= stores; crash++) {
		const char *why;
		uint32_t reached;

		load(seen.key[at]);
		run_event(event, crash);
		events++;
		why = fake_check(&fake);
		if (why != NULL)
			return fails(at, event, crash, why);
		reached = enter(key_of(), at, event);
		if (crash > 0 && reached != *next && !may_differ(event))
			return fails(at, event, crash,
			             "a new supervisord decides otherwise");
		if (crash > 0)
			continue;
		*next = reached;
		stores = plan->crash ? fake.stores : 0;
	}
	return true;
}

/* The next event if all processes behave; HAPPENINGS: none. */
static enum happening behaves(uint32_t i)
{
	const struct record *r = &fake.records[i];

	if (fake.world.works[i].slot != NO_SLOT)
		return EXECS;
	if (r->helper != 0 &&
	    !(is_checked(i) && r->phase.state == STATE_UP))
		return COMMAND_SUCCEEDS;
	if (r->phase.state == STATE_RETRYING ||
	    (r->phase.state == STATE_UP && !fake.world.works[i].settled))
		return CLOCK_RUNS_OUT;
	if (program_of(i) == PROGRAM_ENDED)
		return REST_ENDS;
	if (r->life.pid == 0 || r->phase.state == STATE_UP ||
	    r->phase.state == STATE_WAITING_TO_STOP)
		return HAPPENINGS;
	if (r->phase.state != STATE_STARTING || is_adopted(i))
		return EXITS_WELL;
	return plan->kind[i]->daemonizes ? DAEMONIZES : SAYS_READY;
}

/* Is there a reason to wait? Failed, unwanted, or in the way; a service that waits itself
 * has a reason of its own, since there is no circle of waiting services. */
static bool waits_for_good(uint32_t i)
{
	struct edges e = edges_from(fake.table, i);

	for (; e.at < e.end; e.at++) {
		union phase p = fake.records[edge_service(*e.at)].phase;

		if (edge_met(edge_kind(*e.at), p))
			continue;
		if (edge_kind(*e.at) == EDGE_CONFLICTS)
			return p.state == STATE_UP;
		return p.state == STATE_FAILED || p.target == TARGET_DOWN ||
		       p.state == STATE_SKIPPED || p.state == STATE_WAITING_TO_START;
	}
	return false;
}

/* At rest, is it as its target says? */
static bool as_wished(uint32_t i)
{
	union phase p = fake.records[i].phase;

	switch ((enum target)p.target) {
	case TARGET_DOWN:
		return p.state == STATE_DOWN;
	case TARGET_UP:
	case TARGET_ONCE:
		return p.state == STATE_UP || p.state == STATE_FAILED ||
		       p.state == STATE_SKIPPED ||
		       (p.state == STATE_WAITING_TO_START &&
		        waits_for_good(i));
	case TARGET_RESTART:
	case TARGETS:
		break;
	}
	return false;
}

/* A wish that came with an end: it may not be lost. */
static const char *check_target(uint32_t i, enum happening wish)
{
	union phase p = fake.records[i].phase;

	if (wish == WISHED_DOWN && p.target != TARGET_DOWN)
		return "a wish to go down was lost";
	if (wish == WISHED_RESTART && p.target == TARGET_DOWN)
		return "a wish to restart was lost";
	return NULL;
}

/* An end and a wish before supervisord looks, in either order. */
static bool explore_both(uint32_t at, uint8_t first, uint8_t second)
{
	uint32_t a = first / HAPPENINGS, b = second / HAPPENINGS;
	enum happening what = (enum happening)(first % HAPPENINGS);
	enum happening then = (enum happening)(second % HAPPENINGS);
	const char *why;

	load(seen.key[at]);
	if (!can_happen(a, what) || !can_happen(b, then))
		return true;
	fake.hold = true;
	happen(a, what);
	fake.hold = false;
	happen(b, then);
	events++;
	why = fake_check(&fake);
	if (why == NULL)
		why = check_target(what >= WISHED_UP ? a : b,
		                 what >= WISHED_UP ? what : then);
	if (why != NULL) {
		note("first %s, at the same time", name_of(first));
		return fails(at, second, 0, why);
	}
	enter(key_of(), at, second);
	return true;
}

static bool explore_pairs(uint32_t at)
{
	for (uint32_t a = 0; a < plan->services; a++)
		for (uint32_t b = 0; b < plan->services; b++)
			for (unsigned end = EXITS_WELL; end <= EXITS_BADLY;
			     end++)
				for (unsigned wish = WISHED_UP;
				     wish <= WISHED_ONCE; wish++) {
					uint8_t x = (uint8_t)(a * HAPPENINGS +
					                      end);
					uint8_t y = (uint8_t)(b * HAPPENINGS +
					                      wish);

					if (!explore_both(at, x, y) ||
					    !explore_both(at, y, x))
						return false;
				}
	return true;
}

/* What can happen here, a bit for each event; and which of them does if all
 * behave: an event, or NO_EVENT. */
enum { NO_EVENT = UINT8_MAX };

static uint64_t happenings(uint8_t *next)
{
	uint64_t all = 0;

	*next = NO_EVENT;
	for (uint32_t i = 0; i < plan->services; i++) {
		enum happening good = behaves(i);

		for (unsigned what = 0; what < HAPPENINGS; what++)
			if (can_happen(i, (enum happening)what))
				all |= 1ull << (i * HAPPENINGS + what);
		if (good == HAPPENINGS || *next != NO_EVENT)
			continue;
		*next = (uint8_t)(i * HAPPENINGS + good);
		all |= 1ull << *next;
	}
	return all;
}

static bool explore_state(uint32_t at)
{
	uint64_t all;
	uint8_t next;

	load(seen.key[at]);
	all = happenings(&next);
	for (uint32_t i = 0; i < plan->services && next == NO_EVENT; i++)
		if (!as_wished(i))
			return fails(at, 0, 0, "it is stuck");
	seen.next[at] = at;
	for (; all != 0; all &= all - 1) {
		uint8_t event = (uint8_t)__builtin_ctzll(all);
		uint32_t outcome = at;

		if (!explore_event(at, event, &outcome))
			return false;
		if (event == next)
			seen.next[at] = outcome;
	}
	return true;
}

/* A new supervisord in a quiet world changes nothing at all. */
static bool explore_restart(uint32_t at)
{
	union key before = seen.key[at], now;
	const char *why;

	load(before);
	fake_resume(&fake);
	why = fake_check(&fake);
	if (why != NULL)
		return fails(at, 0, 1, why);
	now = key_of();
	for (uint32_t i = 0; i < plan->services; i++)
		if (!before.service[i].execed)
			return true; /* it may be up now: exec is taken for done */
	if (now.word != before.word)
		return fails(at, 0, 1, "a new supervisord decides otherwise");
	return true;
}

/* Following `next` ends at rest, and not in a circle. */
static bool all_come_to_rest(void)
{
	uint8_t *rests = calloc(seen.count, 1);
	bool good = true;

	if (rests == NULL)
		abort();
	for (uint32_t k = 0; k < seen.count && good; k++) {
		uint32_t at = k, steps = 0;

		while (!rests[at] && seen.next[at] != at && steps <= seen.count) {
			at = seen.next[at];
			steps++;
		}
		if (steps > seen.count)
			good = fails(k, 0, 0, "it never comes to rest");
		for (at = k; good && !rests[at]; at = seen.next[at])
			rests[at] = 1;
	}
	free(rests);
	return good;
}

static struct spec spec_of(const struct kind *k)
{
	struct spec s = spec_plain(k->says);

	for (char *c = s.name; *c != '\0'; c++) /* what it says is no name */
		if (*c == ' ' || *c == ',')
			*c = '-';

	s.setup = k->setup;
	s.run = k->run;
	s.cleanup = k->cleanup;
	s.notify = k->notify;
	s.guarded = k->guarded;
	s.daemonizes = k->daemonizes;
	s.asks = k->asks;
	s.started = k->started;
	s.settle_ms = k->settles ? SETTLE_MS : 0;
	s.checked = k->checked;
	s.watchdog_ms = k->watched ? WATCHDOG_MS : 0;
	s.profile.retry_kind = k->retry;
	s.profile.retry_attempts = k->attempts;
	s.profile.on_failure_only = k->on_failure_only;
	return s;
}

static bool explore(const struct plan *p)
{
	struct spec specs[SERVICES];
	bool good = true;

	plan = p;
	for (uint32_t i = 0; i < p->services; i++)
		specs[i] = spec_of(p->kind[i]);
	fake_begin(&fake, table_build(specs, p->services, p->arc, p->arcs));
	forget_all();
	fake_settle(&fake);
	enter(key_of(), 0, 0);
	for (uint32_t k = 0; k < seen.count && good; k++)
		good = explore_state(k) && explore_restart(k) &&
		       (!p->both || explore_pairs(k));
	good = good && all_come_to_rest();
	worlds++;
	states += seen.count;
	fake_end(&fake);
	return good;
}

static void say(bool good, const char *what, uint64_t worlds_before,
                uint64_t states_before)
{
	ok(good, "%s: %llu worlds, %llu states", what,
	   (unsigned long long)(worlds - worlds_before),
	   (unsigned long long)(states - states_before));
	if (!good)
		note("%s", wrong);
}

/* One service, with everything that it can have. */
static void test_one(void)
{
	uint64_t w = worlds, s = states;
	bool good = true;

	for (unsigned bits = 0; bits < 1 << 8 && good; bits++) {
		static const uint16_t attempts[] = { 0, 1, 2, 3 };
		struct kind k = {
			.says = "any", .conditional = true,
			.setup = bits & 1, .run = bits >> 1 & 1,
			.cleanup = bits >> 2 & 1, .notify = bits >> 3 & 1,
			.slow = bits >> 4 & 1, .on_failure_only = bits >> 5 & 1,
			.attempts = attempts[bits >> 6 & 3],
			.retry = bits >> 6 == 3 ? RETRY_KIND_NEVER
			                        : RETRY_KIND_DOUBLING,
		};
		struct plan p = { .services = 1, .kind = { &k },
			          .crash = true, .both = true };

		if (k.notify && !k.run)
			continue;
		good = explore(&p);
	}
	say(good, "one service", w, s);
}

/* One with a guard, or with commands, or both. */
static void test_guarded(void)
{
	uint64_t w = worlds, s = states;
	bool good = true;

	for (unsigned bits = 0; bits < 1 << 8 && good; bits++) {
		struct kind k = {
			.says = "guarded", .started = bits >> 7 & 1,
			.run = true, .conditional = true,
			.guarded = bits & 1, .daemonizes = bits >> 1 & 1,
			.asks = bits >> 2 & 1, .notify = bits >> 3 & 1,
			.cleanup = bits >> 4 & 1, .setup = bits >> 5 & 1,
			.on_failure_only = bits >> 6 & 1, .attempts = 2,
		};
		struct plan p = { .services = 1, .kind = { &k },
			          .crash = true, .both = true };

		if ((k.notify && k.daemonizes) || !(k.guarded ||
		                                    k.daemonizes || k.asks ||
		                                    k.started))
			continue;
		good = explore(&p);
	}
	say(good, "one service with a guard or commands", w, s);
}

#define BIT(what) (1u << (what))

/* One with a watchdog. */
static void test_watched(void)
{
	uint64_t w = worlds, s = states;
	bool good = true;

	for (unsigned bits = 0; bits < 1 << 5 && good; bits++) {
		struct kind k = {
			.says = "watched", .run = true, .notify = true,
			.watched = true, .guarded = bits & 1,
			.settles = bits >> 1 & 1, .cleanup = bits >> 2 & 1,
			.asks = bits >> 3 & 1, .on_failure_only = bits >> 4 & 1,
			.attempts = 2,
			.not = bits >> 1 & 1 ? BIT(GROWS_HEALTHY) : 0,
		};
		struct plan p = { .services = 1, .kind = { &k },
			          .crash = true, .both = true };

		good = explore(&p);
	}
	say(good, "one service with a watchdog", w, s);
}

/* One with checks. */
static void test_checked(void)
{
	uint64_t w = worlds, s = states;
	bool good = true;

	for (unsigned bits = 0; bits < 1 << 6 && good; bits++) {
		struct kind k = {
			.says = "checked", .run = true, .checked = true,
			.started = bits >> 5 & 1,
			.guarded = bits & 1, .cleanup = bits >> 1 & 1,
			.asks = bits >> 2 & 1, .on_failure_only = bits >> 3 & 1,
			.slow = bits >> 4 & 1, .attempts = 2,
		};
		struct plan p = { .services = 1, .kind = { &k },
			          .crash = true, .both = true };

		if (k.slow && k.guarded)
			continue; /* what a killed guard leaves has done exec */
		good = explore(&p);
	}
	say(good, "one service with checks", w, s);
}

/* The ways in which b may depend on a (or a on b: capitals). */
static const char *const pairs[] = {
	"", "n", "b", "w", "a", "x", "g", "l", "G",
	"nG", "bG", "wG", "ax", "ng", "lG", "gG", "na", "wa",
	"f", "r", "af", "wf", "fG",
};

enum { PAIRS = sizeof(pairs) / sizeof(pairs[0]), SIMPLE_PAIRS = 9 };

static enum edge_kind kind_of(char letter)
{
	static const char lower[EDGES + 1] = "nbwaxglefrh";
	static const char upper[EDGES + 1] = "NBWAXGLEFRH";
	const char *at = strchr(lower, letter);

	return (enum edge_kind)(at != NULL ? at - lower
	                                   : strchr(upper, letter) - upper);
}

static void add_pair(struct plan *p, uint32_t a, uint32_t b, const char *how)
{
	for (; *how != '\0'; how++) {
		bool turned = *how >= 'A' && *how <= 'Z';

		p->arc[p->arcs++] = (struct arc){ turned ? a : b,
			                          turned ? b : a,
			                          kind_of(*how) };
	}
}

static const struct kind two_kinds[] = {
	{ .says = "a program that is cleaned up", .run = true, .cleanup = true,
	  .attempts = 2, .not = BIT(GROWS_HEALTHY) },
	{ .says = "set up, announced", .setup = true, .run = true,
	  .notify = true, .retry = RETRY_KIND_NEVER },
	{ .says = "slow to exec", .run = true, .slow = true,
	  .retry = RETRY_KIND_NEVER },
	{ .says = "nothing", .attempts = 1 },
	{ .says = "guarded, asked to stop", .run = true, .guarded = true,
	  .asks = true, .retry = RETRY_KIND_NEVER,
	  .not = BIT(WISHED_ONCE) | BIT(EXITS_WELL) | BIT(COMMAND_FAILS) },
	{ .says = "a program that settles", .run = true, .settles = true,
	  .attempts = 2, .not = BIT(GROWS_HEALTHY) },
	{ .says = "watched", .run = true, .notify = true, .watched = true,
	  .attempts = 1, .not = BIT(WISHED_ONCE) | BIT(EXITS_WELL) },
	{ .says = "followed by a command", .run = true, .started = true,
	  .attempts = 1, .not = BIT(WISHED_ONCE) | BIT(EXITS_WELL) },
};

enum { RARE_KINDS = 4 };

enum { TWO_KINDS = sizeof(two_kinds) / sizeof(two_kinds[0]) };

static void test_two(void)
{
	uint64_t w = worlds, s = states;
	bool good = true;

	for (unsigned k = 0; k < PAIRS * TWO_KINDS * TWO_KINDS && good; k++) {
		const struct kind *a = &two_kinds[k % TWO_KINDS];
		const struct kind *b = &two_kinds[k / TWO_KINDS % TWO_KINDS];
		struct plan p = { .services = 2, .kind = { a, b } };

		/* Beside the simplest kind, or none. */
		if ((a >= &two_kinds[RARE_KINDS] ||
		     b >= &two_kinds[RARE_KINDS]) &&
		    a != &two_kinds[0] && b != &two_kinds[0])
			continue;
		/* Two edges between the same two are not another matter. */
		p.crash = k / TWO_KINDS / TWO_KINDS < SIMPLE_PAIRS;
		p.both = p.crash && a == b;
		if (a->slow != b->slow && a->run && b->run)
			continue;       /* the fake world has one speed */
		add_pair(&p, 0, 1, pairs[k / TWO_KINDS / TWO_KINDS]);
		good = explore(&p);
	}
	say(good, "two services", w, s);
}

static const struct kind three_kinds[] = {
	{ .says = "a program", .run = true, .retry = RETRY_KIND_NEVER,
	  .not = BIT(CLOCK_RUNS_OUT) | BIT(WISHED_ONCE) | BIT(EXITS_WELL) },
};

static void test_three(void)
{
	uint64_t w = worlds, s = states;
	bool good = true;
	unsigned total = SIMPLE_PAIRS * SIMPLE_PAIRS * SIMPLE_PAIRS;

	for (unsigned k = 0; k < total && good; k++) {
		const struct kind *one = &three_kinds[0];
		struct plan p = { .services = 3, .kind = { one, one, one },
			          .crash = true };

		add_pair(&p, 0, 1, pairs[k % SIMPLE_PAIRS]);
		add_pair(&p, 0, 2, pairs[k / SIMPLE_PAIRS % SIMPLE_PAIRS]);
		add_pair(&p, 1, 2, pairs[k / SIMPLE_PAIRS / SIMPLE_PAIRS]);
		good = explore(&p);
	}
	say(good, "three services", w, s);
}

int main(void)
{
	test_one();
	test_guarded();
	test_watched();
	test_checked();
	test_two();
	test_three();
	note("%llu states, %llu events", (unsigned long long)states,
	     (unsigned long long)events);
	return done();
}
