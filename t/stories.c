/* SPDX-License-Identifier: MIT */
/* The stories. Each says what is given, what happens, and what follows: the
 * path is every state a service has entered and all that was done there since
 * the path was last asked for. */
#include "t/stories.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "model/hopeless.h"
#include "model/step.h"
#include "t/model.h"

enum { SECOND = 1000, CAST = 8, TEXT = 600 };

/* A service of a story. has: "setup run cleanup"; left out: "run". Others are
 * named with a space between them. Times that are left out: spec_plain(). */
struct given {
	const char *name, *has;
	const char *needs, *binds, *wants, *after, *conflicts, *groups, *logs, *lent;
	const char *follows, *requires_up, *reload_with;
	bool notify, on_failure_only, guarded, daemonizes, asks, timed;
	bool abnormal_only, good_code, last_code, checked, started;
	enum retry_kind retry;
	uint16_t attempts;
	uint32_t max_setup_ms, max_ready_ms, max_stop_ms, max_cleanup_ms;
	uint32_t after_ms, max_ms, healthy_ms, settle_ms, watchdog_ms;
};

static struct fake fake;
static bool begun;
static uint32_t told[CAST];         /* moments that path() has seen */
static char why[2 * TEXT];
static jmp_buf ended;

#define fails(...)                                        \
	do {                                              \
		snprintf(why, sizeof(why), __VA_ARGS__);  \
		longjmp(ended, 1);                        \
	} while (0)

/* Given */

static struct given cast[CAST];
static uint32_t cast_count;

static uint32_t who(const char *name)
{
	for (uint32_t i = 0; i < cast_count; i++)
		if (strcmp(cast[i].name, name) == 0)
			return i;
	fails("the story names '%s', which is not in it", name);
}

/* Calls `each` for every word. */
static void words(const char *text, void (*each)(const char *word, void *of),
                  void *of)
{
	char word[32];
	int length;

	while (text != NULL && sscanf(text, " %31s%n", word, &length) == 1) {
		each(word, of);
		text += length;
	}
}

struct arcs {
	struct arc arc[64];
	uint32_t count, from;
	enum edge_kind kind;
};

static void add_arc(const char *name, void *of)
{
	struct arcs *a = of;

	a->arc[a->count++] = (struct arc){ a->from, who(name), a->kind };
}

static void add_arcs(struct arcs *a, const struct given *g)
{
	const char *const names[EDGES] = {
		[EDGE_NEEDS] = g->needs,         [EDGE_BINDS] = g->binds,
		[EDGE_WANTS] = g->wants,         [EDGE_AFTER] = g->after,
		[EDGE_CONFLICTS] = g->conflicts, [EDGE_GROUPS] = g->groups,
		[EDGE_LOGS] = g->logs,           [EDGE_LENT] = g->lent,
		[EDGE_FOLLOWS] = g->follows,     [EDGE_REQUIRES] = g->requires_up,
		[EDGE_RELOADS] = g->reload_with,
	};

	for (int kind = 0; kind < EDGES; kind++) {
		a->kind = (enum edge_kind)kind;
		words(names[kind], add_arc, a);
	}
}

static void add_part(const char *word, void *of)
{
	struct spec *s = of;

	if (strcmp(word, "setup") == 0)
		s->setup = true;
	else if (strcmp(word, "run") == 0)
		s->run = true;
	else if (strcmp(word, "cleanup") == 0)
		s->cleanup = true;
	else if (strcmp(word, "nothing") != 0)
		fails("no service has '%s'", word);
}

static void unless_zero(uint32_t *value, uint32_t given)
{
	if (given != 0)
		*value = given;
}

static struct spec spec_of(const struct given *g)
{
	struct spec s = spec_plain(g->name);

	s.run = g->has == NULL;
	words(g->has, add_part, &s);
	s.notify = g->notify;
	s.watchdog_ms = g->watchdog_ms;
	s.checked = g->checked;
	s.guarded = g->guarded;
	s.daemonizes = g->daemonizes;
	s.asks = g->asks;
	s.started = g->started;
	s.settle_ms = g->settle_ms;
	s.timed = g->timed;
	s.profile.on_failure_only =
		g->abnormal_only ? RETRY_ABNORMAL : g->on_failure_only;
	s.good_code = g->good_code;
	s.last_code = g->last_code;
	s.profile.retry_kind = g->retry;
	s.profile.retry_attempts = g->attempts;
	unless_zero(&s.profile.max_setup_ms, g->max_setup_ms);
	unless_zero(&s.profile.max_ready_ms, g->max_ready_ms);
	unless_zero(&s.profile.max_stop_ms, g->max_stop_ms);
	unless_zero(&s.profile.max_cleanup_ms, g->max_cleanup_ms);
	unless_zero(&s.profile.retry_after_ms, g->after_ms);
	unless_zero(&s.profile.healthy_ms, g->healthy_ms);
	unless_zero(&s.profile.retry_max_ms, g->max_ms);
	return s;
}

static void over(void)
{
	if (begun)
		fake_end(&fake);
	begun = false;
}

static void begin(const struct given *services)
{
	struct spec specs[CAST];
	struct arcs arcs = { .count = 0 };

	over();
	for (cast_count = 0; services[cast_count].name != NULL; cast_count++)
		cast[cast_count] = services[cast_count];
	for (uint32_t i = 0; i < cast_count; i++) {
		specs[i] = spec_of(&cast[i]);
		arcs.from = i;
		add_arcs(&arcs, &cast[i]);
	}
	fake_begin(&fake, table_build(specs, cast_count, arcs.arc,
	                              arcs.count));
	begun = true;
	memset(told, 0, sizeof(told));
	fake_settle(&fake);
}

#define given(...) begin((const struct given[]){ __VA_ARGS__, { .name = NULL } })
#define service(...) { .name = __VA_ARGS__ }

/* When. After each event all must be quiet and sound. */

static void quiet(void)
{
	const char *wrong = fake.hold ? NULL : fake_check(&fake);

	if (wrong != NULL)
		fails("%s", wrong);
}

struct named {
	uint32_t service[CAST], count;
};

static void add_named(const char *name, void *of)
{
	struct named *n = of;

	n->service[n->count++] = who(name);
}

static void wish(const char *names, enum target target)
{
	struct named n = { .count = 0 };

	words(names, add_named, &n);
	fake_set_target(&fake, n.service, n.count, target);
	quiet();
}

static void up(const char *names)
{
	wish(names, TARGET_UP);
}

static void down(const char *names)
{
	wish(names, TARGET_DOWN);
}

static void restart(const char *names)
{
	wish(names, TARGET_RESTART);
}

static void once(const char *names)
{
	wish(names, TARGET_ONCE);
}

static void ready(const char *name)
{
	fake_ready(&fake, who(name));
	quiet();
}

static void says(const char *name, uint64_t more_ms)
{
	fake_says(&fake, who(name), more_ms);
	quiet();
}

static void exits(const char *name, int code)
{
	uint32_t i = who(name);

	if (fake.processes[i].pid == 0)
		fails("%s has no process that could end", name);
	fake_exits(&fake, i, code);
	quiet();
}

static void dies(const char *name, int signal)
{
	uint32_t i = who(name);

	if (fake.processes[i].pid == 0)
		fails("%s has no process that could die", name);
	fake_dies(&fake, i, signal);
	quiet();
}

/* Under a guard: processes of the program are still there when it ends. */
static void leaves_some(const char *name)
{
	fake.processes[who(name)].rest = true;
}

static void rest_ends(const char *name)
{
	fake_rest_ends(&fake, who(name));
	quiet();
}

static void daemonizes(const char *name)
{
	fake_daemonizes(&fake, who(name));
	quiet();
}

static void guard_is_killed(const char *name)
{
	fake_guard_dies(&fake, who(name));
	quiet();
}

static void reload(const char *name)
{
	fake_reload(&fake, who(name));
	quiet();
}

static void command_ends(const char *name, int code)
{
	uint32_t i = who(name);

	if (fake.processes[i].helper == 0)
		fails("%s has no command that could end", name);
	fake_helper_ends(&fake, i, (union ending){ .status = code,
	                                           .code = ENDING_EXITED });
	quiet();
}

/* From now on exec is done when execs() says so. */
static void exec_takes_time(void)
{
	fake.slow = true;
}

static void execs(const char *name)
{
	fake_exec(&fake, who(name));
	quiet();
}

static void program_is_missing(const char *name)
{
	fake.processes[who(name)].failure = 2;
}

static void is_skipped(const char *name)
{
	fake_skips(&fake, who(name));
	quiet();
}

static void time_passes(uint64_t ms)
{
	fake_tick(&fake, ms);
	quiet();
}

/* Another configuration takes over, by which it would be started in another
 * way. */
static void becomes_stale(const char *name)
{
	fake.records[who(name)].phase.stale = 1;
	fake_resume(&fake);
	quiet();
}

static void supervisord_is_killed(void)
{
	fake_resume(&fake);
	quiet();
}

/* Then */

static const char *const effect_said[EFFECTS] = {
	[EFFECT_NOTHING] = "nothing", [EFFECT_SET_UP] = "set-up",
	[EFFECT_RUN] = "run",         [EFFECT_SIGNAL] = "signal",
	[EFFECT_CLEAN_UP] = "clean-up", [EFFECT_KILL] = "kill",
	[EFFECT_DRAIN] = "drain",   [EFFECT_CHECK] = "check",
	[EFFECT_STARTED] = "started",
};

static void append(char *text, const char *word)
{
	size_t length = strlen(text);

	snprintf(text + length, TEXT - length, "%s%s", length > 0 ? " " : "",
	         word);
}

/* Its path: each state, and "(effect)" after it. */
static void path(const char *name, const char *want)
{
	uint32_t i = who(name);
	char is[TEXT] = "", effect[32];

	for (; told[i] < fake.moment_count; told[i]++) {
		const struct moment *m = &fake.moments[told[i]];

		if (m->service != i)
			continue;
		if (m->effect == EFFECT_NOTHING) {
			append(is, state_label[m->to]);
			continue;
		}
		snprintf(effect, sizeof(effect), "(%s)",
		         effect_said[m->effect]);
		append(is, effect);
	}
	if (strcmp(is, want) != 0)
		fails("%s went through '%s', not '%s'", name, is, want);
}

static void is(const char *names, const char *want);

static void is_one(const char *name, void *want)
{
	enum state state = (enum state)fake.records[who(name)].phase.state;

	if (strcmp(state_label[state], want) != 0)
		fails("%s is %s, not %s", name, state_label[state],
		      (const char *)want);
}

static void is(const char *names, const char *want)
{
	words(names, is_one, (void *)(uintptr_t)want);
}

static void target_is(const char *name, const char *want)
{
	uint32_t i = who(name);
	const char *label = target_label[fake.records[i].phase.target];

	if (strcmp(label, want) != 0)
		fails("the target of %s is %s, not %s", name, label, want);
}

static void attempt_is(const char *name, unsigned want)
{
	unsigned attempt = fake.records[who(name)].phase.attempt;

	if (attempt != want)
		fails("%s is at attempt %u, not %u", name, attempt, want);
}

static void lasts(const char *name, uint64_t want_ms)
{
	union phase phase = fake.records[who(name)].phase;
	uint64_t ms = fake.now_ms - phase_since_ms(phase, fake.now_ms);

	if (ms != want_ms)
		fails("%s is in its state for %u ms, not %u", name,
		      (unsigned)ms, (unsigned)want_ms);
}

static void busy_are(unsigned want)
{
	if (fake.world.busy != want)
		fails("%u are busy, not %u", fake.world.busy, want);
}

/* In how many milliseconds supervisord wakes up by itself. */
static void alarm_in(uint64_t ms)
{
	uint64_t due = due_next(&fake.world);

	if (due != fake.now_ms + ms)
		fails("the next alarm is in %lld ms, not in %llu",
		      (long long)(due - fake.now_ms), (unsigned long long)ms);
}

static void no_alarm(void)
{
	if (due_next(&fake.world) != NEVER_MS)
		fails("there is an alarm");
}

/* Going up */

static void wanted_starts(void)
{
	given(service("web"));
	is("web", "down");
	up("web");
	path("web", "waiting-to-start starting (run) up");
	attempt_is("web", 1);
}

static void start_called_off(void)
{
	given(service("net", .notify = true), service("web", .needs = "net"));
	up("web");
	is("web", "waiting-to-start");
	down("web");
	path("web", "waiting-to-start down");
	ready("net");
	path("web", "");
}

static void waits_for_need(void)
{
	given(service("net", .notify = true, .max_ready_ms = TABLE_FOREVER),
	      service("web", .needs = "net"));
	up("web");
	path("net", "waiting-to-start starting (run)");
	path("web", "waiting-to-start");
	no_alarm();
	ready("net");
	path("net", "up");
	path("web", "starting (run) up");
}

static void setup_before_run(void)
{
	given(service("web", .has = "setup run"));
	up("web");
	path("web", "waiting-to-start setting-up (set-up)");
	exits("web", 0);
	path("web", "starting (run) up");
	attempt_is("web", 1);
}

static void setup_only(void)
{
	given(service("mount", .has = "setup"));
	up("mount");
	path("mount", "waiting-to-start setting-up (set-up)");
	exits("mount", 0);
	path("mount", "up");
	down("mount");
	path("mount", "waiting-to-stop stopping (signal) down");
}

static void nothing_to_run(void)
{
	given(service("all", .has = "nothing"));
	up("all");
	path("all", "waiting-to-start up");
	down("all");
	path("all", "waiting-to-stop stopping (signal) down");
}

static void ready_when_it_says_so(void)
{
	given(service("web", .notify = true));
	up("web");
	path("web", "waiting-to-start starting (run)");
	ready("web");
	path("web", "up");
}

static void ready_is_forgotten(void)
{
	given(service("web", .notify = true));
	ready("web");
	up("web");
	is("web", "starting");
	ready("web");
	exits("web", 1);
	time_passes(SECOND);
	is("web", "starting");
}

static void runs_when_exec_is_done(void)
{
	given(service("web"));
	exec_takes_time();
	up("web");
	path("web", "waiting-to-start starting (run)");
	execs("web");
	path("web", "up");
}

static void ends_at_once(void)
{
	given(service("web"));
	exec_takes_time();
	up("web");
	exits("web", 0);
	path("web", "waiting-to-start starting (run) up retrying");
}

/* A set-up that does not end well */

static void setup_fails(void)
{
	given(service("web", .has = "setup run"));
	up("web");
	exits("web", 1);
	path("web", "waiting-to-start setting-up (set-up) retrying");
	time_passes(100);
	path("web", "waiting-to-start setting-up (set-up)");
	attempt_is("web", 2);
}

static void setup_fails_for_good(void)
{
	given(service("web", .has = "setup run", .attempts = 1));
	up("web");
	exits("web", 1);
	path("web", "waiting-to-start setting-up (set-up) failed");
	no_alarm();
}

static void setup_fails_cleans(void)
{
	given(service("web", .has = "setup run cleanup"));
	up("web");
	exits("web", 1);
	path("web", "waiting-to-start setting-up (set-up) cleaning-up "
	            "(clean-up)");
	exits("web", 0);
	path("web", "retrying");
	time_passes(100);
	path("web", "waiting-to-start setting-up (set-up)");
	exits("web", 1);
	path("web", "cleaning-up (clean-up)");
}

static void setup_hangs(void)
{
	given(service("web", .has = "setup run", .max_setup_ms = 500));
	up("web");
	time_passes(499);
	path("web", "waiting-to-start setting-up (set-up)");
	time_passes(1);
	path("web", "stopping (signal)");
	dies("web", SIGTERM);
	path("web", "retrying");
}

static void setup_stopped(void)
{
	given(service("web", .has = "setup run"));
	up("web");
	down("web");
	path("web", "waiting-to-start setting-up (set-up) stopping (signal)");
	dies("web", SIGTERM);
	path("web", "down");
}

/* Both before supervisord looks: the end, and the wish. */
static void setup_ended_as_stopped(void)
{
	given(service("web", .has = "setup run cleanup"));
	up("web");
	fake.processes[0].zombie = true;
	fake.processes[0].ending = (union ending){ .code = ENDING_EXITED };
	fake.records[0].phase.target = TARGET_DOWN;
	supervisord_is_killed();
	path("web", "waiting-to-start setting-up (set-up) stopping (signal) "
	            "cleaning-up (clean-up)");
	exits("web", 0);
	path("web", "down");
}

static void setup_not_begun(void)
{
	given(service("web", .has = "setup run cleanup"));
	fake.refuse = 1;
	up("web");
	is("web", "setting-up");
	down("web");
	path("web", "waiting-to-start setting-up (set-up) down");
	no_alarm();
}

/* A program that does not become ready */

static void start_fails(void)
{
	given(service("web"));
	program_is_missing("web");
	up("web");
	path("web", "waiting-to-start starting (run) retrying");
	time_passes(100);
	path("web", "waiting-to-start starting (run) retrying");
	attempt_is("web", 2);
}

static void start_fails_for_good(void)
{
	given(service("web", .attempts = 2));
	program_is_missing("web");
	up("web");
	time_passes(SECOND);
	path("web", "waiting-to-start starting (run) retrying "
	            "waiting-to-start starting (run) failed");
	no_alarm();
}

static void start_fails_cleans(void)
{
	given(service("web", .has = "run cleanup", .notify = true));
	up("web");
	exits("web", 1);
	path("web", "waiting-to-start starting (run) cleaning-up (clean-up)");
	exits("web", 0);
	path("web", "retrying");
}

static void start_hangs(void)
{
	given(service("web", .notify = true, .max_ready_ms = 500));
	up("web");
	time_passes(499);
	path("web", "waiting-to-start starting (run)");
	time_passes(1);
	path("web", "stopping (signal)");
}

static void start_stopped(void)
{
	given(service("web", .notify = true));
	up("web");
	down("web");
	path("web", "waiting-to-start starting (run) stopping (signal)");
	exits("web", 0);
	path("web", "down");
}

static void start_not_begun(void)
{
	given(service("web"));
	fake.refuse = 1;
	up("web");
	down("web");
	path("web", "waiting-to-start starting (run) stopping (signal) down");
	no_alarm();
}

/* Longer than the clock of the state. */
static void start_has_no_room(void)
{
	given(service("web", .notify = true, .max_ready_ms = 500));
	fake.refuse = 10;
	up("web");
	time_passes(900);
	is("web", "starting");
	lasts("web", 900);
	time_passes(100);
	lasts("web", 0);
	time_passes(499);
	is("web", "starting");
	time_passes(1);
	is("web", "stopping");
}

/* A program that ends */

static void crash_retries(void)
{
	given(service("web"));
	up("web");
	path("web", "waiting-to-start starting (run) up");
	dies("web", SIGSEGV);
	path("web", "retrying");
	time_passes(99);
	path("web", "");
	time_passes(1);
	path("web", "waiting-to-start starting (run) up");
}

static void crash_gives_up(void)
{
	given(service("web", .attempts = 2));
	up("web");
	dies("web", SIGSEGV);
	time_passes(100);
	dies("web", SIGSEGV);
	path("web", "waiting-to-start starting (run) up retrying "
	            "waiting-to-start starting (run) up failed");
	target_is("web", "up");
}

static void crash_cleans(void)
{
	given(service("web", .has = "run cleanup"));
	up("web");
	dies("web", SIGSEGV);
	path("web", "waiting-to-start starting (run) up cleaning-up "
	            "(clean-up)");
	exits("web", 1);
	path("web", "retrying");
	time_passes(100);
	path("web", "waiting-to-start starting (run) up");
}

static void delays_double(void)
{
	static const uint64_t delays[] = { 100, 200, 400, 500, 500 };

	given(service("web", .after_ms = 100, .max_ms = 500));
	up("web");
	for (int k = 0; k < 5; k++) {
		exits("web", 0);
		is("web", "retrying");
		alarm_in(delays[k]);
		time_passes(delays[k]);
		is("web", "up");
	}
}

static void delays_fixed(void)
{
	given(service("web", .retry = RETRY_KIND_FIXED, .after_ms = 300));
	up("web");
	for (int k = 0; k < 9; k++) {
		exits("web", 0);
		alarm_in(300);
		time_passes(300);
		is("web", "up");
	}
}

static void never_retried(void)
{
	given(service("web", .retry = RETRY_KIND_NEVER));
	up("web");
	time_passes(100 * SECOND);
	exits("web", 0);
	path("web", "waiting-to-start starting (run) up failed");
}

static void healthy_forgets(void)
{
	given(service("web", .attempts = 2));
	up("web");
	exits("web", 1);
	time_passes(100);
	attempt_is("web", 2);
	time_passes(10 * SECOND);
	exits("web", 1);
	is("web", "retrying");
	time_passes(100);
	attempt_is("web", 1);
	time_passes(10 * SECOND - 1);
	exits("web", 1);
	time_passes(100);
	exits("web", 1);
	is("web", "failed");
}

static void silent_fails(void)
{
	given(service("web", .watchdog_ms = 30 * SECOND));
	up("web");
	ready("web");
	says("web", 0);
	time_passes(30 * SECOND - 1);
	says("web", 0);
	time_passes(30 * SECOND - 1);
	path("web", "waiting-to-start starting (run) up");
	time_passes(1);
	path("web", "stopping (signal)");
	exits("web", 0);
	is("web", "retrying");
}

static void silent_since_up(void)
{
	given(service("web", .watchdog_ms = 3 * SECOND));
	up("web");
	says("web", 0);
	time_passes(4 * SECOND);
	is("web", "starting");
	ready("web");
	time_passes(3 * SECOND - 1);
	is("web", "up");
	time_passes(1);
	is("web", "stopping");
}

static void silent_before(void)
{
	given(service("web", .watchdog_ms = 3 * SECOND));
	up("web");
	ready("web");
	says("web", 0);
	exits("web", 1);
	time_passes(100);
	ready("web");
	no_alarm();
	is("web", "up");
}

static void silent_crash(void)
{
	given(service("web", .watchdog_ms = 3 * SECOND));
	up("web");
	ready("web");
	says("web", 0);
	time_passes(2 * SECOND);
	fake_resume(&fake);
	time_passes(SECOND - 1);
	is("web", "up");
	time_passes(1);
	is("web", "stopping");
}

static void more_time(void)
{
	given(service("web", .watchdog_ms = 300 * SECOND));
	up("web");
	says("web", 15 * SECOND);
	time_passes(15 * SECOND - 1);
	is("web", "starting");
	ready("web");
	down("web");
	says("web", 10 * SECOND);
	time_passes(10 * SECOND - 1);
	is("web", "stopping");
	time_passes(1);
	is("web", "force-down");
}

/* What checks it included. */
static void helpers_are(const char *name, unsigned want)
{
	unsigned helpers = fake.processes[who(name)].helpers;

	if (helpers != want)
		fails("%s had %u helpers, not %u", name, helpers, want);
}

static void checked(const char *name, bool well)
{
	fake_checked(&fake, who(name), well);
	quiet();
}

static void unhealthy_fails(void)
{
	given(service("web", .checked = true));
	up("web");
	path("web", "waiting-to-start starting (run) up (check)");
	checked("web", true);
	is("web", "up");
	checked("web", false);
	path("web", "stopping (signal)");
	if (!fake.processes[who("web")].helper_killed)
		fails("it is still checked");
	command_ends("web", 0);
	exits("web", 0);
	is("web", "retrying");
	time_passes(100);
	path("web", "retrying waiting-to-start starting (run) up (check)");
}

static void unhealthy_before(void)
{
	given(service("web", .checked = true, .max_stop_ms = 500));
	up("web");
	checked("web", false);
	command_ends("web", 0);
	exits("web", 1);
	time_passes(100);
	is("web", "up");
	supervisord_is_killed();
	is("web", "up");
}

static void check_ends(void)
{
	given(service("web", .checked = true));
	up("web");
	command_ends("web", 126);
	path("web", "waiting-to-start starting (run) up (check)");
	time_passes(CHECK_AGAIN_MS - 1);
	path("web", "");
	time_passes(1);
	path("web", "(check)");
	command_ends("web", 126);
	down("web");
	exits("web", 0);
	is("web", "down");
}

static void check_and_settle(void)
{
	given(service("web", .checked = true, .settle_ms = 5 * SECOND));
	up("web");
	path("web", "waiting-to-start starting (run) up (check)");
	alarm_in(5 * SECOND);
}

static void check_over_a_kill(void)
{
	given(service("web", .checked = true, .asks = true));
	up("web");
	supervisord_is_killed();
	helpers_are("web", 1);
	down("web");
	supervisord_is_killed();
	command_ends("web", 0);
	path("web", "waiting-to-start starting (run) up (check) "
	            "waiting-to-stop stopping (signal) (signal)");
	helpers_are("web", 2);
}

/* No service has been up for ever, not even after the longest time that a table
 * can say. */
static void healthy_never(void)
{
	given(service("web", .attempts = 1, .healthy_ms = TABLE_FOREVER));
	up("web");
	time_passes(UINT32_MAX);
	exits("web", 1);
	is("web", "failed");
}

static void done_once(void)
{
	given(service("job"));
	once("job");
	path("job", "waiting-to-start starting (run) up");
	target_is("job", "once");
	exits("job", 0);
	path("job", "down");
	target_is("job", "down");
}

#define timer(...) \
	service(__VA_ARGS__, .timed = true, .on_failure_only = true)

static void timer_waits(void)
{
	given(timer("job"));
	restart("job");
	is("job", "down");
	target_is("job", "restart");
	up("job");
	path("job", "waiting-to-start starting (run) up");
	exits("job", 0);
	path("job", "down");
	target_is("job", "restart");
	time_passes(UINT32_MAX);
	is("job", "down");
}

static void timer_once(void)
{
	given(timer("job", .has = "run cleanup"));
	once("job");
	exits("job", 0);
	exits("job", 0);
	is("job", "down");
	target_is("job", "restart");
}

static void timer_of_setup(void)
{
	given(timer("job", .has = "setup"));
	restart("job");
	up("job");
	path("job", "waiting-to-start setting-up (set-up)");
	exits("job", 0);
	path("job", "up down");
	target_is("job", "restart");
}

static void timer_fails(void)
{
	given(timer("job", .attempts = 1));
	restart("job");
	up("job");
	exits("job", 1);
	is("job", "failed");
	up("job");
	is("job", "up");
	exits("job", 0);
	target_is("job", "restart");
}

static void timer_asked_down(void)
{
	given(timer("job"));
	restart("job");
	down("job");
	target_is("job", "down");
	up("job");
	down("job");
	exits("job", 0);
	is("job", "down");
	target_is("job", "down");
}

static void timer_restarts(void)
{
	given(timer("job"));
	up("job");
	restart("job");
	is("job", "stopping");
	exits("job", 0);
	is("job", "down");
	target_is("job", "restart");
}

static void timer_lifted(void)
{
	given(service("all", .has = "nothing", .groups = "job other"), timer("job"),
	      timer("other"), service("web", .after = "job"));
	up("other");
	up("all web");
	is("job", "down");
	target_is("job", "restart");
	is("other", "up");
	target_is("other", "up");
	is("web", "up");
}

static void done_once_without(void)
{
	given(service("job", .has = "setup cleanup"));
	once("job");
	path("job", "waiting-to-start setting-up (set-up)");
	exits("job", 0);
	path("job", "up cleaning-up (clean-up)");
	exits("job", 0);
	path("job", "down");
	target_is("job", "down");
}

static void once_fails(void)
{
	given(service("job"));
	once("job");
	exits("job", 3);
	path("job", "waiting-to-start starting (run) up failed");
	target_is("job", "once");
}

static void skipped(void)
{
	given(service("web", .has = "run cleanup"));
	exec_takes_time();
	up("web");
	is_skipped("web");
	time_passes(SECOND);
	path("web", "waiting-to-start starting (run) skipped");
	target_is("web", "up");
	no_alarm();
}

static void skipped_setup(void)
{
	given(service("web", .has = "setup run cleanup"));
	up("web");
	is_skipped("web");
	path("web", "waiting-to-start setting-up (set-up) skipped");
	no_alarm();
}

static void skipped_guarded(void)
{
	given(service("web", .guarded = true));
	exec_takes_time();
	up("web");
	fake.processes[who("web")].failure = STEP_ONLY_IF << STEP_NUMBER;
	leaves_some("web");
	execs("web");
	path("web", "waiting-to-start starting (run) stopping (signal)");
	rest_ends("web");
	path("web", "skipped");
	no_alarm();
}

static void skipped_after_crash(void)
{
	given(service("web", .has = "run cleanup"));
	exec_takes_time();
	up("web");
	supervisord_is_killed();
	path("web", "waiting-to-start starting (run) up");
	is_skipped("web");
	path("web", "skipped");
}

static void skipped_need(void)
{
	given(service("web"), service("app", .needs = "web"),
	      service("tool", .wants = "web"));
	exec_takes_time();
	up("app");
	up("tool");
	path("app", "waiting-to-start");
	is_skipped("web");
	path("web", "waiting-to-start starting (run) skipped");
	path("app", "starting (run)");
	path("tool", "waiting-to-start starting (run)");
}

static void skipped_bond(void)
{
	given(service("web"), service("app", .binds = "web"));
	exec_takes_time();
	up("app");
	is_skipped("web");
	path("app", "waiting-to-start");
	no_alarm();
}

static void skipped_logger(void)
{
	given(service("log"), service("web", .logs = "log"));
	exec_takes_time();
	up("web");
	is_skipped("log");
	path("web", "waiting-to-start");
}

static void skipped_restart(void)
{
	given(service("net"), service("web", .needs = "net"));
	exec_takes_time();
	up("web");
	execs("net");
	is_skipped("web");
	restart("net");
	path("web", "waiting-to-start starting (run) skipped");
}

static void skipped_rival(void)
{
	given(service("web"), service("app", .conflicts = "web"));
	exec_takes_time();
	up("web");
	is_skipped("web");
	up("app");
	path("app", "waiting-to-start starting (run)");
}

static void skipped_down(void)
{
	given(service("web"));
	exec_takes_time();
	up("web");
	is_skipped("web");
	down("web");
	path("web", "waiting-to-start starting (run) skipped down");
}

static void skipped_again(void)
{
	given(service("web"));
	exec_takes_time();
	up("web");
	is_skipped("web");
	fake.processes[who("web")].failure = 0;
	up("web");
	execs("web");
	path("web", "waiting-to-start starting (run) skipped "
	            "waiting-to-start starting (run) up");
}

static void skipped_once(void)
{
	given(service("job"));
	exec_takes_time();
	once("job");
	is_skipped("job");
	path("job", "waiting-to-start starting (run) skipped");
	target_is("job", "once");
}

static void done_on_good_code(void)
{
	given(service("job", .on_failure_only = true, .good_code = true));
	up("job");
	exits("job", SPEC_CODE);
	path("job", "waiting-to-start starting (run) up down");
	target_is("job", "down");
}

static void last_code(void)
{
	given(service("web", .has = "run cleanup", .last_code = true));
	up("web");
	exits("web", SPEC_CODE);
	exits("web", 0);
	path("web", "waiting-to-start starting (run) up "
	            "cleaning-up (clean-up) failed");
	no_alarm();
}

static void abnormal_exit(void)
{
	given(service("web", .abnormal_only = true));
	up("web");
	exits("web", 1);
	path("web", "waiting-to-start starting (run) up failed");
}

static void abnormal_signal(void)
{
	given(service("web", .abnormal_only = true));
	up("web");
	dies("web", SIGSEGV);
	path("web", "waiting-to-start starting (run) up retrying");
}

static void abnormal_late(void)
{
	given(service("web", .abnormal_only = true, .notify = true,
	              .max_ready_ms = 1000));
	up("web");
	time_passes(SECOND);
	exits("web", 1);
	path("web", "waiting-to-start starting (run) stopping (signal) "
	            "retrying");
}

static void once_setup_fails(void)
{
	given(service("job", .has = "setup run"));
	once("job");
	exits("job", 3);
	path("job", "waiting-to-start setting-up (set-up) failed");
}

static void done_on_success(void)
{
	given(service("job", .on_failure_only = true));
	up("job");
	exits("job", 0);
	path("job", "waiting-to-start starting (run) up down");
	target_is("job", "down");
}

static void not_done_on_failure(void)
{
	given(service("job", .on_failure_only = true));
	up("job");
	dies("job", SIGKILL);
	path("job", "waiting-to-start starting (run) up retrying");
	target_is("job", "up");
}

static void done_and_cleaned(void)
{
	given(service("job", .has = "run cleanup"));
	once("job");
	exits("job", 0);
	path("job", "waiting-to-start starting (run) up cleaning-up "
	            "(clean-up)");
	exits("job", 1);
	path("job", "down");
	target_is("job", "down");
}

/* Both before supervisord looks: the end, and the wish. */
static void restart_is_not_lost(void)
{
	given(service("job", .on_failure_only = true));
	up("job");
	fake.processes[0].zombie = true;
	fake.processes[0].ending = (union ending){ .code = ENDING_EXITED };
	fake.records[0].phase.target = TARGET_RESTART;
	supervisord_is_killed();
	path("job", "waiting-to-start starting (run) up waiting-to-stop "
	            "stopping (signal) down waiting-to-start starting (run) "
	            "up");
	target_is("job", "up");
}

/* Going down */

static void stopped_by_signal(void)
{
	given(service("web"));
	up("web");
	down("web");
	path("web", "waiting-to-start starting (run) up waiting-to-stop "
	            "stopping (signal)");
	dies("web", SIGTERM);
	path("web", "down");
	target_is("web", "down");
	attempt_is("web", 0);
	no_alarm();
}

static void stop_cleans(void)
{
	given(service("web", .has = "run cleanup"));
	up("web");
	down("web");
	dies("web", SIGTERM);
	path("web", "waiting-to-start starting (run) up waiting-to-stop "
	            "stopping (signal) cleaning-up (clean-up)");
	exits("web", 0);
	path("web", "down");
}

static void stop_escalates(void)
{
	given(service("web", .max_stop_ms = 500));
	up("web");
	down("web");
	time_passes(499);
	path("web", "waiting-to-start starting (run) up waiting-to-stop "
	            "stopping (signal)");
	time_passes(1);
	path("web", "force-down (kill)");
	dies("web", SIGKILL);
	path("web", "down");
}

static void unstoppable(const char *name)
{
	down(name);
	time_passes(2 * SECOND);
	is(name, "force-down");
	time_passes(10 * SECOND - 1);
	is(name, "force-down");
	time_passes(1);
	is(name, "cannot-stop");
	no_alarm();
	time_passes(100 * SECOND);
}

static void cannot_stop(void)
{
	given(service("nfs"));
	up("nfs");
	unstoppable("nfs");
	path("nfs", "waiting-to-start starting (run) up waiting-to-stop "
	            "stopping (signal) force-down (kill) cannot-stop");
}

static void killed_cleans(void)
{
	given(service("web", .has = "run cleanup"));
	up("web");
	down("web");
	time_passes(2 * SECOND);
	dies("web", SIGKILL);
	path("web", "waiting-to-start starting (run) up waiting-to-stop "
	            "stopping (signal) force-down (kill) cleaning-up "
	            "(clean-up)");
}

static void unstoppable_ends(void)
{
	given(service("nfs"));
	up("nfs");
	unstoppable("nfs");
	dies("nfs", SIGKILL);
	is("nfs", "down");
	up("nfs");
	unstoppable("nfs");
	up("nfs");
	is("nfs", "cannot-stop");
	told[0] = fake.moment_count;
	dies("nfs", SIGKILL);
	path("nfs", "down waiting-to-start starting (run) up");
}

static void unstoppable_cleans(void)
{
	given(service("nfs", .has = "run cleanup"));
	up("nfs");
	unstoppable("nfs");
	told[0] = fake.moment_count;
	dies("nfs", SIGKILL);
	path("nfs", "cleaning-up (clean-up)");
	exits("nfs", 0);
	path("nfs", "down");
}

static void cleanup_hangs(void)
{
	given(service("web", .has = "run cleanup", .max_cleanup_ms = 500));
	up("web");
	exits("web", 1);
	told[0] = fake.moment_count;
	time_passes(499);
	is("web", "cleaning-up");
	time_passes(1);
	path("web", "force-down (kill)");
	dies("web", SIGKILL);
	path("web", "retrying");
}

static void cleanup_once(void)
{
	given(service("web", .has = "run cleanup"));
	up("web");
	down("web");
	exits("web", 0);
	time_passes(10 * SECOND);
	is("web", "force-down");
	told[0] = fake.moment_count;
	dies("web", SIGKILL);
	path("web", "down");
	up("web");
	down("web");
	exits("web", 0);
	path("web", "waiting-to-start starting (run) up waiting-to-stop "
	            "stopping (signal) cleaning-up (clean-up)");
}

static void stop_waits(void)
{
	given(service("net"), service("web", .needs = "net"));
	up("web");
	down("net");
	path("web", "waiting-to-start starting (run) up waiting-to-stop "
	            "stopping (signal)");
	path("net", "waiting-to-start starting (run) up waiting-to-stop");
	dies("web", SIGTERM);
	path("web", "down");
	path("net", "stopping (signal)");
	dies("net", SIGTERM);
	path("net", "down");
}

/* Services that need it hold it until no process of theirs is left. */
static void stop_waits_to_the_end(void)
{
	given(service("net"),
	      service("web", .has = "run cleanup", .needs = "net"));
	up("web");
	down("net");
	dies("web", SIGTERM);
	is("web", "cleaning-up");
	is("net", "waiting-to-stop");
	time_passes(10 * SECOND);
	is("web", "force-down");
	is("net", "waiting-to-stop");
	dies("web", SIGKILL);
	is("net", "stopping");
}

static void stop_waits_no_longer(void)
{
	given(service("net"), service("web", .needs = "net"));
	up("web");
	down("net");
	time_passes(12 * SECOND);
	is("web", "cannot-stop");
	is("net", "stopping");
}

static void stop_called_off(void)
{
	given(service("net"), service("web", .needs = "net"));
	up("web");
	told[0] = told[1] = fake.moment_count;
	down("net");
	is("net", "waiting-to-stop");
	up("net");
	path("net", "waiting-to-stop up");
	dies("web", SIGTERM);
	path("web", "waiting-to-stop stopping (signal) down");
	path("net", "");
}

static void dies_while_it_waits(void)
{
	given(service("net", .has = "run cleanup"), service("web", .needs = "net"));
	up("web");
	down("net");
	told[0] = fake.moment_count;
	exits("net", 0);
	path("net", "stopping (signal) cleaning-up (clean-up)");
	exits("net", 0);
	path("net", "down");
	is("web", "stopping");
}

/* Both before supervisord looks: the end, and the wish. */
static void dies_called_off(void)
{
	given(service("net"), service("web", .needs = "net"));
	up("web");
	down("net");
	told[0] = fake.moment_count;
	fake.processes[0].zombie = true;
	fake.processes[0].ending = (union ending){ .code = ENDING_EXITED };
	fake.records[0].phase.target = TARGET_UP;
	supervisord_is_killed();
	path("net", "stopping (signal) down waiting-to-start starting (run) "
	            "up");
}

/* Faults on the way down */

/* A start that hangs and must be stopped; at most so many attempts. */
static void hung_start(uint16_t attempts, const char *has)
{
	given(service("web", .notify = true, .attempts = attempts, .has = has));
	up("web");
	time_passes(10 * SECOND);
	is("web", "stopping");
	told[0] = fake.moment_count;
}

static void hung_start_retries(void)
{
	hung_start(2, "run");
	dies("web", SIGTERM);
	path("web", "retrying");
	time_passes(100);
	path("web", "waiting-to-start starting (run)");
	time_passes(10 * SECOND);
	down("web");
	dies("web", SIGTERM);
	path("web", "stopping (signal) down");
}

static void hung_start_fails(void)
{
	hung_start(1, "run");
	dies("web", SIGTERM);
	path("web", "failed");
}

static void killed_retries(void)
{
	hung_start(2, "run");
	time_passes(2 * SECOND);
	dies("web", SIGKILL);
	path("web", "force-down (kill) retrying");
}

static void killed_fails(void)
{
	hung_start(1, "run");
	time_passes(2 * SECOND);
	dies("web", SIGKILL);
	path("web", "force-down (kill) failed");
}

static void unstoppable_retries(void)
{
	hung_start(2, "run");
	time_passes(12 * SECOND);
	is("web", "cannot-stop");
	dies("web", SIGKILL);
	path("web", "force-down (kill) cannot-stop retrying");
}

static void unstoppable_fails(void)
{
	hung_start(1, "run");
	time_passes(12 * SECOND);
	is("web", "cannot-stop");
	dies("web", SIGKILL);
	path("web", "force-down (kill) cannot-stop failed");
}

static void cleaned_fails(void)
{
	hung_start(1, "run cleanup");
	dies("web", SIGTERM);
	path("web", "cleaning-up (clean-up)");
	exits("web", 0);
	path("web", "failed");
}

/* Trying again */

static void retry_called_off(void)
{
	given(service("web"));
	up("web");
	exits("web", 1);
	told[0] = fake.moment_count;
	down("web");
	path("web", "down");
	no_alarm();
	time_passes(SECOND);
	path("web", "");
}

static void retry_now(void)
{
	given(service("web"));
	up("web");
	exits("web", 1);
	told[0] = fake.moment_count;
	up("web");
	path("web", "waiting-to-start starting (run) up");
	attempt_is("web", 1);
}

static void failed_goes_down(void)
{
	given(service("web", .retry = RETRY_KIND_NEVER));
	up("web");
	exits("web", 1);
	is("web", "failed");
	told[0] = fake.moment_count;
	down("web");
	path("web", "down");
}

static void failed_goes_up(void)
{
	given(service("web", .attempts = 2));
	up("web");
	exits("web", 1);
	time_passes(100);
	exits("web", 1);
	is("web", "failed");
	told[0] = fake.moment_count;
	up("web");
	path("web", "waiting-to-start starting (run) up");
	exits("web", 1);
	path("web", "retrying");
}

static void up_while_it_stops(void)
{
	given(service("web", .has = "run cleanup"));
	up("web");
	down("web");
	told[0] = fake.moment_count;
	up("web");
	is("web", "stopping");
	dies("web", SIGTERM);
	path("web", "cleaning-up (clean-up)");
	exits("web", 0);
	path("web", "down waiting-to-start starting (run) up");
}

static void up_again(void)
{
	given(service("net"), service("time"), service("log"),
	      service("web", .needs = "net", .wants = "time", .logs = "log"),
	      service("all", .has = "nothing", .groups = "web time"));
	up("all");
	is("net time log web all", "up");
	up("all");
	up("web");
	is("net time log web all", "up");
	target_is("net", "up");
	target_is("time", "up");
	target_is("log", "up");
}

static void restart_story(void)
{
	given(service("web"));
	up("web");
	told[0] = fake.moment_count;
	restart("web");
	target_is("web", "restart");
	path("web", "waiting-to-stop stopping (signal)");
	dies("web", SIGTERM);
	path("web", "down waiting-to-start starting (run) up");
	target_is("web", "up");
}

static void restart_of_down(void)
{
	given(service("web"));
	restart("web");
	path("web", "waiting-to-start starting (run) up");
	target_is("web", "up");
}

static void restart_of_failed(void)
{
	given(service("net", .notify = true),
	      service("web", .needs = "net", .retry = RETRY_KIND_NEVER));
	up("web");
	told[1] = fake.moment_count;
	restart("web");
	target_is("web", "up");
	path("web", "");
	ready("net");
	exits("web", 1);
	path("web", "starting (run) up failed");
	restart("web");
	target_is("web", "up");
	path("web", "waiting-to-start starting (run) up");
}

static void restart_spreads(void)
{
	given(service("net"),
	      service("a", .has = "setup run", .needs = "net"),
	      service("b", .notify = true, .needs = "net"),
	      service("c", .has = "run cleanup", .needs = "net"));
	up("a b c");
	exits("c", 1);
	is("c", "cleaning-up");
	restart("net");
	target_is("a", "restart");
	target_is("b", "restart");
	target_is("c", "restart");
	is("a b", "stopping");
	is("net", "waiting-to-stop");
	dies("a", SIGTERM);
	is("a", "waiting-to-start");
	dies("b", SIGTERM);
	is("net", "waiting-to-stop");
	exits("c", 0);
	dies("net", SIGTERM);
	is("net c", "up");
	is("a", "setting-up");
	is("b", "starting");
}

static void restart_spares(void)
{
	given(service("net"),
	      service("tun", .notify = true),
	      service("a", .binds = "net", .needs = "tun"),
	      service("b", .binds = "net"),
	      service("c", .binds = "net", .retry = RETRY_KIND_NEVER));
	up("a b c");
	exits("b", 1);
	exits("c", 1);
	told[0] = told[2] = told[3] = told[4] = fake.moment_count;
	restart("net");
	path("a", "");
	path("b", "");
	path("c", "");
	path("net", "waiting-to-stop stopping (signal)");
	target_is("a", "up");
	target_is("b", "up");
	target_is("c", "up");
}

/* Dependencies */

static void bound_falls(void)
{
	given(service("net"), service("vpn", .binds = "net"));
	up("vpn");
	told[0] = told[1] = fake.moment_count;
	exits("net", 1);
	path("net", "retrying");
	path("vpn", "waiting-to-stop stopping (signal)");
	dies("vpn", SIGTERM);
	path("vpn", "down waiting-to-start");
	time_passes(100);
	path("net", "waiting-to-start starting (run) up");
	path("vpn", "starting (run) up");
	target_is("vpn", "up");
}

static void bound_setup(void)
{
	given(service("net"),
	      service("a", .has = "setup run", .binds = "net"),
	      service("b", .notify = true, .binds = "net"));
	up("a b");
	told[1] = told[2] = fake.moment_count;
	exits("net", 1);
	path("a", "stopping (signal)");
	path("b", "stopping (signal)");
	dies("a", SIGTERM);
	dies("b", SIGTERM);
	path("a", "down waiting-to-start");
	path("b", "down waiting-to-start");
}

static void bound_in_time(void)
{
	given(service("net"),
	      service("vpn", .binds = "net"),
	      service("job", .needs = "vpn"));
	up("job");
	told[1] = told[2] = fake.moment_count;
	/* A need is not a bond: its loss stops no service that is wanted. */
	exits("net", 1);
	path("vpn", "waiting-to-stop stopping (signal)");
	path("job", "");
	time_passes(100);
	is("net", "up");
	dies("vpn", SIGTERM);
	path("vpn", "down waiting-to-start starting (run) up");
	path("job", "");
}

static void needed_may_die(void)
{
	given(service("net"), service("web", .needs = "net"));
	up("web");
	told[1] = fake.moment_count;
	exits("net", 1);
	is("net", "retrying");
	path("web", "");
	time_passes(100);
	is("net", "up");
	path("web", "");
}

static void binds_waits(void)
{
	given(service("net"), service("vpn", .binds = "net"));
	up("vpn");
	told[0] = told[1] = fake.moment_count;
	restart("net");
	path("net", "waiting-to-stop");
	path("vpn", "waiting-to-stop stopping (signal)");
	up("vpn");
	is("vpn", "stopping");
	restart("net");
	is("net", "waiting-to-stop");
	dies("vpn", SIGTERM);
	is("net", "stopping");
}

static void needed_has_failed(void)
{
	given(service("net", .retry = RETRY_KIND_NEVER),
	      service("a", .needs = "net"), service("b", .binds = "net"),
	      service("c", .logs = "net"));
	program_is_missing("net");
	up("a b c");
	is("net", "failed");
	is("a b c", "waiting-to-start");
}

static void needed_stays_up(void)
{
	given(service("net"), service("a", .needs = "net"),
	      service("b", .binds = "net"), service("c", .wants = "net"),
	      service("d", .after = "net"));
	up("a b c d");
	is("net a b c d", "up");
	target_is("net", "up");
	down("a b c d");
	is("a b c d", "stopping");
	is("net", "up");
	target_is("net", "up");
}

/* The middle is wanted, but has lost its bond; so is the top, which stops
 * first all the same. */
static void bound_chain(void)
{
	given(service("dev"), service("net", .binds = "dev"),
	      service("vpn", .binds = "net"));
	up("vpn");
	exits("dev", 1);
	is("vpn", "stopping");
	is("net", "waiting-to-stop");
	target_is("vpn", "up");
	dies("vpn", SIGTERM);
	is("vpn", "waiting-to-start");
	is("net", "stopping");
	dies("net", SIGTERM);
	is("net", "waiting-to-start");
	time_passes(100);
	is("dev net vpn", "up");
	down("dev");
	target_is("net", "down");
	target_is("vpn", "down");
}

static void wants_settles(void)
{
	given(service("time", .attempts = 1), service("web", .wants = "time"));
	program_is_missing("time");
	up("web");
	is("time", "failed");
	is("web", "up");
	target_is("time", "up");
	down("web");
	dies("web", SIGTERM);
	is("time", "failed");
	down("time");
	is("time", "down");
}

static void wants_waits(void)
{
	given(service("time", .notify = true), service("web", .wants = "time"),
	      service("late", .after = "time"));
	up("web late");
	is("time", "starting");
	is("web late", "waiting-to-start");
	ready("time");
	is("web late", "up");
}

/* Also while its processes are still being ended, and while the next attempt is
 * under way. */
static void wants_waits_no_longer(void)
{
	given(service("time", .notify = true, .max_ready_ms = 5 * SECOND,
	              .has = "run cleanup"),
	      service("web", .wants = "time"), service("late", .after = "time"),
	      service("more", .wants = "time"));
	up("web late");
	is("web late", "waiting-to-start");
	time_passes(5 * SECOND);
	is("time", "stopping");
	is("web late", "up");
	dies("time", SIGTERM);
	is("time", "cleaning-up");
	down("web");
	dies("web", SIGTERM);
	exits("time", 0);
	is("time", "retrying");
	time_passes(100);
	is("time", "starting");
	attempt_is("time", 2);
	supervisord_is_killed();
	down("late");
	dies("late", SIGTERM);
	up("late");
	is("late", "up");
}

static void wants_waits_again(void)
{
	given(service("time", .notify = true, .healthy_ms = 10 * SECOND),
	      service("web", .wants = "time"), service("late", .after = "time"));
	up("time");
	exits("time", 1);
	is("time", "retrying");
	up("web late");
	is("time", "starting");
	attempt_is("time", 1);
	is("web late", "waiting-to-start");
	ready("time");
	is("web late", "up");
	down("late");
	dies("late", SIGTERM);
	time_passes(10 * SECOND);
	exits("time", 1);
	is("time", "retrying");
	time_passes(100);
	is("time", "starting");
	attempt_is("time", 1);
	up("late");
	is("late", "waiting-to-start");
	exits("time", 1);
	is("late", "up");
}

static void wants_bond(void)
{
	given(service("net"), service("time", .binds = "net"),
	      service("late", .after = "time"));
	up("time");
	is("time", "up");
	exits("net", 1);
	is("time", "stopping");
	up("late");
	is("late", "waiting-to-start");
	dies("time", SIGTERM);
	is("late", "waiting-to-start");
	time_passes(100);
	is("time late", "up");
}

static void wants_stops_after(void)
{
	given(service("time"), service("web", .wants = "time"));
	up("web");
	is("time web", "up");
	down("time web");
	is("web", "stopping");
	is("time", "waiting-to-stop");
	dies("web", SIGTERM);
	is("time", "stopping");
	dies("time", SIGTERM);
	up("web");
	is("time web", "up");
	down("time");
	is("time", "stopping");
	is("web", "up");
	unstoppable("time");
	restart("web");
	dies("web", SIGTERM);
	is("web", "up");
}

static void settle_before_needed(void)
{
	given(service("db", .settle_ms = 2 * SECOND),
	      service("web", .needs = "db"), service("app", .binds = "db"),
	      service("job", .wants = "db"), service("late", .after = "db"),
	      service("text", .logs = "db"), service("rival", .conflicts = "db"));
	up("web app job late text");
	is("db", "up");
	is("web app job late text", "waiting-to-start");
	time_passes(2 * SECOND - 1);
	is("web app job late text", "waiting-to-start");
	time_passes(1);
	is("web app job late text", "up");
	down("db");
	dies("web", SIGTERM);
	dies("app", SIGTERM);
	dies("text", SIGTERM);
	up("rival");
	is("rival", "waiting-to-start");
	dies("db", SIGTERM);
	is("rival", "up");
}

/* The rest of the time counts for a new supervisord, too. */
static void settle_anew(void)
{
	given(service("db", .settle_ms = 2 * SECOND),
	      service("web", .needs = "db"), service("job", .wants = "db"));
	up("web job");
	time_passes(SECOND);
	exits("db", 1);
	is("db", "retrying");
	is("web", "waiting-to-start");
	is("job", "up");
	time_passes(100);
	is("db", "up");
	time_passes(SECOND);
	supervisord_is_killed();
	is("web", "waiting-to-start");
	time_passes(SECOND - 1);
	is("web", "waiting-to-start");
	time_passes(1);
	is("web", "up");
	exits("db", 1);
	time_passes(200);
	is("db web", "up");
	restart("web");
	dies("web", SIGTERM);
	is("web", "waiting-to-start");
	time_passes(2 * SECOND);
	is("web", "up");
	restart("db");
	dies("web", SIGTERM);
	dies("db", SIGTERM);
	is("db", "up");
	is("web", "waiting-to-start");
	time_passes(SECOND);
	down("web");
	up("web");
	time_passes(SECOND);
	is("web", "up");
}

static void settle_keeps(void)
{
	given(service("db", .settle_ms = 2 * SECOND),
	      service("web", .binds = "db"));
	up("web");
	time_passes(2 * SECOND);
	is("web", "up");
	fake.records[who("db")].phase.since_low_ms = fake.now_ms;
	supervisord_is_killed();
	is("web", "up");
	exits("db", 1);
	is("web", "stopping");
	dies("web", SIGTERM);
	time_passes(100);
	is("db", "up");
	is("web", "waiting-to-start");
	time_passes(2 * SECOND);
	is("web", "up");
}

static void settle_is_no_clock(void)
{
	given(service("db", .settle_ms = 2 * SECOND),
	      service("web", .needs = "db"));
	up("db");
	if (fake.world.passing != 0)
		fails("%u services are passing", fake.world.passing);
	down("db");
	is("db", "stopping");
	dies("db", SIGTERM);
	is("db", "down");
	busy_are(0);
	up("web");
	time_passes(SECOND);
	down("db");
	dies("db", SIGTERM);
	is("db web", "down");
}

static void after_spreads_nothing(void)
{
	given(service("disk"), service("web", .after = "disk"));
	up("disk");
	up("web");
	is("disk web", "up");
	target_is("disk", "up");
	down("web");
	target_is("disk", "up");
}

static void after_orders(void)
{
	after_spreads_nothing();
	given(service("disk", .notify = true), service("web", .after = "disk"));
	up("web");
	is("disk", "down");
	is("web", "up");
	down("web");
	dies("web", SIGTERM);
	up("disk web");
	is("disk", "starting");
	is("web", "waiting-to-start");
	ready("disk");
	is("web", "up");
	down("web");
	dies("web", SIGTERM);
	down("disk");
	is("disk", "stopping");
	up("web");
	is("web", "waiting-to-start");
	dies("disk", SIGTERM);
	is("web", "up");
}

static void after_stops_before(void)
{
	given(service("disk"), service("web", .after = "disk"));
	up("disk web");
	down("disk web");
	is("web", "stopping");
	is("disk", "waiting-to-stop");
	dies("web", SIGTERM);
	is("disk", "stopping");
	dies("disk", SIGTERM);
	up("disk web");
	down("disk");
	is("disk", "stopping");
	is("web", "up");
}

static void follows_falls(void)
{
	given(service("bus"), service("panel", .follows = "bus"));
	up("panel");
	is("panel", "up");
	is("bus", "down");
	up("bus");
	is("panel bus", "up");
	restart("bus");
	is("panel bus", "stopping");
	dies("panel", SIGTERM);
	is("panel", "up");
	is("bus", "stopping");
	dies("bus", SIGTERM);
	is("panel bus", "up");
	down("bus");
	is("panel bus", "stopping");
	dies("bus", SIGTERM);
	dies("panel", SIGTERM);
	is("panel bus", "down");
	target_is("panel", "down");
	up("bus");
	is("panel", "down");
}

static void follows_apart(void)
{
	given(service("bus", .notify = true), service("panel", .follows = "bus"),
	      service("all", .has = "nothing", .groups = "bus"));
	up("bus");
	is("bus", "starting");
	up("panel");
	is("panel", "up");
	ready("bus");
	exits("bus", 1);
	is("bus", "retrying");
	is("panel", "up");
	down("panel");
	dies("panel", SIGTERM);
	is("bus", "retrying");
	time_passes(100);
	ready("bus");
	up("all panel");
	restart("panel");
	is("panel", "stopping");
	is("bus", "up");
	dies("panel", SIGTERM);
	becomes_stale("panel");
	down("all");
	is("bus panel", "stopping");
}

static void requires_waits(void)
{
	given(service("bus", .notify = true),
	      service("panel", .requires_up = "bus"));
	up("panel");
	is("bus", "down");
	is("panel", "waiting-to-start");
	up("bus");
	is("panel", "waiting-to-start");
	exits("bus", 1);
	is("panel", "waiting-to-start");
	time_passes(100);
	ready("bus");
	is("bus panel", "up");
	down("panel");
	dies("panel", SIGTERM);
	is("bus", "up");
	up("panel");
	is("bus panel", "up");
}

static void requires_falls(void)
{
	given(service("disk"), service("bus", .binds = "disk"),
	      service("panel", .requires_up = "bus"),
	      service("all", .has = "nothing", .groups = "bus"));
	up("all panel");
	is("bus panel", "up");
	exits("disk", 1);
	is("bus", "stopping");
	is("panel", "up");
	dies("bus", SIGTERM);
	time_passes(100);
	is("bus panel", "up");
	exits("bus", 1);
	is("panel", "up");
	time_passes(100);
	restart("bus");
	is("panel", "stopping");
	is("bus", "waiting-to-stop");
	dies("panel", SIGTERM);
	is("panel", "waiting-to-start");
	is("bus", "stopping");
	dies("bus", SIGTERM);
	is("bus panel", "up");
	down("all");
	is("panel", "stopping");
	is("bus", "waiting-to-stop");
	dies("panel", SIGTERM);
	is("bus", "stopping");
	dies("bus", SIGTERM);
	is("bus panel", "down");
	target_is("panel", "down");
}

static void requires_skipped(void)
{
	given(service("web"), service("app", .requires_up = "web"));
	exec_takes_time();
	up("app");
	up("web");
	is_skipped("web");
	path("app", "waiting-to-start");
}

static void reload_with_alone(void)
{
	given(service("bus", .notify = true),
	      service("panel", .reload_with = "bus"));
	up("panel");
	is("panel", "up");
	is("bus", "down");
	down("panel");
	dies("panel", SIGTERM);
	up("bus");
	up("panel");
	is("bus", "starting");
	is("panel", "up");
	ready("bus");
	down("panel");
	dies("panel", SIGTERM);
	is("bus", "up");
	up("panel");
	is("bus panel", "up");
	down("bus");
	is("panel", "up");
	is("bus", "stopping");
	dies("bus", SIGTERM);
	up("bus");
	ready("bus");
	becomes_stale("panel");
	down("bus panel");
	is("bus panel", "stopping");
}

static void conflict_goes_first(void)
{
	given(service("apache", .has = "run cleanup"),
	      service("nginx", .conflicts = "apache"));
	up("apache");
	target_is("nginx", "down");
	up("nginx");
	target_is("apache", "down");
	is("apache", "stopping");
	is("nginx", "waiting-to-start");
	dies("apache", SIGTERM);
	is("apache", "cleaning-up");
	is("nginx", "waiting-to-start");
	exits("apache", 0);
	is("apache", "down");
	is("nginx", "up");
	up("apache");
	is("nginx", "stopping");
	is("apache", "waiting-to-start");
	dies("nginx", SIGTERM);
	is("apache", "up");
	up("nginx");
	unstoppable("apache");
	is("nginx", "waiting-to-start");
	dies("apache", SIGKILL);
	exits("apache", 0);
	is("nginx", "up");
}

static void conflict_waits(void)
{
	given(service("apache"), service("nginx", .conflicts = "apache"));
	up("apache nginx");
	is("apache", "up");
	is("nginx", "waiting-to-start");
	exits("apache", 1);
	is("apache", "retrying");
	is("nginx", "waiting-to-start");
	time_passes(100);
	is("apache", "waiting-to-start");
	is("nginx", "up");
}

static void conflict_retrying(void)
{
	given(service("apache", .attempts = 1), service("nginx", .conflicts = "apache"));
	up("apache nginx");
	exits("apache", 1);
	is("apache", "failed");
	is("nginx", "up");
}

static void group_rises(void)
{
	given(service("all", .has = "nothing", .groups = "net web"),
	      service("net", .notify = true),
	      service("web"));
	up("all");
	is("all web", "up");
	is("net", "starting");
	down("all");
	is("net web", "stopping");
	is("all", "down");
	dies("web", SIGTERM);
	dies("net", SIGTERM);
	once("all");
	target_is("all", "down"); /* it has nothing to do itself */
	target_is("web", "once");
}

static void group_falls(void)
{
	given(service("all", .has = "nothing", .groups = "net web"),
	      service("net"),
	      service("web", .needs = "net"),
	      service("more", .has = "nothing", .groups = "net"));
	up("all");
	is("all net web", "up");
	down("all");
	is("all", "down");
	is("web", "stopping");
	is("net", "waiting-to-stop");
	dies("web", SIGTERM);
	dies("net", SIGTERM);
	is("net web", "down");
	up("all more");
	down("all");
	dies("web", SIGTERM);
	is("net", "up");
	restart("more");
	is("net", "stopping");
	dies("net", SIGTERM);
	is("net more", "up");
	becomes_stale("more");
	down("net");
	is("net", "stopping");
}

static void group_of_its_own(void)
{
	given(service("all", .groups = "net"), service("net"));
	up("net");
	up("all");
	is("all", "up");
	down("all");
	is("all net", "stopping");
	dies("net", SIGTERM);
	dies("all", SIGTERM);
	up("all");
	is("all net", "up");
	restart("all");
	is("all net", "stopping");
}

static void group_and_one_member(void)
{
	given(service("all", .groups = "net web"), service("net"),
	      service("web"));
	up("all");
	down("net");
	is("all web", "up");
	is("net", "stopping");
	target_is("all", "up");
	restart("web");
	is("web", "stopping");
	is("all", "up");
}

static void logger_first(void)
{
	given(service("log", .notify = true), service("web", .logs = "log"));
	up("web");
	is("log", "starting");
	is("web", "waiting-to-start");
	ready("log");
	is("web", "up");
	down("web");
	target_is("log", "down");
	is("log", "waiting-to-stop");
	dies("web", SIGTERM);
	is("log", "draining");
	dies("log", SIGTERM);
	is("log web", "down");
}

static void logger_drains(void)
{
	given(service("log"), service("web", .logs = "log"));
	up("web");
	told[0] = fake.moment_count;
	down("web");
	dies("web", SIGTERM);
	path("log", "waiting-to-stop draining (drain)");
	exits("log", 0);
	path("log", "stopping (signal) down");
}

static void logger_drains_late(void)
{
	given(service("log"), service("web", .logs = "log"));
	up("web");
	down("web");
	dies("web", SIGTERM);
	told[0] = fake.moment_count;
	alarm_in(2000);
	time_passes(2000);
	path("log", "stopping (signal)");
	alarm_in(2000);
	time_passes(2000);
	path("log", "force-down (kill)");
}

static void logger_drains_for_ever(void)
{
	given(service("log", .max_stop_ms = TABLE_FOREVER),
	      service("web", .logs = "log"));
	up("web");
	down("web");
	dies("web", SIGTERM);
	is("log", "draining");
	alarm_in(10 * SECOND);
	time_passes(10 * SECOND);
	is("log", "stopping");
	no_alarm();
}

static void logger_drains_on(void)
{
	given(service("log"), service("web", .logs = "log"));
	up("web");
	restart("log");
	is("log", "waiting-to-stop");
	dies("web", SIGTERM);
	is("log", "draining");
	told[0] = fake.moment_count;
	up("log");
	path("log", "");
	exits("log", 0);
	path("log", "stopping (signal) down waiting-to-start starting (run) "
	     "up");
	is("web", "up");
}

static void logger_drains_after_a_kill(void)
{
	given(service("log"), service("web", .logs = "log"));
	up("web");
	down("web");
	dies("web", SIGTERM);
	is("log", "draining");
	time_passes(500);
	fake.processes[0].drains = false;
	supervisord_is_killed();
	is("log", "draining");
	alarm_in(1500);
}

static void loggers_drain_in_turn(void)
{
	given(service("disk"), service("last", .logs = "disk"),
	      service("web", .logs = "last"));
	up("web");
	down("disk");
	dies("web", SIGTERM);
	is("last", "draining");
	is("disk", "waiting-to-stop");
	busy_are(2);
	exits("last", 0);
	is("disk", "draining");
	exits("disk", 0);
	is("disk last web", "down");
}

static void logger_leaves_some(void)
{
	given(service("log", .guarded = true), service("web", .logs = "log"));
	up("web");
	down("web");
	dies("web", SIGTERM);
	told[0] = fake.moment_count;
	leaves_some("log");
	exits("log", 0);
	path("log", "stopping (signal)");
	rest_ends("log");
	path("log", "down");
}

static void logger_is_bound(void)
{
	given(service("disk"), service("log", .binds = "disk"),
	      service("web", .logs = "log"));
	up("web");
	exits("disk", 1);
	is("log", "stopping");
	is("web", "up");
	target_is("web", "up");
}

static void loggers_end(void)
{
	given(service("log"), service("web", .logs = "log"));
	up("web");
	told[0] = told[1] = fake.moment_count;
	exits("log", 1);
	path("web", "");
	time_passes(100);
	path("log", "retrying waiting-to-start starting (run) up");
	down("log");
	target_is("web", "down");
	path("web", "waiting-to-stop stopping (signal)");
	path("log", "waiting-to-stop");
}

static void lent_means_nothing(void)
{
	given(service("log", .notify = true), service("web", .lent = "log"));
	up("web");
	is("web", "up");
	target_is("log", "down");
	down("web");
	dies("web", SIGTERM);
	up("log");
	is("log", "starting");
	up("web");
	is("web", "up");
	target_is("log", "up");
	ready("log");
	down("web");
	target_is("log", "up");
	dies("web", SIGTERM);
	up("web");
	is("web", "up");
	down("log");
	is("log", "stopping");
	is("web", "up");
	target_is("web", "up");
}

static void lent_until_restarted(void)
{
	given(service("log"), service("web", .lent = "log"));
	up("log web");
	becomes_stale("web");
	down("log");
	is("log", "waiting-to-stop");
	is("web", "up");
	supervisord_is_killed();
	is("log", "waiting-to-stop");
	restart("web");
	is("web", "stopping");
	is("log", "waiting-to-stop");
	dies("web", SIGTERM);
	is("web", "up");
	is("log", "stopping");
	dies("log", SIGTERM);
	is("log", "down");
}

/* Values that users and others read */

static void in_vain_for(const char *name, const char *want)
{
	uint32_t failed = hopeless_for(&fake.world, who(name));

	if (failed != (want != NULL ? who(want) : TABLE_NONE))
		fails("%s waits in vain for %u, not for %s", name, failed,
		      want != NULL ? want : "none");
}

/* "other" waits too, but for what a user has put down. */
static void waits_in_vain(void)
{
	given(service("net", .attempts = 1), service("spare"),
	      service("other", .needs = "spare"),
	      service("base", .needs = "other net"),
	      service("web", .needs = "base", .wants = "net"),
	      service("log", .wants = "net"));
	program_is_missing("net");
	up("web");
	up("log");
	down("spare");
	up("base");
	is("net", "failed");
	in_vain_for("log", NULL);
	in_vain_for("other", NULL);
	up("web");
	is("web", "waiting-to-start");
	in_vain_for("web", "net");
	in_vain_for("base", "net");
}

static void waits_in_hope(void)
{
	given(service("net"), service("web", .needs = "net"));
	program_is_missing("net");
	up("web");
	is("net", "retrying");
	is("web", "waiting-to-start");
	in_vain_for("web", NULL);
	down("net");
	in_vain_for("web", NULL);
}

static void busy(void)
{
	given(service("a", .retry = RETRY_KIND_NEVER), service("b", .needs = "a"),
	      service("c", .has = "setup run cleanup", .notify = true));
	busy_are(0);
	up("c");
	busy_are(1);
	exits("c", 0);
	busy_are(1);
	ready("c");
	busy_are(1);
	down("c");
	busy_are(1);
	exits("c", 0);
	is("c", "cleaning-up");
	busy_are(1);
	time_passes(10 * SECOND);
	is("c", "force-down");
	busy_are(1);
	dies("c", SIGKILL);
	busy_are(0);
	up("b");
	busy_are(2);
	exits("a", 1);
	is("a", "failed");
	busy_are(1);
	down("b");
	busy_are(1);
	unstoppable("b");
	busy_are(0);
}

static void busy_while_waiting(void)
{
	given(service("a", .notify = true), service("b", .needs = "a"));
	up("b");
	is("b", "waiting-to-start");
	busy_are(2);
	exits("a", 1);
	is("a", "retrying");
	busy_are(2);
	time_passes(100);
	ready("a");
	is("a b", "up");
	down("a");
	is("a", "waiting-to-stop");
	busy_are(2);
	dies("b", SIGTERM);
	busy_are(1);
}

static void settled_is(enum state state, bool want)
{
	if (state_settled(state) != want)
		fails("%s is %ssettled", state_label[state],
		      want ? "not " : "");
}

static void settled(void)
{
	busy_while_waiting();
	settled_is(STATE_DOWN, true);
	settled_is(STATE_WAITING_TO_START, false);
	settled_is(STATE_SETTING_UP, false);
	settled_is(STATE_STARTING, false);
	settled_is(STATE_UP, true);
	settled_is(STATE_WAITING_TO_STOP, false);
	settled_is(STATE_DRAINING, false);
	settled_is(STATE_STOPPING, false);
	settled_is(STATE_CLEANING_UP, false);
	settled_is(STATE_RETRYING, false);
	settled_is(STATE_FAILED, true);
	settled_is(STATE_FORCE_DOWN, false);
	settled_is(STATE_CANNOT_STOP, true);
	settled_is(STATE_SKIPPED, true);
}

/* Each clock has another length, so that none is taken for another. */
static void alarms(void)
{
	given(service("net"),
	      service("web", .has = "setup run cleanup", .notify = true,
	        .binds = "net", .max_setup_ms = 1001, .max_ready_ms = 1002,
	        .max_stop_ms = 1003, .max_cleanup_ms = 1004,
	        .after_ms = 1005, .attempts = 2),
	      service("on", .needs = "web"));
	no_alarm();
	up("on");
	is("on", "waiting-to-start");
	is("web", "setting-up");
	alarm_in(1001);
	exits("web", 0);
	is("web", "starting");
	alarm_in(1002);
	ready("web");
	is("web", "up");
	no_alarm();
	exits("web", 1);
	is("web", "cleaning-up");
	alarm_in(1004);
	exits("web", 1);
	is("web", "retrying");
	alarm_in(1005);
	time_passes(1005);
	exits("web", 0);
	ready("web");
	exits("web", 1);
	exits("web", 1);
	is("web", "failed");
	no_alarm();
	up("web");
	exits("web", 0);
	ready("web");
	down("web");
	is("on", "stopping");
	alarm_in(2000);
	dies("on", SIGTERM);
	is("web", "stopping");
	alarm_in(1003);
	time_passes(1003);
	is("web", "force-down");
	alarm_in(10000);
	time_passes(10000);
	is("web", "cannot-stop");
	no_alarm();
}

static void alarms_of_waiting(void)
{
	given(service("a", .max_stop_ms = TABLE_FOREVER), service("b", .binds = "a"),
	      service("c", .binds = "b", .max_stop_ms = TABLE_FOREVER));
	up("c");
	down("b");
	is("b", "waiting-to-stop");
	is("c", "stopping");
	no_alarm();
	time_passes(1000 * SECOND);
	is("c", "stopping");
	is("b", "waiting-to-stop");
}

/* A service without a time-out gets one; a shorter time-out does not become
 * longer; and the first service gets no more time than a later one. */
static void alarms_in_a_hurry(void)
{
	given(service("a", .has = "run cleanup", .max_stop_ms = TABLE_FOREVER,
	              .max_cleanup_ms = TABLE_FOREVER),
	      service("b", .needs = "a", .max_stop_ms = 900 * SECOND),
	      service("c", .needs = "b", .max_stop_ms = 300));
	up("c");
	down("a");
	is("c", "stopping");
	time_passes(200);
	world_hurry(&fake.world, fake.now_ms);
	alarm_in(100);
	dies("c", SIGTERM);
	is("b", "stopping");
	alarm_in(HURRY_MS);
	time_passes(400);
	alarm_in(HURRY_MS - 400);
	time_passes(HURRY_MS - 400);
	is("b", "force-down");
	is("a", "waiting-to-stop");
	alarm_in(HURRY_MS);
	dies("b", SIGKILL);
	is("a", "stopping");
	alarm_in(HURRY_MS);
	time_passes(HURRY_MS);
	is("a", "force-down");
	dies("a", SIGKILL);
	is("a", "cleaning-up");
	alarm_in(HURRY_MS);
	time_passes(HURRY_MS);
	is("a", "force-down");
}

static void all_alarms(void)
{
	alarms_in_a_hurry();
	alarms_of_waiting();
	alarms();
}

/* supervisord dies */

static void killed_while_up(void)
{
	given(service("net"), service("web", .binds = "net"));
	up("web");
	told[0] = told[1] = fake.moment_count;
	supervisord_is_killed();
	path("net", "");
	path("web", "");
	exits("net", 1);
	path("net", "retrying");
	path("web", "waiting-to-stop stopping (signal)");
}

static void launched_after(const char *has, bool notify, const char *want)
{
	given(service("web", .has = has, .notify = notify));
	fake.refuse = 1;
	up("web");
	if (fake.processes[0].pid != 0)
		fails("it was started although there was no room");
	told[0] = fake.moment_count;
	supervisord_is_killed();
	path("web", want);
}

static void killed_before_launch(void)
{
	launched_after("setup run", false, "(set-up)");
	launched_after("run", true, "(run)");
	given(service("web", .has = "run cleanup"));
	up("web");
	fake.refuse = 1;
	exits("web", 1);
	told[0] = fake.moment_count;
	supervisord_is_killed();
	path("web", "(clean-up)");
}

static void killed_while_stopping(void)
{
	given(service("web"));
	up("web");
	down("web");
	fake.processes[0].told = false;
	supervisord_is_killed();
	is("web", "stopping");
	if (!fake.processes[0].told)
		fails("the signal was not repeated");
	alarm_in(2000);
}

static void killed_while_killing(void)
{
	given(service("web"));
	up("web");
	down("web");
	time_passes(2000);
	fake.processes[0].killed = false;
	supervisord_is_killed();
	is("web", "force-down");
	if (!fake.processes[0].killed)
		fails("the kill was not repeated");
}

static void died_meanwhile(void)
{
	given(service("web", .has = "run cleanup"));
	up("web");
	told[0] = fake.moment_count;
	fake.processes[0].zombie = true;
	supervisord_is_killed();
	path("web", "cleaning-up (clean-up)");
	given(service("web"));
	up("web");
	for (int k = 0; k < 20; k++) {
		fake.processes[0].zombie = true;
		supervisord_is_killed();
		is("web", "retrying");
		time_passes(10 * SECOND);
		is("web", "up");
	}
}

/* The kernel has no room */

static void no_process(void)
{
	given(service("web", .max_ready_ms = 50, .notify = true));
	fake.refuse = 3;
	up("web");
	path("web", "waiting-to-start starting (run)");
	alarm_in(AGAIN_MS);
	time_passes(3 * AGAIN_MS);
	path("web", "(run) (run) (run)");
	alarm_in(50);
	ready("web");
	path("web", "up");
	attempt_is("web", 1);
}

static void no_slot(void)
{
	given(service("a"), service("b"), service("c"));
	fake.slots = 1;
	exec_takes_time();
	up("a b c");
	is("a b c", "starting");
	path("b", "waiting-to-start starting (run)");
	if (fake.processes[1].pid != 0 || fake.processes[2].pid != 0)
		fails("there were more at once than there is room for");
	execs("a");
	is("a", "up");
	path("b", "(run)");
	down("c");
	path("c", "waiting-to-start starting (run) stopping (signal) down");
	execs("b");
	is("b", "up");
	up("c");
	execs("c");
	is("a b c", "up");
}

/* Under a guard */

static void guarded(void)
{
	given(service("web", .guarded = true));
	up("web");
	path("web", "waiting-to-start starting (run) up");
	down("web");
	path("web", "waiting-to-stop stopping (signal)");
	exits("web", 0);
	path("web", "down");
}

static void guarded_end_is_its_programs(void)
{
	given(service("web", .guarded = true, .retry = RETRY_KIND_NEVER));
	up("web");
	dies("web", SIGSEGV);
	path("web", "waiting-to-start starting (run) up failed");
	if (fake.records[0].ending.code != ENDING_KILLED ||
	    fake.records[0].ending.status != SIGSEGV)
		fails("it is not known how its program ended");
}

static void guarded_missing(void)
{
	given(service("web", .guarded = true, .retry = RETRY_KIND_NEVER));
	program_is_missing("web");
	up("web");
	path("web", "waiting-to-start starting (run) failed");
}

static void lost_then_retried(void)
{
	given(service("web", .guarded = true), service("app", .needs = "web"));
	up("app");
	leaves_some("web");
	told[0] = fake.moment_count;
	exits("web", 1);
	path("web", "stopping (signal)");
	alarm_in(2000);
	rest_ends("web");
	path("web", "retrying");
	time_passes(100);
	path("web", "waiting-to-start starting (run) up");
}

static void lost_for_the_last_time(void)
{
	given(service("web", .guarded = true, .retry = RETRY_KIND_NEVER));
	up("web");
	leaves_some("web");
	exits("web", 1);
	rest_ends("web");
	path("web", "waiting-to-start starting (run) up stopping (signal) "
	            "failed");
}

static void lost_and_done(void)
{
	given(service("job", .guarded = true));
	once("job");
	leaves_some("job");
	exits("job", 0);
	path("job", "waiting-to-start starting (run) up stopping (signal)");
	target_is("job", "down");
	rest_ends("job");
	path("job", "down");
}

static void lost_before_it_was_ready(void)
{
	given(service("web", .guarded = true, .notify = true,
	              .max_ready_ms = 50));
	up("web");
	leaves_some("web");
	exits("web", 1);
	path("web", "waiting-to-start starting (run) stopping (signal)");
	time_passes(60);
	rest_ends("web");
	path("web", "retrying");
}

/* Its time ran out at the very moment. */
static void lost_and_late(void)
{
	given(service("web", .guarded = true, .notify = true,
	              .max_ready_ms = 50));
	up("web");
	leaves_some("web");
	fake.hold = true;
	exits("web", 1);
	fake.now_ms += 50;
	fake.hold = false;
	fake_settle(&fake);
	path("web", "waiting-to-start starting (run) stopping (signal)");
}

static void lost_and_ready(void)
{
	given(service("web", .guarded = true, .notify = true));
	up("web");
	leaves_some("web");
	fake.hold = true;
	ready("web");
	exits("web", 1);
	fake.hold = false;
	fake_settle(&fake);
	path("web", "waiting-to-start starting (run) up stopping (signal)");
}

static void lost_while_waiting_to_stop(void)
{
	given(service("db", .guarded = true), service("web", .needs = "db"));
	up("web");
	down("db");
	is("db", "waiting-to-stop");
	leaves_some("db");
	exits("db", 1);
	path("db", "waiting-to-start starting (run) up waiting-to-stop "
	           "stopping (signal)");
	rest_ends("db");
	is("db", "down");
}

/* Kept again when nothing is left of it to keep. */
static void lost_and_kept_again(void)
{
	given(service("db", .guarded = true), service("web", .needs = "db"));
	up("web");
	down("db");
	leaves_some("db");
	fake.hold = true;
	exits("db", 1);
	up("db");
	fake.hold = false;
	fake_settle(&fake);
	is("db", "stopping");
	rest_ends("db");
	is("db", "up");
}

static void guard_killed(void)
{
	int32_t pid;

	given(service("web", .guarded = true));
	up("web");
	pid = fake.processes[0].main;
	told[0] = fake.moment_count;
	guard_is_killed("web");
	path("web", "");
	if (fake.records[0].life.pid != pid)
		fails("its program is another one now");
	down("web");
	path("web", "waiting-to-stop stopping (signal)");
	exits("web", 0);
	path("web", "down");
	up("web");
	is("web", "up");
}

static void guard_killed_with_supervisord(void)
{
	int32_t pid;

	given(service("web", .guarded = true));
	up("web");
	pid = fake.processes[0].main;
	fake.processes[0].zombie = true;
	fake.processes[0].ending = (union ending){
		.status = SIGKILL, .code = ENDING_KILLED };
	supervisord_is_killed();
	is("web", "up");
	if (fake.records[0].life.pid != pid)
		fails("its program is another one now");
	exits("web", 1);
	is("web", "retrying");
}

static void daemon(void)
{
	given(service("web", .daemonizes = true, .max_ready_ms = 500));
	up("web");
	path("web", "waiting-to-start starting (run)");
	alarm_in(500);
	daemonizes("web");
	path("web", "up");
	daemonizes("web");
	path("web", "");
	exits("web", 1);
	path("web", "retrying");
}

static void daemon_never_comes_up(void)
{
	given(service("web", .daemonizes = true, .retry = RETRY_KIND_NEVER));
	up("web");
	exits("web", 0);
	path("web", "waiting-to-start starting (run) failed");
}

/* The command of .stop */

static void command_stops(void)
{
	given(service("web", .asks = true, .has = "run cleanup"));
	up("web");
	told[0] = fake.moment_count;
	down("web");
	path("web", "waiting-to-stop stopping (signal)");
	exits("web", 0);
	path("web", "");
	command_ends("web", 0);
	path("web", "cleaning-up (clean-up)");
	exits("web", 0);
	path("web", "down");
	if (fake.processes[0].helpers != 1)
		fails("it was asked %u times", fake.processes[0].helpers);
}

static void command_is_asked_once(void)
{
	given(service("web", .asks = true));
	up("web");
	down("web");
	supervisord_is_killed();
	is("web", "stopping");
	if (fake.processes[0].told)
		fails("it was told while the command ran");
	command_ends("web", 0);
	if (fake.processes[0].told)
		fails("it was told at the end of the command");
	supervisord_is_killed();
	is("web", "stopping");
	if (fake.processes[0].helpers != 1)
		fails("it was asked %u times", fake.processes[0].helpers);
	time_passes(STOP_COMMAND_MS);
	if (!fake.processes[0].told)
		fails("it was not told some time after the command");
	alarm_in(2000 - STOP_COMMAND_MS);
	time_passes(2000 - STOP_COMMAND_MS);
	is("web", "force-down");
}

static void command_fails(void)
{
	given(service("web", .asks = true));
	up("web");
	down("web");
	if (fake.processes[0].told)
		fails("it was told before it was asked");
	command_ends("web", 1);
	if (!fake.processes[0].told)
		fails("no signal was sent");
	exits("web", 0);
	is("web", "down");
}

static void command_hangs(void)
{
	given(service("web", .asks = true));
	up("web");
	down("web");
	time_passes(2000);
	is("web", "force-down");
	if (!fake.processes[0].killed || !fake.processes[0].helper_killed)
		fails("one of the two was not killed");
	exits("web", 0);
	is("web", "force-down");
	command_ends("web", 1);
	is("web", "down");
}

static void command_has_no_room(void)
{
	given(service("web", .asks = true, .max_stop_ms = 150));
	up("web");
	fake.refuse = 1;
	down("web");
	alarm_in(AGAIN_MS);
	time_passes(AGAIN_MS);
	if (fake.processes[0].helpers != 1)
		fails("it was not asked");
	alarm_in(50);
	command_ends("web", 0);
	exits("web", 0);
	is("web", "down");
	up("web");
	fake.refuse = 2;
	down("web");
	time_passes(150);
	is("web", "force-down");
}

static void command_waits_for_a_slot(void)
{
	given(service("web", .asks = true), service("b"));
	up("web");
	fake.slots = 1;
	exec_takes_time();
	up("b");
	down("web");
	if (fake.processes[0].helper != 0)
		fails("there were more at once than there is room for");
	execs("b");
	if (fake.processes[0].helpers != 1)
		fails("it was not asked");
}

static void setup_is_not_asked(void)
{
	given(service("web", .has = "setup run", .asks = true));
	up("web");
	is("web", "setting-up");
	down("web");
	is("web", "stopping");
	if (fake.processes[0].helpers != 0 || !fake.processes[0].told)
		fails("a set-up was asked, and not told");
	exits("web", 1);
	is("web", "down");
}

static void lost_is_not_asked(void)
{
	given(service("web", .guarded = true, .asks = true));
	up("web");
	leaves_some("web");
	exits("web", 1);
	is("web", "stopping");
	if (fake.processes[0].helpers != 0)
		fails("what has ended was asked to");
}

/* .reload */

static void reload_and_stop(void)
{
	given(service("web", .asks = true));
	up("web");
	reload("web");
	is("web", "up");
	down("web");
	is("web", "stopping");
	if (!fake.processes[0].helper_killed)
		fails("what reloads it was not killed");
	command_ends("web", 1);
	is("web", "stopping");
	if (fake.processes[0].helpers != 2)
		fails("it was not asked then");
	if (fake.processes[0].told)
		fails("it was told, as if the command had failed");
	command_ends("web", 0);
	exits("web", 0);
	is("web", "down");
}

static void reload_over_a_kill(void)
{
	given(service("web"));
	up("web");
	reload("web");
	fake.processes[0].helper_zombie = true;
	supervisord_is_killed();
	is("web", "up");
	reload("web");
	supervisord_is_killed();
	exits("web", 1);
	if (!fake.processes[0].helper_killed)
		fails("what reloads it was not killed");
	is("web", "retrying");
	command_ends("web", 1);
	is("web", "retrying");
}

/* .started */

static void started_before_up(void)
{
	given(service("web", .started = true, .notify = true),
	      service("app", .needs = "web"));
	up("app");
	is("web", "starting");
	if (fake.processes[0].helpers != 0)
		fails("its command did not wait for it to be ready");
	ready("web");
	is("web", "starting");
	is("app", "waiting-to-start");
	command_ends("web", 0);
	is("web app", "up");
	restart("web");
	if (fake.processes[0].helpers != 1)
		fails("its command did not wait for the next process");
}

static void started_fails(void)
{
	given(service("web", .started = true, .attempts = 1));
	up("web");
	command_ends("web", 1);
	is("web", "stopping");
	if (!fake.processes[0].told)
		fails("it was not stopped");
	exits("web", 0);
	is("web", "failed");
	up("web");
	command_ends("web", 0);
	is("web", "up");
}

static void started_is_late(void)
{
	given(service("web", .started = true, .asks = true,
	              .retry = RETRY_KIND_NEVER, .max_ready_ms = 500));
	up("web");
	alarm_in(500);
	time_passes(500);
	is("web", "stopping");
	if (!fake.processes[0].helper_killed)
		fails("its command was not killed");
	command_ends("web", 1);
	is("web", "stopping");
	if (fake.processes[0].helpers != 2 || fake.processes[0].told)
		fails("the killed command was taken for that of .stop");
	command_ends("web", 0);
	exits("web", 0);
	is("web", "failed");
}

static void started_outlives(void)
{
	given(service("web", .started = true));
	up("web");
	exits("web", 1);
	is("web", "retrying");
	if (!fake.processes[0].helper_killed)
		fails("its command was not killed");
	time_passes(100);
	is("web", "starting");
	command_ends("web", 1);
	is("web", "starting");
	if (fake.processes[0].helpers != 2)
		fails("the end of the former command counted");
	command_ends("web", 0);
	is("web", "up");
	told[0] = fake.moment_count;
	restart("web");
	exits("web", 0);
	exits("web", 1);
	path("web", "waiting-to-stop stopping (signal) down "
	            "waiting-to-start starting (run) (started) retrying");
	command_ends("web", 0);
	once("web");
	time_passes(200);
	told[0] = fake.moment_count;
	exits("web", 0);
	path("web", "up down");
}

static void started_over_a_kill(void)
{
	given(service("web", .started = true));
	up("web");
	supervisord_is_killed();
	is("web", "starting");
	command_ends("web", 0);
	is("web", "up");
	supervisord_is_killed();
	is("web", "up");
	if (fake.processes[0].helpers != 1)
		fails("its command was started %u times",
		      fake.processes[0].helpers);
}

static void started_has_no_room(void)
{
	given(service("web", .started = true, .notify = true),
	      service("b"));
	up("web");
	fake.refuse = 1;
	ready("web");
	if (fake.processes[0].helpers != 0)
		fails("there was no room");
	time_passes(AGAIN_MS);
	if (fake.processes[0].helpers != 1)
		fails("it was not tried again");
	command_ends("web", 0);
	is("web", "up");
	restart("web");
	exits("web", 0);
	exec_takes_time();
	fake.slots = 1;
	up("b");
	execs("web");
	is("web", "starting");
}

/* Telling */

typedef void tell(void);

#define restart restart_story
#define alarms all_alarms
static tell *const tells[STORIES] = {
#define STORY(name, says) [STORY_##name] = name,
#include "t/story.def"
#undef STORY
};

const char *const story_says[STORIES] = {
#define STORY(name, says) says,
#include "t/story.def"
#undef STORY
};

const char *story_tell(unsigned story)
{
	why[0] = '\0';
	if (setjmp(ended) == 0)
		tells[story]();
	over();
	return why[0] != '\0' ? why : NULL;
}
