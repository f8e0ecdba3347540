/* SPDX-License-Identifier: MIT */
/* Makes orphans as fast as it can, and says on standard output how long it
 * took until the last one was reaped, and how many zombies were seen.
 *
 *     orphans COUNT BURST INIT
 *
 * It is what an init runs; INIT is the init's pid as we see it. A worker
 * starts BURST children, which end at once, and ends itself: they lose their
 * parent. With a BURST of 1 that is the double fork of a daemon. The next
 * worker follows. All orphans are of one process group: when it is
 * empty, to the kernel, the last one was reaped, by any process.
 *
 * Meanwhile a sampler looks, each SAMPLE_MS, which children the init, or its
 * child that started us, has besides ourselves: those are orphans that are not
 * reaped. One that was there at the sampling before, too, is *stale*: in all
 * that time it was not reaped. Where there are MORE_MAX processes more than at
 * first, we wait until there are less: pids are few, and others need some. */
#include "bench/look.h"

#include "model/text.h"
#include "sys/call.h"
#include "sys/start.h"

#include <linux/sysinfo.h>

#ifndef CLONE_VFORK
#define CLONE_VFORK 0x4000
#endif

enum {
	SAMPLE_MS = 10,
	STACKS = 1024,
	STACK_BYTES = 256,
	BIG_BYTES = 16384,
	PIDS = 1 << 22,             /* PID_MAX_LIMIT of linux/threads.h */
	MORE_MAX = 4096,            /* then we wait: others need pids, too */
};

static _Alignas(16) unsigned char stacks[STACKS][STACK_BYTES];
static _Alignas(16) unsigned char maker_stack[BIG_BYTES],
	worker_stack[BIG_BYTES], sampler_stack[BIG_BYTES];

static unsigned count, burst, next_stack;
static int init, parent, own;   /* the reapers: one of the first two, or both */
static uint64_t begin_us, refused;

/* The sampler's, which shares our memory: the last sampling at which each pid
 * was seen. */
static uint32_t seen_at[PIDS];
static uint64_t samples, most, stale;
static volatile bool over;

static void pause_us(long us)
{
	struct __kernel_timespec t = { .tv_nsec = us * 1000 };

	(void)sys_ppoll(NULL, 0, &t);
}

static void end(void *unused)
{
	(void)unused;
	sys_exit(0);
}

/* Its limit may be reached: of pids, where no process reaps. */
static int init_start(unsigned long flags, void *stack_end, void (*run)(void *))
{
	int pid;

	while ((pid = sys_clone(flags | CLONE_VM | SIGCHLD, stack_end, NULL,
	                        NULL, run, NULL)) == -EAGAIN) {
		refused++;
		pause_us(1000);
	}
	return pid;
}

/* A stack is used again after STACKS orphans, by what does the same. */
static void work(void *unused)
{
	(void)unused;
	for (unsigned i = 0; i < burst; i++)
		(void)init_start(0, stacks[next_stack++ % STACKS] + STACK_BYTES,
		                 end);
	sys_exit(0);
}

/* Of the whole machine, zombies included (sysinfo(2)). */
static unsigned processes(void)
{
	struct sysinfo info = { 0 };

	(void)CALL1(__NR_sysinfo, &info);
	return info.procs;
}

static void make(void *unused)
{
	unsigned before = processes();
	siginfo_t how;

	(void)unused;
	(void)sys_setsid();         /* and with it a group */
	begin_us = look_now_us();
	for (unsigned made = 0; made < count; made += burst) {
		int worker;

		while (processes() > before + MORE_MAX)
			pause_us(1000);
		worker =
			init_start(CLONE_VFORK, worker_stack + BIG_BYTES, work);
		if (worker < 0)
			sys_exit(1);
		(void)sys_waitid(P_PID, worker, &how, WEXITED);
	}
	sys_exit(0);
}

/* Of one that reaps. Returns how many it has. */
static uint64_t sample_of(int reaper)
{
	static struct look_children all;
	uint64_t orphans = 0;
	int pid;

	if (!look_children(&all, reaper))
		return 0;
	while ((pid = look_child(&all)) != 0) {
		if (pid == parent || pid == own || pid >= PIDS)
			continue;
		orphans++;
		stale += seen_at[pid] != 0 && seen_at[pid] == samples;
		seen_at[pid] = (uint32_t)samples + 1;
	}
	return orphans;
}

static uint64_t sample(void)
{
	uint64_t orphans = sample_of(init);

	if (parent != init)
		orphans += sample_of(parent);
	samples++;
	if (orphans > most)
		most = orphans;
	return orphans;
}

static void look_on(void *unused)
{
	(void)unused;
	for (; !over; pause_us(SAMPLE_MS * 1000))
		(void)sample();
	sys_exit(0);
}

/* Nanoseconds on a processor. */
static uint64_t cpu_ns(int pid)
{
	char text[128];

	return look_file(pid, "schedstat", text, sizeof(text))
	               ? look_field(text, "")
	               : 0;
}

static uint64_t cpu_of_both(void)
{
	return cpu_ns(init) + (parent != init ? cpu_ns(parent) : 0);
}

static void init_memory(struct look_line *line)
{
	char text[2048] = "";

	(void)look_file(init, "smaps_rollup", text, sizeof(text));
	look_say(line, "rss", look_field(text, "Rss:"));
	look_say(line, "pss", look_field(text, "Pss:"));
	look_say(line, "private", look_field(text, "Private_Clean:") +
	                                  look_field(text, "Private_Dirty:"));
	text[0] = '\0';
	if (parent != init)
		(void)look_file(parent, "smaps_rollup", text, sizeof(text));
	look_say(line, "pss_of_parent", look_field(text, "Pss:"));
}

static void measure(struct look_line *line)
{
	uint64_t cpu = cpu_of_both();
	siginfo_t how;
	int sampler = init_start(0, sampler_stack + BIG_BYTES, look_on);
	int maker = init_start(0, maker_stack + BIG_BYTES, make);
	uint64_t made_us;

	(void)sys_waitid(P_PID, maker, &how, WEXITED);
	made_us = look_now_us();
	while (sys_kill(-maker, 0) == 0)
		pause_us(100);
	look_say(line, "us", look_now_us() - begin_us);
	look_say(line, "made_us", made_us - begin_us);
	look_say(line, "cpu_us", (cpu_of_both() - cpu) / 1000);
	over = true;
	(void)sys_waitid(P_PID, sampler, &how, WEXITED);
	look_say(line, "most", most);
	look_say(line, "stale", stale);
	look_say(line, "samples", samples);
	look_say(line, "left", sample());
	look_say(line, "refused", refused);
	look_say(line, "code", how.si_status == 0 ? 0 : 1);
}

int main(int argc, char **argv, char **envp)
{
	static struct look_line line;
	uint64_t words[3];

	(void)envp;
	for (int i = 0; i < 3; i++)
		if (argc != 4 || !text_to_number(argv[i + 1], 10000000, &words[i]))
			return 2;
	count = (unsigned)words[0];
	burst = words[1] > 0 ? (unsigned)words[1] : 1;
	init = (int)words[2];
	parent = sys_getppid();
	own = sys_getpid();
	init_memory(&line);
	measure(&line);
	look_write(&line, 1);
	return 0;
}
