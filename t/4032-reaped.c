/* SPDX-License-Identifier: MIT */
/* A process that is reaped while /proc is read. The kernel then shows it without
 * a parent: it is gone, and not another process with its number. And the look of
 * a successor at a number whose process ends just then: connate has told of that
 * end before, so it is counted as any other. What is tested is included. */
#include <stdio.h>
#include <string.h>

#include "model/target.h"
#include "supervisord/base/publish.c"
#include "supervisord/base/supervisor.c"
#include "supervisord/recovery/rediscover.c"
#include "supervisord/tree/proc.c"
#include "t/tap.h"

enum { PROCESSES = 3000, SERVICES = 2, SUBJECT = 1, EXITS = 5 };

/* What is not asked here. */

void message(const char *part, ...)
{
	(void)part;
}

uint64_t clock_now_ms(void)
{
	return 0;
}

bool tree_has_session(int32_t connate, int folder, const struct proc *p)
{
	(void)connate, (void)folder, (void)p;
	return false;
}

bool process_find_key(int32_t pid, uint64_t *key)
{
	(void)pid, (void)key;
	return false;
}

enum target command_target(uint32_t service)
{
	(void)service;
	return TARGET_DOWN;
}

void targets_apply(void)
{
}

bool claim_has_board(int folder)
{
	(void)folder;
	return false;
}

uint32_t claim_service(int folder, int32_t pid, bool trusted)
{
	(void)folder, (void)pid, (void)trusted;
	return TABLE_NONE;
}

/* Files of /proc/PID/stat. */

static bool read_text(const char *text, struct proc *p)
{
	char path[32];
	int fd = sys_memfd_create("stat", 0);
	bool there;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	there = sys_write(fd, text, strlen(text)) > 0 &&
	        read_stat(AT_FDCWD, path, p) > 0;
	(void)sys_close(fd);
	return there;
}

#define ZEROS " 0 0 0 0 0 0 0 0 0 0 20 0 1 0 4921919 0 0 0 0 0\n"

static void test_texts(void)
{
	struct proc p = { .pid = 7 };

	ok(!read_text("42 (a) X 0 -1 -1 0 -1 4227148" ZEROS, &p) && p.pid == 7,
	   "a process that is being reaped is gone");
	ok(!read_text("42 (a) Z 0 -1 -1 0 -1 4227148" ZEROS, &p) && p.pid == 7,
	   "also when it was a zombie a moment before");
	ok(read_text("42 (a) Z 9 8 7 0 -1 4227148" ZEROS, &p) && p.parent == 9,
	   "a zombie is not");
	ok(read_text("1 (a) S 0 1 1 0 -1 4227148" ZEROS, &p) && p.group == 1,
	   "nor is the first process of a namespace");
	ok(read_text("5 (a) S 0 0 0 0 -1 4227148" ZEROS, &p) && p.group == 0,
	   "nor is one that was put into it");
	ok(!read_text("42 (a", &p), "what has no name is none");
}

/* Children that are reaped while another process reads, in memory that both
 * have. */

static struct race {
	int32_t test;               /* their parent */
	int32_t pid;                /* to be read; 0: none, -1: the end */
	unsigned strangers;         /* seen with another parent */
} *race;

static int32_t now_read(void)
{
	return __atomic_load_n(&race->pid, __ATOMIC_ACQUIRE);
}

static void read_now(int32_t pid)
{
	__atomic_store_n(&race->pid, pid, __ATOMIC_RELEASE);
}

/* The folder is that of one process, whatever its number becomes. */
static void read_one(int32_t pid)
{
	int folder = proc_open(pid);
	struct proc p;

	while (now_read() == pid)
		if (proc_read(folder, &p) && p.parent != race->test)
			race->strangers++;
	if (folder >= 0)
		(void)sys_close(folder);
}

static int32_t begin(void (*run)(void))
{
	int32_t ignored, pid = sys_fork_into(0, &ignored);

	if (pid != 0)
		return pid;
	run();
	sys_exit(0);
}

static void read_all(void)
{
	int32_t pid;

	while ((pid = now_read()) >= 0)
		if (pid > 0)
			read_one(pid);
}

static void end_now(void)
{
}

static void end_one(unsigned k)
{
	int32_t pid = begin(end_now);
	siginfo_t how;

	(void)sys_waitid(P_PID, pid, &how, WEXITED | WNOWAIT);
	read_now(pid);
	for (volatile unsigned i = 0; i < 16 * (k % 1024); i = i + 1)
		;
	(void)sys_waitid(P_PID, pid, &how, WEXITED);
	read_now(0);
}

static void test_race(void)
{
	siginfo_t how;
	int32_t reader;

	race = (void *)sys_mmap(NULL, sizeof(*race), PROT_READ | PROT_WRITE,
	                        MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	race->test = sys_getpid();
	reader = begin(read_all);
	for (unsigned k = 0; k < PROCESSES; k++)
		end_one(k);
	read_now(-1);
	(void)sys_waitid(P_PID, reader, &how, WEXITED);
	ok(race->strangers == 0, "of %d children that are reaped none is seen "
	   "as a child of another process (%u)", PROCESSES, race->strangers);
}

/* A successor of a supervisord that was killed behind a clone. */

static struct board_entry board[SERVICES];
static bool told;           /* connate has said that the process has ended */

/* The only message. */
void link_receive(void)
{
	if (told)
		publish_end(SUBJECT, (union ending){ .code = 1 });
	told = false;
}

static struct table *table(void)
{
	static struct {
		struct table head;
		struct table_service service[SERVICES];
	} t;

	t.head = (struct table){ .magic = TABLE_MAGIC,
		                 .version = TABLE_VERSION,
		                 .size = sizeof(t),
		                 .services = SERVICES,
		                 .board_entries = SERVICES,
		                 .service_at = sizeof(t.head),
		                 .service_bytes = sizeof(*t.service) };
	return &t.head;
}

static void make(void)
{
	struct ledger layout = ledger_layout(table());
	static _Alignas(64) unsigned char bytes[1 << 17];
	struct ledger *l = (void *)bytes;

	memset(bytes, 0, sizeof(bytes));
	*l = layout;
	supervisor.ledger = l;
	supervisor.records = ledger_records(l);
	supervisor.world.table = table();
	supervisor.world.records = supervisor.records;
	supervisor.board = board;
	supervisor.connate = 1;
}

/* By the number of a process that is no child of connate. */
static const struct record *look_at_stranger(bool is_told)
{
	struct record *r;

	make();
	r = record_of(SUBJECT);
	r->life = (union life){ .pid = sys_getpid(), .exits = EXITS };
	r->phase = (union phase){ .state = STATE_STARTING,
		                  .target = TARGET_UP,
		                  .attempt = 3 };
	r->lost = LOST_UNSURE;
	told = is_told;
	check_unsure(SUBJECT);
	return r;
}

static void test_unsure(void)
{
	const struct record *r = look_at_stranger(true);

	ok(r->life.exits == EXITS + 1 && r->life.pid == 0,
	   "connate has told of the end: it is counted once");
	ok(r->lost == LOST_NOTHING && r->phase.attempt == 3,
	   "and the record goes on");
	r = look_at_stranger(false);
	ok(r->lost == LOST_ALL, "connate has told nothing: the number is wrong");
}

int main(void)
{
	test_texts();
	test_race();
	test_unsure();
	return done();
}
