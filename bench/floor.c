/* SPDX-License-Identifier: MIT */
/* The floor: the least that the kernel allows for starting a program and for
 * starting it again, without any supervision.
 *
 *     floor start PATH     for each line "N\n" on standard input: N times
 *                          clone with CLONE_VM, execve
 *     floor restart PATH   clone, execve; wait until it dies; again
 *
 * Stacks are taken in turn from a small ring; one is free again when its
 * child has done exec, which the kernel says by clearing a word. */
#include "sys/call.h"
#include "sys/start.h"

#include <linux/futex.h>

enum { SLOTS = 32, STACK_BYTES = 2048 };

static _Alignas(16) unsigned char stacks[SLOTS][STACK_BYTES];
static uint32_t words[SLOTS];
static char *const *program;
static char *const *environment;

static void floor_run(void *unused)
{
	uint64_t none = 0;

	(void)unused;
	(void)sys_sigprocmask(SIG_SETMASK, &none, NULL);
	(void)sys_execve(program[0], program, environment);
	sys_exit(127);
}

static void floor_start(unsigned i)
{
	unsigned slot = i % SLOTS;
	while (__atomic_load_n(&words[slot], __ATOMIC_ACQUIRE) != 0)
		(void)sys_futex(&words[slot], FUTEX_WAIT, 1, NULL);
	words[slot] = 1;
	(void)sys_clone(CLONE_VM | CLONE_CHILD_CLEARTID | SIGCHLD,
	                stacks[slot] + STACK_BYTES, NULL, (int *)&words[slot],
	                floor_run, NULL);
}

static unsigned read_number(void)
{
	unsigned number = 0;
	char c;

	while (sys_read(0, &c, 1) == 1 && c != '\n')
		number = number * 10 + (unsigned)(c - '0');
	return number;
}

static void start_many(void)
{
	unsigned next = 0, count;

	while ((count = read_number()) > 0)
		while (count-- > 0)
			floor_start(next++);
}

static void floor_restart(void)
{
	for (unsigned next = 0;; next++) {
		siginfo_t how;

		floor_start(next);
		if (sys_waitid(P_ALL, 0, &how, WEXITED) < 0)
			return;
	}
}

int main(int argc, char **argv, char **envp)
{
	if (argc != 3)
		return 2;
	program = argv + 2;
	environment = envp;
	if (argv[1][0] == 's')
		start_many();
	else
		floor_restart();
	return 0;
}
