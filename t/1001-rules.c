/* SPDX-License-Identifier: MIT */
/* The rules and the states as tables: for every state and every set of facts.
 * Which sets can be is asked of facts_gather(), with everything that a record,
 * a counter and a configuration can say. Must not know what a rule is for. */
#include <stdlib.h>
#include <string.h>

#include "model/state.h"
#include "model/step.h"
#include "t/model.h"
#include "t/tap.h"

enum {
	NOTHING = FACT_NOTHING,
#define FACT(name, sentence) name = FACT_##name,
#include "model/fact.def"
#undef FACT
};

/* The rows again, with their lines in rule.def and their words. */
static const struct row {
	struct rule rule;
	const char *says;
} rows[] = {
#define RULE(in, to, all, none)                          \
	{ { STATE_##in, STATE_##to, all, none },         \
	  #in " -> " #to " when " #all " and not " #none },
#include "model/rule.def"
#undef RULE
};

static const char *const sentence[FACTS] = {
#define FACT(name, sentence) sentence,
#include "model/fact.def"
#undef FACT
};

enum { ROWS = sizeof(rows) / sizeof(rows[0]), SETS = 1 << FACTS };

static bool holds(const struct rule *r, enum state state, uint32_t facts)
{
	return r->in == state && (facts & r->all) == r->all &&
	       (facts & r->none) == 0;
}

static bool equal(const struct rule *a, const struct rule *b)
{
	return a->in == b->in && a->to == b->to && a->all == b->all &&
	       a->none == b->none;
}

static void say_facts(uint32_t facts)
{
	for (int k = 0; k < FACTS; k++)
		if (facts >> k & 1)
			note("    %s", sentence[k]);
}

/* All that is wrong in a state for one set of facts. */
static const char *complaint(enum state state, uint32_t facts)
{
	const struct rule *picked = rule_pick(state, facts);
	const struct row *one = NULL;

	for (int k = 0; k < ROWS; k++) {
		if (!holds(&rows[k].rule, state, facts))
			continue;
		if (one != NULL) {
			note("%s", one->says);
			note("%s", rows[k].says);
			return "these two rows hold at once";
		}
		one = &rows[k];
	}
	if ((picked != NULL) != (one != NULL))
		return "a row is picked that does not hold, or none";
	if (picked != NULL && !equal(picked, &one->rule))
		return "another row is picked than the one that holds";
	if (picked != rule_pick(state, facts))
		return "the same facts, and another row";
	return NULL;
}

static void test_every_set(void)
{
	for (int state = 0; state < STATES; state++) {
		const char *wrong = NULL;
		uint32_t facts;

		for (facts = 0; facts < SETS && wrong == NULL; facts++)
			wrong = complaint((enum state)state, facts);
		if (!ok(wrong == NULL, "%s: with each of %u sets of facts at "
		        "most one row holds, and that is picked",
		        state_label[state], (unsigned)SETS)) {
			note("%s, when", wrong);
			say_facts(facts - 1);
		}
	}
}

/* Which sets of facts can be in which state. */
static bool can[STATES][SETS];

/* Everything that facts_gather() looks at; each has `choices` values. */
enum living {
	ALIVE_NOW, TO_BE_LAUNCHED, IS_OVER,
	GUARD_ALONE, GUARD_READY, GUARD_LEFT, GUARD_LEFT_BADLY, /* its program
	                          is to be started, runs, has ended … */
	HELPER_ALONE, PROCESSES
};

enum choice {
	TARGET, UNMET, UNBOUND, HOLDING, HAS_SETUP, HAS_RUN, HAS_CLEANUP,
	NOTIFY, PROCESS, ENDING, SAID_READY, EXECED, FAILURE, CLEANED, FAULT,
	ATTEMPT, RETRY_KIND, ON_FAILURE_ONLY, AGE, LOGGER, CHOICES
};

static const uint8_t choices[CHOICES] = {
	[TARGET] = TARGETS, [UNMET] = 2, [UNBOUND] = 2, [HOLDING] = 2,
	[HAS_SETUP] = 2, [HAS_RUN] = 2, [HAS_CLEANUP] = 2, [NOTIFY] = 4,
	[PROCESS] = PROCESSES, [ENDING] = 3, [SAID_READY] = 2, [EXECED] = 2,
	[FAILURE] = 3, [CLEANED] = 2, [FAULT] = 2, [ATTEMPT] = 2,
	[RETRY_KIND] = 2, [ON_FAILURE_ONLY] = 2, [AGE] = 2, [LOGGER] = 2,
};

/* Sets that the model itself cannot bring about (t/1004-worlds shows that its
 * records stay within): only its own processes live, a bond is a need. */
static bool is_guard(const uint8_t c[CHOICES])
{
	return c[PROCESS] >= GUARD_ALONE && c[PROCESS] <= GUARD_LEFT_BADLY;
}

static bool impossible(enum state state, const uint8_t c[CHOICES])
{
	bool has = state == STATE_SETTING_UP  ? c[HAS_SETUP]
	           : state == STATE_CLEANING_UP ? c[HAS_CLEANUP]
	                                        : c[HAS_RUN];

	if (c[UNBOUND] && !c[UNMET])
		return true;
	if (c[PROCESS] == HELPER_ALONE)
		return !state_stops(state) || !c[HAS_RUN];
	if (is_guard(c))
		return !(state_stops(state) || state == STATE_DRAINING ||
		         state == STATE_STARTING ||
		         state == STATE_UP ||
		         state == STATE_WAITING_TO_STOP) ||
		       !c[HAS_RUN];
	if (c[PROCESS] == TO_BE_LAUNCHED)
		return !effect_launches(state_effect(state)) || !has;
	if (state_rising(state) && c[PROCESS] == ALIVE_NOW)
		return !has;
	if (state == STATE_SETTING_UP || state == STATE_STARTING)
		return !has;
	return !state_active(state) && state != STATE_CANNOT_STOP &&
	       c[PROCESS] == ALIVE_NOW;
}

static void set_service(struct fake *f, const uint8_t c[CHOICES])
{
	const struct table_action none = { .kind = ACTION_NONE };
	const struct table_action exec = { ACTION_EXEC, 0, 1, 0 };
	/* The third one is silent, the last one unhealthy. */
	static const uint8_t readies[] = {
		READY_KIND_AT_ONCE, READY_KIND_NOTIFY, READY_KIND_SD_NOTIFY,
		READY_KIND_AT_ONCE,
	};
	struct table_service *s = (void *)table_service(f->table, 0);
	struct table_profile *p = (void *)table_profile(f->table, 0);

	s->setup = c[HAS_SETUP] ? exec : none;
	s->run = c[HAS_RUN] ? exec : none;
	s->cleanup = c[HAS_CLEANUP] ? exec : none;
	s->ready = readies[c[NOTIFY]];
	s->ready_pipe = 0;
	f->said[0] = (struct said){ .run = f->records[0].life.exits + 1,
		                    .watchdog_ms = 1 };
	s->check = c[NOTIFY] == 3 ? exec : none;
	s->check_pipe = 1;
	if (c[NOTIFY] == 3)
		*(struct health *)(void *)f->said = (struct health){
			.run = f->records[0].life.exits + 1,
			.state = HEALTH_FAILED,
		};
	s->stop_all = is_guard(c);
	s->pipe = c[LOGGER] ? 0 : TABLE_NONE;
	p->retry_kind = c[RETRY_KIND] ? RETRY_KIND_NEVER : RETRY_KIND_FIXED;
	p->retry_attempts = 3;
	p->on_failure_only = c[ON_FAILURE_ONLY];
}

static void set_record(struct fake *f, enum state state,
                       const uint8_t c[CHOICES])
{
	static const uint16_t codes[] = { ENDING_EXITED, ENDING_EXITED,
		                          ENDING_KILLED };
	static const int32_t mains[PROCESSES] = {
		[GUARD_READY] = 8 | MAIN_READY,
		[GUARD_LEFT] = MAIN_ENDED | ENDING_EXITED << 8,
		[GUARD_LEFT_BADLY] = MAIN_ENDED | ENDING_EXITED << 8 | 1,
	};
	struct record *r = f->records;
	struct work *work = f->world.works;

	r->phase = (union phase){
		.state = state, .target = c[TARGET],
		.launch = c[PROCESS] == TO_BE_LAUNCHED,
		.ready = c[SAID_READY], .cleaned = c[CLEANED],
		.fault = c[FAULT], .attempt = c[ATTEMPT] ? 3 : 1,
		.since_low_ms = f->now_ms - (c[AGE] ? 100000 : 0),
	};
	r->phase.ran = is_guard(c);
	r->life.pid = c[PROCESS] == ALIVE_NOW || is_guard(c) ? 7 : 0;
	r->main = mains[c[PROCESS]];
	r->helper = c[PROCESS] == HELPER_ALONE ? 9 : 0;
	r->failure = c[FAILURE] == 2 ? STEP_ONLY_IF << STEP_NUMBER : c[FAILURE];
	r->ending = (union ending){ .status = c[ENDING] == 1,
		                    .code = codes[c[ENDING]] };
	work->unmet = c[UNMET];
	work->unbound = c[UNBOUND];
	work->holding = c[HOLDING];
	work->execed = c[EXECED];
}

static bool next(uint8_t c[CHOICES])
{
	for (int k = 0; k < CHOICES; k++) {
		if (++c[k] < choices[k])
			return true;
		c[k] = 0;
	}
	return false;
}

static void gather_all(struct fake *f)
{
	for (int state = 0; state < STATES; state++) {
		uint8_t c[CHOICES] = { 0 };

		do {
			if (impossible((enum state)state, c))
				continue;
			set_service(f, c);
			set_record(f, (enum state)state, c);
			can[state][facts_gather(&f->world, 0,
			                        f->now_ms)] = true;
		} while (next(c));
	}
}

static bool row_can_hold(const struct rule *r)
{
	for (uint32_t facts = 0; facts < SETS; facts++)
		if (can[r->in][facts] && holds(r, (enum state)r->in, facts))
			return true;
	return false;
}

static void test_every_row(void)
{
	for (int k = 0; k < ROWS; k++)
		ok(row_can_hold(&rows[k].rule), "it can hold: %s",
		   rows[k].says);
}

/* Common to all sets that can occur. */
static const char *nonsense(enum state state, uint32_t facts)
{
	const struct rule *r = rule_pick(state, facts);
	bool launching = effect_launches(state_effect(state));

	if ((facts & ALIVE) && (facts & ENDED))
		return "a process lives and has ended";
	if ((facts & KEPT) && !(facts & WANTED))
		return "it is kept and not wanted";
	if ((facts & RETRY) && (facts & (GIVE_UP | DONE)))
		return "it is retried and given up or done";
	if ((facts & GIVE_UP) && (facts & DONE))
		return "it is given up and done";
	if ((facts & LOST) && (!(facts & ALIVE) || (facts & ENDED)))
		return "its program has ended, and there is no guard";
	if ((facts & LOST) && r == NULL && !state_stops(state))
		return "its program has ended and it stays";
	if ((facts & OK) && !(facts & (ENDED | LOST)))
		return "it ended well and has not ended";
	if ((facts & ENDED) && r == NULL)
		return "its process has ended and it stays";
	if ((facts & LATE) && (facts & ALIVE) && r == NULL)
		return "its clock has run out and it stays";
	if (state_rising(state) && !(facts & KEPT) && r == NULL)
		return "a wish to stop is not honoured";
	if (launching && !(facts & (ALIVE | ENDED)) && r != NULL &&
	    (facts & KEPT))
		return "it leaves although nothing has run";
	if (!(facts & ALIVE) && r == NULL && state == STATE_STOPPING)
		return "nothing lives any more and it stays";
	return NULL;
}

static void test_what_can_be(void)
{
	for (int state = 0; state < STATES; state++) {
		const char *wrong = NULL;
		unsigned sets = 0;
		uint32_t facts;

		for (facts = 0; facts < SETS && wrong == NULL; facts++) {
			if (!can[state][facts])
				continue;
			sets++;
			wrong = nonsense((enum state)state, facts);
		}
		if (!ok(wrong == NULL, "%s: the %u sets that can be make "
		        "sense", state_label[state], sets)) {
			note("%s, when", wrong);
			say_facts(facts - 1);
		}
	}
}

/* From one state to any other, over rows that can hold. */
static void test_reach(void)
{
	bool reach[STATES][STATES] = { { false } };

	for (int k = 0; k < ROWS; k++)
		reach[rows[k].rule.in][rows[k].rule.to] = true;
	for (int via = 0; via < STATES; via++)
		for (int a = 0; a < STATES; a++)
			for (int b = 0; b < STATES; b++)
				reach[a][b] |= reach[a][via] && reach[via][b];
	for (int a = 0; a < STATES; a++) {
		bool all = true;

		for (int b = 0; b < STATES; b++)
			all &= reach[a][b];
		ok(all, "%s: it can be left, and every state reached from it",
		   state_label[a]);
	}
	for (int k = 0; k < ROWS; k++)
		if (rows[k].rule.in == rows[k].rule.to ||
		    (rows[k].rule.all & rows[k].rule.none) != 0)
			ok(false, "it says nothing: %s", rows[k].says);
}

/* The columns of state.def, by their purpose. */
static void test_columns(void)
{
	for (int k = 0; k < STATES; k++) {
		enum state s = (enum state)k;
		enum effect effect = state_effect(s);
		enum clock clock = state_clock(s);

		ok(state_label[k][0] != '\0' && strlen(state_label[k]) < 20,
		   "%s: it has a label", state_label[k]);
		ok(!effect_launches(effect) || clock != CLOCK_NONE,
		   "%s: what it launches has a clock", state_label[k]);
		ok(!(effect == EFFECT_SIGNAL || effect == EFFECT_KILL) ||
		           clock != CLOCK_NONE,
		   "%s: what is told to stop has a clock", state_label[k]);
		ok(effect == EFFECT_NOTHING || state_active(s),
		   "%s: what does something is active", state_label[k]);
		ok(!state_settled(s) || clock == CLOCK_NONE,
		   "%s: what is settled has no clock", state_label[k]);
		ok(!state_rising(s) || state_active(s),
		   "%s: what is on its way up is active", state_label[k]);
	}
}

static void test_labels(void)
{
	for (int a = 0; a < STATES; a++)
		for (int b = 0; b < a; b++)
			if (strcmp(state_label[a], state_label[b]) == 0)
				ok(false, "%s: two states", state_label[a]);
	for (int a = 0; a < TARGETS; a++)
		for (int b = 0; b < a; b++)
			if (strcmp(target_label[a], target_label[b]) == 0)
				ok(false, "%s: two targets", target_label[a]);
	ok(STATES <= 1 << 4 && TARGETS <= 1 << 2,
	   "states and targets fit into the word of a phase");
}

int main(void)
{
	struct spec spec = spec_plain("any");
	struct fake *f = malloc(sizeof(*f));

	if (f == NULL)
		return 1;
	fake_begin(f, table_build(&spec, 1, NULL, 0));
	test_every_set();
	gather_all(f);
	test_every_row();
	test_what_can_be();
	test_reach();
	test_columns();
	test_labels();
	fake_end(f);
	free(f);
	return done();
}
