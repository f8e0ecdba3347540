/* SPDX-License-Identifier: MIT */
/* Restarts with overlap (model/overlap.h): what is decided about the two places, in
 * each pair of states, and the swap of their processes, ended at each instruction
 * and finished by a successor. What is tested is included. */
#include <linux/ptrace.h>
#include <stdio.h>
#include <string.h>

#include "model/overlap.h"
#include "model/rebuild.h"
#include "model/target.h"
#include "supervisord/base/publish.c"
#include "supervisord/base/supervisor.c"
#include "t/tap.h"

enum { SERVICES = 3, FIRST = 0, OTHER = 1, SECOND = 2, STEPS_MAX = 20000 };

static struct board_entry board[SERVICES];
static char said[256]; /* the last message */

void message(const char *part, ...)
{
	snprintf(said, sizeof(said), "%s", part);
}

uint64_t clock_now_ms(void)
{
	return 0;
}

/* A ledger of a service with two places, and another one. */

static struct table *table(void)
{
	static union {
		struct table head;
		unsigned char bytes[4096];
	} t;
	struct table_service *s = (void *)(t.bytes + sizeof(t.head));

	t.head = (struct table){
		.magic = TABLE_MAGIC,
		.version = TABLE_VERSION,
		.size = sizeof(t),
		.services = SERVICES,
		.profiles = 1,
		.board_entries = SERVICES,
		.service_at = sizeof(t.head),
		.profile_at = 2048,
		.service_bytes = sizeof(*s),
		.profile_bytes = sizeof(struct table_profile),
	};
	for (uint32_t i = 0; i < SERVICES; i++) {
		s[i].board_entry = i;
		s[i].ready_pipe = i;
	}
	s[FIRST].other = SECOND + 1;
	s[SECOND].other = FIRST + 1;
	return &t.head;
}

static void make(void)
{
	static _Alignas(8) unsigned char memory[4096];
	struct table *t = table();
	struct ledger layout = ledger_layout(t), *l;

	l = (void *)sys_mmap(NULL, ledger_bytes(&layout),
	                     PROT_READ | PROT_WRITE,
	                     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	*l = layout;
	memcpy((unsigned char *)l + l->table_at, t, t->size);
	ledger_trust_all(l);
	supervisor.ledger = l;
	supervisor.records = ledger_records(l);
	supervisor.world.table = ledger_table(l);
	supervisor.world.records = supervisor.records;
	world_place(&supervisor.world, memory, SERVICES);
	supervisor.board = board;
	supervisor.now_ms = 2000;
	supervisor.connate = 77;
}

static void set(uint32_t service, enum state state, enum target target,
                int32_t pid)
{
	(void)begin_record(service);
	draft = (struct record){
		.life = { .pid = pid, .exits = 5 + service },
		.life_key = 100 + service,
		.wanted_ms = 700 + service,
		.start_took_ms = 20 + service,
		.up_ms = 900 + service,
		.phase = { .state = state, .target = target,
		           .attempt = 1 + service, .ran = 1,
		           .stale = service == FIRST,
		           .launch = (6 + service) & 3,
		           .since_low_ms = 1000 + service },
	};
	end_record(service);
}

/* Deciding */

static bool wanted_up(enum state state, enum target target, int32_t pid)
{
	return state == STATE_UP && target == TARGET_UP && pid != 0;
}

/* As the table of doc/why/0043 has it. */
static bool is_right(enum state a, enum target a_target, int32_t a_pid,
                     enum state b, enum target b_target, int32_t b_pid,
                     bool known)
{
	struct world *w = &supervisor.world;
	bool serves = wanted_up(a, a_target, a_pid);
	bool swaps = serves && known && wanted_up(b, b_target, b_pid);
	bool goes = !serves && b_target != TARGET_DOWN;
	struct change c = { .swaps = false }, d = { .swaps = false };
	bool due, same;

	set(FIRST, a, a_target, a_pid);
	set(SECOND, b, b_target, b_pid);
	due = overlap_judge(w, FIRST, &c);
	same = overlap_judge(w, SECOND, &d) == due && c.swaps == d.swaps;
	if (!same || overlap_may(w, FIRST) != serves ||
	    overlap_may(w, SECOND) || due != (swaps || goes))
		return false;
	return !due || (c.service == SECOND && c.swaps == swaps &&
	                c.phase.target == TARGET_DOWN && c.phase.state == b &&
	                c.from == b && c.to == b);
}

static void test_pairs(void)
{
	struct work *work = &supervisor.world.works[SECOND];
	struct change change;
	int wrong = 0, tried = 0;

	for (int k = 0; k < STATES * TARGETS * 2 * STATES * TARGETS * 2 * 4;
	     k++) {
		int a = k % (STATES * TARGETS * 2);
		int b = k / (STATES * TARGETS * 2) % (STATES * TARGETS * 2);
		int more = k / (STATES * TARGETS * 2 * STATES * TARGETS * 2);

		work->settled = more & 1;
		work->slot = (more & 2) != 0 ? NO_SLOT : 3;
		wrong += !is_right((enum state)(a / TARGETS % STATES),
		                   (enum target)(a % TARGETS),
		                   a / TARGETS / STATES * 4711,
		                   (enum state)(b / TARGETS % STATES),
		                   (enum target)(b % TARGETS),
		                   b / TARGETS / STATES * 4712, more == 3);
		tried++;
	}
	ok(wrong == 0, "%d pairs of states: swap, go, or nothing", tried);
	ok(!overlap_judge(&supervisor.world, OTHER, &change) &&
	           !overlap_may(&supervisor.world, OTHER),
	   "a service with one place never overlaps");
}

/* What a restart changes: the service, and its target before and after. */
static bool restarts(enum state state, enum target target, uint32_t service,
                     enum target after)
{
	struct world *w = &supervisor.world;
	struct change change;

	set(FIRST, state, target, 4711);
	set(SECOND, STATE_DOWN, TARGET_DOWN, 0);
	world_rebuild(w, supervisor.now_ms);
	target_set(w, FIRST, TARGET_RESTART);
	if (!target_next(w, &change) || change.service != service ||
	    change.phase.target != after)
		return false;
	publish_change(&change);
	return !target_next(w, &change);
}

static void test_restart(void)
{
	ok(restarts(STATE_UP, TARGET_UP, SECOND, TARGET_UP),
	   "a restart of what is up starts the second place, and nothing else");
	ok(restarts(STATE_STARTING, TARGET_UP, FIRST, TARGET_RESTART),
	   "of what starts it is one in turn");
	ok(restarts(STATE_UP, TARGET_ONCE, FIRST, TARGET_RESTART),
	   "and of what is to be up once");
}

/* The swap */

struct seen {
	struct record a, b;
};

static struct seen look(void)
{
	struct seen s = { supervisor.records[FIRST],
		          supervisor.records[SECOND] };

	s.a.sequence = s.b.sequence = 0;
	return s;
}

static bool same(const struct seen *a, const struct seen *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

static void begin_with(void)
{
	set(FIRST, STATE_UP, TARGET_UP, 4711);
	set(SECOND, STATE_UP, TARGET_UP, 4712);
}

static void swap(void)
{
	publish_swap(FIRST, SECOND);
}

static void test_swap(void)
{
	struct seen before, after, again;

	begin_with();
	before = look();
	swap();
	after = look();
	ok(after.a.life.pid == 4712 && after.a.life_key == 102 &&
	           after.b.life.pid == 4711 && after.b.life_key == 100,
	   "the processes are exchanged, with their keys");
	ok(after.a.life.exits == before.b.life.exits &&
	           after.b.life.exits == before.a.life.exits &&
	           after.a.life.crossed && !before.a.life.crossed,
	   "so are the counts of ends; the places are crossed");
	ok(after.a.phase.state == STATE_UP && after.a.phase.target == TARGET_UP &&
	           !after.a.phase.stale && after.a.phase.attempt == 3 &&
	           after.a.phase.since_low_ms == 2000 && after.a.up_ms == 2000,
	   "the first place is up, since now, by the second one's definition");
	ok(after.b.phase.state == STATE_STOPPING &&
	           after.b.phase.since_low_ms == 2000 &&
	           after.b.phase.target == TARGET_DOWN && after.b.phase.stale &&
	           after.b.lost == LOST_NOTHING && after.b.main_key == 0 &&
	           after.b.helper_key == 0 && after.b.ending.code == 0,
	   "the second one has the former process, and stops");
	ok(world_socket(&supervisor.world, FIRST) == SECOND &&
	           world_socket(&supervisor.world, SECOND) == FIRST &&
	           world_socket(&supervisor.world, OTHER) == OTHER,
	   "each process has the socket that it had");
	publish_mend();
	again = look();
	ok(same(&again, &after), "a successor changes nothing of that");
	set(SECOND, STATE_UP, TARGET_UP, 4713);
	swap();
	ok(world_socket(&supervisor.world, FIRST) == FIRST,
	   "after another swap nothing is crossed");
}

static long trace(int what, int pid)
{
	return CALL4(__NR_ptrace, (long)what, (long)pid, 0, 0);
}

/* Until it stops, which is true, or ends. */
static bool stops(int pid)
{
	siginfo_t how = { 0 };

	while (sys_waitid(P_PID, pid, &how, WEXITED | WSTOPPED) == -EINTR)
		;
	return how.si_code == CLD_TRAPPED || how.si_code == CLD_STOPPED;
}

/* Swaps for so many instructions in another process. False: it was done
 * before. */
static bool swap_for(int steps)
{
	int stored, pid = sys_fork(&stored);
	bool more;

	if (pid == 0) {
		(void)trace(PTRACE_TRACEME, 0);
		(void)sys_kill(sys_getpid(), SIGSTOP);
		swap();
		sys_exit(0);
	}
	more = stops(pid);
	for (int k = 0; k < steps && more; k++) {
		(void)trace(PTRACE_SINGLESTEP, pid);
		more = stops(pid);
	}
	if (more) {
		(void)sys_kill(pid, SIGKILL);
		(void)stops(pid);
	}
	return more;
}

/* Each step from the beginning: so only each STRIDE-th one, which has no common
 * divisor with the lengths of the loops in it. */
enum { STRIDE = 7 };

static void test_ended(void)
{
	struct seen before, after, now;
	int steps, wrong = 0, went_back = 0, torn = 0;
	bool more = true, happened = false;

	begin_with();
	before = look();
	swap();
	after = look();
	for (steps = 0; more && steps < STEPS_MAX; steps += STRIDE) {
		begin_with();
		more = swap_for(steps);
		now = look();
		torn += !same(&now, &before) && !same(&now, &after);
		said[0] = '\0';
		publish_mend();
		now = look();
		wrong += said[0] != '\0' ||
		         (!same(&now, &before) && !same(&now, &after));
		went_back += happened && !same(&now, &after);
		happened |= same(&now, &after);
	}
	ok(wrong == 0 && went_back == 0 && happened && !more && torn > 0,
	   "ended at any of %d instructions it has happened or not (%d times "
	   "it was torn)", steps, torn);
}

int main(void)
{
	make();
	test_pairs();
	test_restart();
	test_swap();
	test_ended();
	return done();
}
