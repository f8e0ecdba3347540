/* SPDX-License-Identifier: MIT */
/* The ledger of a predecessor, as supervisord finds it: whole, torn
 * at any instruction, or changed by something else. The file that is tested is
 * included, and runs in a process that is ended between two instructions. */
#include <linux/ptrace.h>
#include <stdio.h>
#include <string.h>

#include "model/halt.h"
#include "supervisord/base/publish.c"
#include "t/tap.h"

enum { SERVICES = 3, SUBJECT = 1, STEPS_MAX = 20000, TRIALS = 20000 };

struct supervisor supervisor;

static struct board_entry board[SERVICES];
static char said[256]; /* the last message */

void message(const char *part, ...)
{
	snprintf(said, sizeof(said), "%s", part);
}

/* A ledger of three plain services. */

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
		.service_bytes = sizeof(*s),
		.profile_bytes = sizeof(struct table_profile),
	};
	for (uint32_t i = 0; i < SERVICES; i++)
		s[i].board_entry = i;
	return &t.head;
}

static uint64_t size;

static void make(void)
{
	struct table *t = table();
	struct ledger layout = ledger_layout(t), *l;

	size = ledger_bytes(&layout);
	l = (void *)sys_mmap(NULL, size, PROT_READ | PROT_WRITE,
	                     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	*l = layout;
	memcpy((unsigned char *)l + l->table_at, t, t->size);
	ledger_trust_all(l);
	supervisor.ledger = l;
	supervisor.records = ledger_records(l);
	supervisor.world.table = ledger_table(l);
	supervisor.world.records = supervisor.records;
	supervisor.board = board;
	supervisor.now_ms = 1000;
	supervisor.connate = 77;
}

static struct record *subject(void)
{
	return &supervisor.records[SUBJECT];
}

/* Updates of a record, and of the header */

static void do_change(void)
{
	publish_change(&(struct change){ .service = SUBJECT,
	                                 .from = STATE_WAITING_TO_START,
	                                 .to = STATE_UP,
	                                 .phase = { .state = STATE_UP,
	                                            .target = TARGET_UP,
	                                            .since_low_ms = 1234 } });
}

static void do_end(void)
{
	publish_end(SUBJECT, (union ending){ .status = 7, .code = 1 });
}

static void do_found(void)
{
	publish_found(SUBJECT, 4242, 99);
}

static void do_helper(void)
{
	publish_helper_end(SUBJECT, false, (union ending){ .code = 1 });
}

static void do_key(void)
{
	publish_key(SUBJECT, PROCESS_HELPER, 0x123456789abcull);
}

static void do_halt(void)
{
	publish_halt(HALT_EXIT << 8 | 3);
}

static void do_escalation(void)
{
	publish_escalation((union escalation){ .level = 2, .asked = 5, .since_low_ms = 99 });
}

static const struct {
	const char *name;
	void (*run)(void);
} updates[] = {
	{ "a change of state", do_change },  { "an end", do_end },
	{ "a process that is found", do_found }, { "the end of a helper", do_helper },
	{ "a key", do_key },                 { "the end that is asked for", do_halt },
	{ "how urgent it is", do_escalation },
};

/* All words that supervisord acts on; those of the board are on the board. */
struct seen {
	struct record record;
	struct head head;
};

static struct seen look(void)
{
	struct seen s = { .record = *subject(),
		          .head = ledger_head(supervisor.ledger) };

	s.record.sequence = s.record.failure = 0;
	s.record.main = 0;
	return s;
}

static bool same_record(const struct seen *a, const struct seen *b)
{
	return memcmp(&a->record, &b->record, sizeof(a->record)) == 0;
}

static bool same_head(const struct seen *a, const struct seen *b)
{
	return memcmp(&a->head, &b->head, sizeof(a->head)) == 0;
}

static bool same(const struct seen *a, const struct seen *b)
{
	return same_record(a, b) && same_head(a, b);
}

/* Each of the two is as it was before, or as it is after. */
static bool is_whole(const struct seen *now, const struct seen *before,
                     const struct seen *after)
{
	return (same_record(now, before) || same_record(now, after)) &&
	       (same_head(now, before) || same_head(now, after));
}

/* As an update finds it. */
static void begin_with(void)
{
	(void)begin_record(SUBJECT);
	draft = (struct record){ .life = { .pid = 4711, .exits = 5 },
		                 .helper = 815,
		                 .life_key = 5 };
	draft.phase = (union phase){ .state = STATE_WAITING_TO_START,
		                     .target = TARGET_UP,
		                     .launch = 5 & 3,
		                     .since_low_ms = 1000 };
	end_record(SUBJECT);
	publish_halt(0);
	publish_escalation((union escalation){ .word = 0 });
	publish_seeded();
}

/* It is to be started, and the kernel has not stored a pid. */
static void begin_to_launch(void)
{
	begin_with();
	(void)begin_record(SUBJECT);
	draft.life.pid = draft.helper = 0;
	draft.phase.state = STATE_STARTING;
	draft.phase.launch = (draft.life.exits + 1) & 3;
	end_record(SUBJECT);
}

static long trace(int what, int pid)
{
	return CALL4(__NR_ptrace, (long)what, (long)pid, 0, 0);
}

/* Until it stops, which is true, or ends. The kernel's headers and those of
 * libc do not go together, so this is done by our own calls. */
static bool stops(int pid)
{
	siginfo_t how = { 0 };

	while (sys_waitid(P_PID, pid, &how, WEXITED | WSTOPPED) == -EINTR)
		;
	return how.si_code == CLD_TRAPPED || how.si_code == CLD_STOPPED;
}

/* Runs it for so many instructions in another process. False: it was done
 * before. */
static bool run_for(void (*run)(void), int steps)
{
	int stored, pid = sys_fork(&stored);
	bool more;

	if (pid == 0) {
		(void)trace(PTRACE_TRACEME, 0);
		(void)sys_kill(sys_getpid(), SIGSTOP);
		run();
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

static void test_torn(const char *name, void (*run)(void))
{
	struct seen before, after, now;
	int steps, went_back = 0, torn = 0, wrong = 0; /* how often */
	bool more = true, happened = false;

	begin_with();
	before = look();
	run();
	after = look();
	for (steps = 0; more && steps < STEPS_MAX; steps++) {
		begin_with();
		more = run_for(run, steps);
		now = look();
		torn += !is_whole(&now, &before, &after);
		said[0] = '\0';
		publish_mend();
		now = look();
		wrong += said[0] != '\0' || (subject()->sequence & 1) != 0 ||
		         !is_whole(&now, &before, &after);
		went_back += happened && !same(&now, &after);
		happened |= same(&now, &after);
	}
	ok(wrong == 0 && went_back == 0 && steps > 50 && !more && happened,
	   "%s, ended at any of %d instructions, has happened or not (%d times "
	   "it was torn)", name, steps, torn);
}

/* Changes by something else */

/* The tail is about another service, so nothing can be taken from there. */
static void begin_alone(void)
{
	begin_with();
	(void)begin_record(0);
	end_record(0);
}

static bool is_of_the_kernel(size_t at)
{
	return (at >= offsetof(struct record, life) &&
	        at < offsetof(struct record, life) + 4) ||
	       (at >= offsetof(struct record, helper) &&
	        at < offsetof(struct record, helper) + 4);
}

static bool is_of_the_board(size_t at)
{
	return at < offsetof(struct record, life) ||
	       (at >= offsetof(struct record, main) &&
	        at < offsetof(struct record, helper));
}

static void test_bytes(void)
{
	unsigned char *at;
	uint32_t tried = 0, believed = 0, launched = 0;

	begin_to_launch();
	(void)begin_record(0);
	end_record(0);
	at = (void *)subject();
	for (size_t k = 0; k < sizeof(struct record); k++)
		for (unsigned flip = 1; flip < 256 && !is_of_the_board(k);
		     flip++) {
			enum trust trust;

			at[k] ^= (unsigned char)flip;
			trust = record_trust(supervisor.ledger, SUBJECT);
			launched += trust == TRUST_LAUNCHED;
			believed += trust != TRUST_CHANGED &&
			            !(trust == TRUST_LAUNCHED &&
			              is_of_the_kernel(k));
			tried++;
			at[k] ^= (unsigned char)flip;
		}
	ok(believed == 0 && tried > 20000 && launched == 2 * 4 * 255,
	   "one byte of %u that is another one is seen; a pid that the kernel "
	   "has stored is not a change", tried);
}

/* xorshift64* */
static uint32_t any(void)
{
	static uint64_t seed = 0x5eed1012;

	seed ^= seed >> 12;
	seed ^= seed << 25;
	seed ^= seed >> 27;
	return (uint32_t)(seed * 0x2545f4914f6cdd1dull >> 32);
}

static void test_garbage(void)
{
	uint32_t believed = 0;

	for (int k = 0; k < TRIALS; k++) {
		unsigned char *at = (void *)subject();
		uint32_t bytes = 1 + any() % 40;

		begin_alone();
		while (bytes-- > 0)
			at[8 + any() % (sizeof(struct record) - 8)] =
				(unsigned char)any();
		believed += record_trust(supervisor.ledger, SUBJECT) !=
		                    TRUST_CHANGED &&
		            subject()->sum != record_sum(subject());
	}
	ok(believed < TRIALS / 100, "of %d times garbage, %u passed as a pid of "
	   "the kernel", (int)TRIALS, believed);
	begin_alone();
	memset(subject(), 0, sizeof(*subject()));
	ok(record_trust(supervisor.ledger, SUBJECT) == TRUST_CHANGED,
	   "a record of zeros is not believed");
}

static void test_lost(void)
{
	begin_alone();
	subject()->phase.target = TARGET_DOWN;
	publish_mend();
	ok(subject()->lost == LOST_ALL && subject()->life.pid == 0 &&
	           subject()->phase.state == STATE_DOWN,
	   "nothing is believed of a record that was changed: it is lost");
	publish_mend();
	ok(subject()->lost, "and stays so until it is found");
	begin_with();
	subject()->phase.target = TARGET_DOWN;
	publish_mend();
	ok(!subject()->lost && subject()->life.pid == 4711,
	   "the last that was stored is still there");
}

static void test_launched(void)
{
	begin_to_launch();
	subject()->life.pid = 1234;
	publish_mend();
	ok(subject()->life.pid == 1234 && subject()->lost == LOST_UNSURE &&
	           record_trust(supervisor.ledger, SUBJECT) == TRUST_WHOLE,
	   "the pid of what was launched stays, and is summed up");
}

/* Byte for byte of what supervisord goes by. */
static void test_head(void)
{
	unsigned char *at = (void *)supervisor.ledger;
	uint32_t wrong = 0, tried = 0;
	struct head before, now;

	begin_with();
	publish_halt(HALT_EXIT << 8);
	before = ledger_head(supervisor.ledger);
	for (size_t k = offsetof(struct ledger, session_ms);
	     k < sizeof(struct ledger); k++) {
		at[k] ^= 0x41;
		now = ledger_head(supervisor.ledger);
		if (memcmp(&now, &before, sizeof(now)) != 0) {
			tried++;
			publish_mend();
			now = ledger_head(supervisor.ledger);
			wrong += memcmp(&now, &before, sizeof(now)) != 0;
		} else {
			at[k] ^= 0x41;
		}
	}
	ok(wrong == 0 && tried > 60, "a byte of the header that is another one, "
	   "%u times: it is as it was again", tried);
	supervisor.ledger->halt = 0x0102;
	memset(&ledger_tail(supervisor.ledger)->head, 0x55, 8);
	said[0] = '\0';
	publish_mend();
	ok(supervisor.ledger->halt == 0 && said[0] != '\0',
	   "an end that was asked for by something else is not; that is said");
}

int main(void)
{
	make();
	ok(record_trust(supervisor.ledger, SUBJECT) == TRUST_WHOLE &&
	           head_trust(supervisor.ledger) == TRUST_WHOLE,
	   "a new ledger is whole");
	for (size_t k = 0; k < sizeof(updates) / sizeof(updates[0]); k++)
		test_torn(updates[k].name, updates[k].run);
	test_bytes();
	test_garbage();
	test_lost();
	test_launched();
	test_head();
	return done();
}
