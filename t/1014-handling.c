/* SPDX-License-Identifier: MIT */
/* Which signals would end a process, by its /proc/PID/status. */
#include <stdio.h>
#include <string.h>

#include "model/handling.h"
#include "t/tap.h"

static const char handlers[] = "Name:\tSigBlk:\t0000000000000001\n"
			       "State:\tS (sleeping)\n"
			       "SigBlk:\t0000000000000200\n"
			       "SigIgn:\t0000000000001000\n"
			       "SigCgt:\t8000000000000001\nCapInh:\t0\n";

static void test_sets(void)
{
	ok(!signal_would_end(handlers, 1), "SIGHUP is caught");
	ok(!signal_would_end(handlers, 10), "SIGUSR1 is blocked: a signalfd");
	ok(!signal_would_end(handlers, 13), "SIGPIPE is ignored");
	ok(!signal_would_end(handlers, 64), "the last one is caught");
	ok(signal_would_end(handlers, 2), "SIGINT is not");
	ok(signal_would_end(handlers, 63), "nor the last but one");
	ok(!signal_would_end(handlers, 17), "SIGCHLD ends no process");
}

/* A shell blocks all signals while it forks: it runs, or waits for vfork(2). */
static void test_forking(void)
{
	static char *const states[] = { "R (running)", "D (disk sleep)" };

	for (int k = 0; k < 2; k++) {
		char status[256];

		snprintf(status, sizeof(status),
		         "Name:\tsh\nState:\t%s\n"
		         "SigBlk:\tfffffffe7ffbfeff\n"
		         "SigIgn:\t0000000000000000\n"
		         "SigCgt:\t0000000000000002\n",
		         states[k]);
		ok(signal_would_end(status, 1),
		   "blocked for a moment, in state %s", states[k]);
		ok(!signal_would_end(status, 2), "caught all the same");
	}
}

/* Where it is not said, nothing is refused. */
static void test_cut(void)
{
	bool never = true;

	for (size_t k = 0; k < sizeof(handlers) - 12; k++) {
		char cut[sizeof(handlers)] = "";

		memcpy(cut, handlers, k);
		never &= !signal_would_end(cut, 2);
	}
	ok(never, "a text that is cut off says nothing");
}

static void test_harmless(void)
{
	static const int harmless[] = { 17, 18, 19, 20, 21, 22, 23, 28 };
	bool good = true;

	for (int signal = 1; signal <= 64; signal++) {
		bool ends = true;

		for (size_t k = 0; k < sizeof(harmless) / sizeof(int); k++)
			ends &= harmless[k] != signal;
		good &= signal_ends(signal) == ends;
	}
	ok(good, "which signals end a process by default");
}

int main(void)
{
	test_sets();
	test_forking();
	test_cut();
	test_harmless();
	return done();
}
