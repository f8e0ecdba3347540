/* SPDX-License-Identifier: MIT */
/* make bench: every figure that a claim of ours names, in one table. Times
 * are medians, and ratios to what was measured beside them in the same run;
 * these machines are noisy, so ours and the floor's rounds take turns.
 *
 *     bench FOLDER CONNATE CONCTL CONCHECK-OF-10000
 *
 * FOLDER has what the Makefile makes for it: supervisords of 10, 100, 1000 and
 * 10000 services, of guarded ones and of ones that are a function; the floor;
 * the no-op; the stripped programs.
 */
#define _GNU_SOURCE
#include "bench/bench.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char *folder, *connate, *conctl, *concheck;

/* What the Makefile has put into our folder. A few of them live at once. */
static char *ours(const char *name)
{
	static char paths[16][512];
	static unsigned next;
	char *path = paths[next++ % 16];

	snprintf(path, sizeof(paths[0]), "%s/%s", folder, name);
	return path;
}

static void row(const char *what, double ours, const char *unit, double floor,
                double bar)
{
	double figure = floor > 0 ? ours / floor : ours;

	printf("%-44s %10.1f %-3s", what, ours, unit);
	if (floor > 0)
		printf(" %10.1f %6.2f", floor, ours / floor);
	else
		printf(" %10s %6s", "", "");
	if (bar >= 0)
		printf(" %8.2f %s", bar, figure <= bar ? "" : "OVER");
	printf("\n");
	fflush(stdout);
}

static struct child floor_start(const char *how)
{
	char *argv[] = { ours("floor"), (char *)how, ours("noop"), NULL };

	return child_start(argv);
}

static double floor_round(int count)
{
	struct child c = floor_start("start");
	char number[16];
	double begin;

	snprintf(number, sizeof(number), "%d\n", count);
	usleep(2000);               /* it waits in read(2) by now */
	begin = now_us();
	if (write(c.in, number, strlen(number)) < 0)
		fail("floor");
	child_marks(&c, count);
	begin = now_us() - begin;
	child_end(&c);
	return begin;
}

static double our_round(const struct session *s, int count)
{
	double begin = now_us();

	session_ask(s, REQUEST_UP, 0, (uint32_t)count);
	child_marks(&s->child, count);
	begin = now_us() - begin;
	session_await(s, 0, (uint32_t)count, STATE_UP);
	session_ask(s, REQUEST_DOWN, 0, (uint32_t)count);
	session_await(s, 0, (uint32_t)count, STATE_DOWN);
	return begin;
}

static void start_of(const struct session *s, int count, int rounds,
                     double bar)
{
	struct sample ours = { .count = 0 }, floor = { .count = 0 };
	char what[64];

	our_round(s, count);        /* warm both up */
	floor_round(count);
	for (int i = 0; i < rounds; i++) {
		sample_add(&floor, floor_round(count));
		sample_add(&ours, our_round(s, count));
	}
	snprintf(what, sizeof(what), "start of %d services", count);
	row(what, sample_median(&ours), "us", sample_median(&floor), bar);
}

static double kill_round(const struct child *c, pid_t pid)
{
	double begin = now_us();

	kill(pid, SIGKILL);
	child_marks(c, 1);
	return now_us() - begin;
}

/* 10000 beside 1000, and both beside the floor. */
static void start_linear(const struct session *s1000,
                         const struct session *s10000, int rounds)
{
	struct sample few = { .count = 0 }, many = { .count = 0 };

	our_round(s10000, 10000);
	for (int i = 0; i < rounds; i++) {
		sample_add(&few, our_round(s1000, 1000));
		sample_add(&many, our_round(s10000, 10000));
	}
	row("start of 10000 services, to start of 1000",
	    sample_median(&many), "us", sample_median(&few), 11);
}

static double ask_round(const struct session *s)
{
	double begin = now_us();

	session_answered(s, session_ask(s, REQUEST_UP, 0, 1));
	return now_us() - begin;
}

/* One event, with few services and with many. All are up. Requests come first:
 * 10 ms after a death all children are looked at (doc/why/0011). */
static void bench_loop(const struct session *few, const struct session *many,
                       int rounds)
{
	struct sample ask[2] = { { .count = 0 } }, die[2] = { { .count = 0 } };
	const struct session *both[] = { few, many };

	for (int i = 0; i < 2 * rounds; i++) {
		usleep(1000);
		sample_add(&ask[i % 2], ask_round(both[i % 2]));
	}
	for (int i = 0; i < 2 * rounds; i++) {
		const struct session *s = both[i % 2];

		session_await(s, 0, 1, STATE_UP);
		usleep(1000);
		sample_add(&die[i % 2],
		           kill_round(&s->child, session_pid(s, 0)));
	}
	row("one request, 10000 services to 100", sample_median(&ask[1]),
	    "us", sample_median(&ask[0]), 1.3);
	row("one death, 10000 services to 100", sample_median(&die[1]), "us",
	    sample_median(&die[0]), 1.3);
}

static void thousands(const struct session *s1000)
{
	struct session few = session_start(connate, ours("100.supervisord"));
	struct session many = session_start(connate, ours("10000.supervisord"));

	start_linear(s1000, &many, 9);
	session_ask(&few, REQUEST_UP, 0, 100);
	child_marks(&few.child, 100);
	session_ask(&many, REQUEST_UP, 0, 10000);
	child_marks(&many.child, 10000);
	session_await(&many, 0, 10000, STATE_UP);
	bench_loop(&few, &many, 401);
	session_end(&few);
	session_end(&many);
}

static double kind_round(const struct session *s, int count)
{
	double begin = now_us();

	session_ask(s, REQUEST_UP, 0, (uint32_t)count);
	session_await(s, 0, (uint32_t)count, STATE_UP);
	begin = now_us() - begin;
	session_ask(s, REQUEST_DOWN, 0, (uint32_t)count);
	session_await(s, 0, (uint32_t)count, STATE_DOWN);
	return begin;
}

/* A function is a fork and no exec; a guard is a start more than the program's
 * own, so twice the floor's. */
static void kinds(int rounds)
{
	struct session guarded =
		session_start(connate, ours("guarded.supervisord"));
	struct session called =
		session_start(connate, ours("called.supervisord"));
	struct sample guard = { .count = 0 }, call = { .count = 0 },
		      floor = { .count = 0 };

	for (int i = 0; i < rounds; i++) {
		sample_add(&floor, floor_round(100));
		sample_add(&guard, kind_round(&guarded, 100));
		sample_add(&call, kind_round(&called, 100));
	}
	row("start of 100 guarded, to 200 of the floor",
	    sample_median(&guard), "us", 2 * sample_median(&floor), -1);
	row("start of 100 that are a CALL", sample_median(&call), "us",
	    sample_median(&floor), -1);
	session_end(&guarded);
	session_end(&called);
}

static double read_stamp(const struct session *s)
{
	int64_t ns;

	if (read(s->child.out, &ns, sizeof(ns)) != sizeof(ns))
		fail("a service that says when it runs");
	return (double)ns / 1000;
}

/* From what service `first` says until the one behind it, which needs it, runs. */
static double ready_round(const struct session *s, uint32_t first)
{
	double said, runs;

	session_ask(s, REQUEST_UP, first, 2);
	said = read_stamp(s);
	runs = read_stamp(s);
	session_await(s, first, 2, STATE_UP);
	session_ask(s, REQUEST_DOWN, first, 2);
	session_await(s, first, 2, STATE_DOWN);
	return runs - said;
}

/* The floor is READY_FD. */
static void readiness(int rounds)
{
	struct session s = session_start(connate, ours("ready.supervisord"));
	struct sample fd = { .count = 0 }, notify = { .count = 0 };

	for (int i = 0; i < rounds; i++) {
		sample_add(&fd, ready_round(&s, 0));
		sample_add(&notify, ready_round(&s, 2));
	}
	row("READY=1 until what needs it runs, to READY_FD",
	    sample_median(&notify), "us", sample_median(&fd), 1.2);
	session_end(&s);
}

static double processor_us(pid_t pid)
{
	char path[64];
	double ns = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/schedstat", pid);
	file = fopen(path, "r");
	if (file == NULL || fscanf(file, "%lf", &ns) != 1)
		ns = 0;
	if (file != NULL)
		fclose(file);
	return ns / 1000;
}

static double busy_us(pid_t one, pid_t two)
{
	double before = processor_us(one) + (two > 0 ? processor_us(two) : 0);

	sleep(10);
	return processor_us(one) + (two > 0 ? processor_us(two) : 0) - before;
}

static int children_count(pid_t pid)
{
	char path[64];
	int count = 0, child;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", pid, pid);
	file = fopen(path, "r");
	while (file != NULL && fscanf(file, "%d", &child) == 1)
		count++;
	if (file != NULL)
		fclose(file);
	return count;
}

/* systemd as the manager of a user, with the same services, in a pid and a mount
 * namespace of its own, where it finds a folder that it asks for. 0: it cannot
 * be run here. */
static double systemd_us(int count)
{
	static char script[2048];
	char *argv[] = { (char *)"/usr/bin/unshare", (char *)"--mount",
		         (char *)"--fork",      (char *)"--pid",
		         (char *)"--mount-proc", (char *)"--kill-child",
		         (char *)"sh",          (char *)"-c",
		         script,                NULL };
	double limit = now_us() + 120e6, busy = 0;
	struct child c;
	pid_t pid;

	if (getuid() != 0 || access("/lib/systemd/systemd", X_OK) != 0)
		return 0;
	snprintf(script, sizeof(script),
	         "mount -t tmpfs tmpfs /run && mkdir -p /run/systemd/system && "
	         "u=/run/u/systemd/user && mkdir -p $u/default.target.wants && "
	         "printf '[Unit]\\nDefaultDependencies=no\\n[Service]\\n"
	         "Type=notify\\nWatchdogSec=30\\nExecStart=%s/%s ping\\n' "
	         ">$u/ping@.service && for n in `seq %d`; do ln -s "
	         "../ping@.service $u/default.target.wants/ping@$n.service; "
	         "done && XDG_RUNTIME_DIR=/run/u XDG_CONFIG_HOME=/run/u "
	         "/lib/systemd/systemd --user --unit=default.target; true",
	         getenv("PWD"), ours("speak"), count);
	c = child_start(argv);
	do {
		usleep(100000);
		pid = child_of(child_of(c.pid)); /* its shell is PID 1 */
	} while (now_us() < limit && children_count(pid) < count);
	if (children_count(pid) >= count) {
		sleep(5);           /* it has started all of them */
		busy = busy_us(pid, 0);
	}
	child_end(&c);
	return busy;
}

/* The floor is systemd. */
static void pings(void)
{
	struct session s = session_start(connate, ours("pings.supervisord"));
	double busy;

	session_ask(&s, REQUEST_UP, 0, 1000);
	session_await(&s, 0, 1000, STATE_UP);
	sleep(5);
	busy = busy_us(s.child.pid, s.ledger->supervisord);
	session_end(&s);
	row("1000 that ping each 0.5 s: 10 s, to systemd", busy, "us",
	    systemd_us(1000), 0.25);
}

static void restart(const struct session *s, int rounds)
{
	struct sample ours = { .count = 0 }, floor = { .count = 0 };
	struct child c = floor_start("restart");

	child_marks(&c, 1);
	session_ask(s, REQUEST_UP, 0, 1);
	child_marks(&s->child, 1);
	for (int i = 0; i < rounds; i++) {
		session_await(s, 0, 1, STATE_UP);
		usleep(2000);       /* both are asleep again */
		sample_add(&ours, kill_round(&s->child, session_pid(s, 0)));
		usleep(2000);
		sample_add(&floor, kill_round(&c, child_of(c.pid)));
	}
	child_end(&c);
	row("restart latency after kill -9", sample_median(&ours), "us",
	    sample_median(&floor), 1.3);
	session_ask(s, REQUEST_DOWN, 0, 1);
	session_await(s, 0, 1, STATE_DOWN);
}

/* From kill -9 of supervisord until its successor has answered a request and
 * has started a service again that died meanwhile. */
static double blackout_round(const struct session *s)
{
	pid_t pid = session_pid(s, 0);
	double begin = now_us();
	uint64_t id;

	kill(s->ledger->supervisord, SIGKILL);
	kill(pid, SIGKILL);
	id = session_ask(s, REQUEST_UP, 0, 1);
	child_marks(&s->child, 1);
	session_answered(s, id);
	return now_us() - begin;
}

static void blackout(const struct session *s, int rounds,
                     struct sample *ours, struct sample *floor)
{
	for (int i = 0; i < rounds; i++) {
		session_await(s, 0, 1, STATE_UP);
		usleep(2000);
		sample_add(ours, blackout_round(s));
		sample_add(floor, floor_round(1));
	}
}

/* The same for connate, whose place is taken by supervisord, and until that has
 * a successor; an orphan becomes our child. */
static double succession_round(struct session *s)
{
	pid_t pid = session_pid(s, 0), next = s->ledger->supervisord;
	double begin = now_us();
	uint64_t id;

	kill(s->child.pid, SIGKILL);
	kill(pid, SIGKILL);
	id = session_ask(s, REQUEST_UP, 0, 1);
	child_marks(&s->child, 1);
	session_answered(s, id);
	session_await_other(s, next);
	begin = now_us() - begin;
	waitpid(s->child.pid, NULL, 0);
	s->child.pid = next;
	return begin;
}

static void succession(int rounds)
{
	struct session s1000 = session_start(connate, ours("1000.supervisord"));
	struct session *s = &s1000;
	struct sample times = { .count = 0 }, floor = { .count = 0 };

	session_ask(s, REQUEST_UP, 0, 1000);
	child_marks(&s->child, 1000);

	for (int i = 0; i < rounds; i++) {
		session_await(s, 0, 1, STATE_UP);
		usleep(20000);      /* its orphans are watched by now */
		sample_add(&times, succession_round(s));
		sample_add(&floor, floor_round(1));
	}
	row("connate killed in a session, 1000 services",
	    sample_median(&times), "us", sample_median(&floor), -1);
	row("  at most 2 ms", sample_median(&times), "us", 0, 2000);
	row("  the worst", sample_max(&times), "us", 0, 20000);
	session_end(s);
}

/* In place: no pid changes. The floor starts a program. */
static void upgrades(const struct session *s, int rounds,
                     struct sample *floor)
{
	struct sample ours = { .count = 0 };
	pid_t pid = session_pid(s, 0), supervisord = s->ledger->supervisord;

	for (int i = 0; i < rounds; i++) {
		double begin;

		usleep(2000);       /* both are asleep again */
		begin = now_us();
		session_upgrade(s);
		sample_add(&ours, now_us() - begin);
	}
	if (session_pid(s, 0) != pid || s->ledger->supervisord != supervisord)
		fail("an upgrade that changes pids");
	row("upgrade in place, 1000 services", sample_median(&ours), "us",
	    sample_median(floor), -1);
	row("  at most 10 ms", sample_median(&ours), "us", 0, 10000);
}

static void blackouts(const struct session *s1000, int rounds)
{
	struct session s10 = session_start(connate, ours("10.supervisord"));
	struct sample floor = { .count = 0 }, few = { .count = 0 },
		      many = { .count = 0 };
	double small, large, one;

	session_ask(&s10, REQUEST_UP, 0, 10);
	child_marks(&s10.child, 10);
	blackout(&s10, rounds, &few, &floor);
	session_end(&s10);
	session_ask(s1000, REQUEST_UP, 0, 1000);
	child_marks(&s1000->child, 1000);
	blackout(s1000, 9 * rounds, &many, &floor);
	small = sample_median(&few);
	large = sample_median(&many);
	one = sample_median(&floor);
	row("blackout, 10 services", small, "us", one, 3);
	row("blackout, 1000 services", large, "us", one,
	    3 + (large - small) / one);
	row("  of it: checking 990 more records", large - small, "us", one,
	    -1);
	row("  at most 2 ms", large, "us", 0, 2000);
	row("  the worst", sample_max(&many), "us", 0, 20000);
	upgrades(s1000, 401, &floor);
}

static long proc_field(pid_t pid, const char *file, const char *name)
{
	char path[64], line[256];
	long value = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, file);
	f = fopen(path, "r");
	if (f == NULL)
		fail(path);
	while (fgets(line, sizeof(line), f) != NULL)
		if (strncmp(line, name, strlen(name)) == 0)
			value = atol(line + strlen(name));
	fclose(f);
	return value;
}

static int descriptors(pid_t pid)
{
	char path[64];
	int count = -2;             /* . and .. */
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/fd", pid);
	dir = opendir(path);
	if (dir == NULL)
		fail(path);
	while (readdir(dir) != NULL)
		count++;
	closedir(dir);
	return count;
}

static void bench_memory(const struct session *s)
{
	pid_t one = s->child.pid, two = s->ledger->supervisord;
	long pss1 = proc_field(one, "smaps_rollup", "Pss:");
	long pss2 = proc_field(two, "smaps_rollup", "Pss:");

	row("Pss of pid1, 1000 services up", (double)pss1, "KB", 0, -1);
	row("Pss of supervisord, 1000 services up", (double)pss2, "KB", 0,
	    -1);
	row("Pss of both", (double)(pss1 + pss2), "KB", 0, 512);
	row("descriptors of pid1", descriptors(one), "", 0, -1);
	row("descriptors of supervisord", descriptors(two), "", 0, -1);
}

/* What it holds after thousands of upgrades more than before. */
static void growth(const struct session *s, int rounds)
{
	pid_t one = s->child.pid, two = s->ledger->supervisord;
	long pss = proc_field(one, "smaps_rollup", "Pss:") +
	           proc_field(two, "smaps_rollup", "Pss:");
	int fds = descriptors(one) + descriptors(two);

	for (int i = 0; i < rounds; i++)
		session_upgrade(s);
	row("Pss of both, more after 10000 upgrades",
	    (double)(proc_field(one, "smaps_rollup", "Pss:") +
	             proc_field(two, "smaps_rollup", "Pss:") - pss),
	    "KB", 0, 16);
	row("descriptors of both, likewise",
	    descriptors(one) + descriptors(two) - fds, "", 0, 0);
}

static long wakes(pid_t pid)
{
	return proc_field(pid, "status", "voluntary_ctxt_switches:") +
	       proc_field(pid, "status", "nonvoluntary_ctxt_switches:");
}

/* A process that was not switched to made no system call either. */
static void idle(const struct session *s)
{
	pid_t one = s->child.pid, two = s->ledger->supervisord;
	long before;

	sleep(2);                   /* what was under way is over */
	before = wakes(one) + wakes(two);
	sleep(10);
	row("wake-ups of both in 10 s idle",
	    (double)(wakes(one) + wakes(two) - before), "", 0, 0);
}

static double run(char *const *argv)
{
	double begin = now_us();
	pid_t pid = vfork();

	if (pid == 0) {
		int nowhere = open("/dev/null", O_WRONLY);

		dup2(nowhere, 1);
		dup2(nowhere, 2);
		execv(argv[0], argv);
		_exit(127);
	}
	waitpid(pid, NULL, 0);
	return now_us() - begin;
}

/* Without the compiler's time. */
static void checking(int rounds)
{
	char *argv[] = { concheck, NULL };
	struct sample s = { .count = 0 };

	for (int i = 0; i < rounds; i++)
		sample_add(&s, run(argv) / 1000);
	row("concheck of 10000 services", sample_median(&s), "ms", 0, 2000);
}

static void status(const struct session *s, int rounds)
{
	char pid[16], name[64];
	char *one[] = { conctl, (char *)"-p", pid, (char *)"state", name,
		        NULL };
	char *all[] = { conctl, (char *)"-p", pid, (char *)"state", NULL };
	char *nothing[] = { ours("floor"), NULL };
	struct sample s1 = { .count = 0 }, s2 = { .count = 0 },
		      s3 = { .count = 0 };

	snprintf(pid, sizeof(pid), "%d", s->child.pid);
	snprintf(name, sizeof(name), "%s",
	         table_name(ledger_table(s->ledger), 0));
	for (int i = 0; i < rounds; i++) {
		sample_add(&s1, run(one));
		sample_add(&s2, run(all));
		sample_add(&s3, run(nothing));
	}
	row("conctl state of 1 (floor: a program that ends)",
	    sample_median(&s1), "us", sample_median(&s3), -1);
	row("conctl state of 1000", sample_median(&s2), "us",
	    sample_median(&s3), -1);
}

static long size_of(const char *path)
{
	struct stat status;

	if (stat(path, &status) < 0)
		fail(path);
	return (long)status.st_size;
}

static void sizes(void)
{
	long one = size_of(ours("connate.stripped"));
	long two = size_of(ours("supervisord.stripped"));

	row("pid1, stripped", (double)one, "B", 0, 20480);
	row("pid1 and supervisord, default configuration",
	    (double)(one + two), "B", 0, 102400);
}

int main(int argc, char **argv)
{
	struct session s;

	prctl(PR_SET_CHILD_SUBREAPER, 1);
	if (argc != 5) {
		fprintf(stderr, "bench is run by: make bench\n");
		return 2;
	}
	folder = argv[1];
	connate = argv[2];
	conctl = argv[3];
	concheck = argv[4];
	printf("%-44s %10s %-3s %10s %6s %8s\n", "median of", "ours", "",
	       "floor", "ratio", "bar");
	sizes();
	checking(5);
	s = session_start(connate, ours("1000.supervisord"));
	start_of(&s, 10, 101, -1);
	start_of(&s, 100, 41, -1);
	start_of(&s, 1000, 15, 1.25);
	restart(&s, 401);
	thousands(&s);
	kinds(41);
	readiness(401);
	pings();
	blackouts(&s, 2001);
	bench_memory(&s);
	growth(&s, 10000);
	status(&s, 201);
	idle(&s);
	session_end(&s);
	succession(2001);
	return 0;
}
