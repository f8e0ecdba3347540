/* SPDX-License-Identifier: MIT */
/* Services that are run at certain times. */
#include <connate/config.h>

#define JOB(name, ...) SERVICE(name, .run = EXEC("/bin/true"), __VA_ARGS__)

static const struct service services[] = {
	JOB("a", .every = CALENDAR("*-02-30")),
	JOB("b", .every = CALENDAR("daily", "Tusday 12:00")),
	JOB("c", .every = SECONDS(0)),
	JOB("d", .every = SECONDS(100LL * 24 * 60 * 60)),
	JOB("e", .every = CALENDAR("")),
	JOB("f", .splay = SECONDS(1)),
	JOB("g", .every = SECONDS(5), .target = ONCE),
	SERVICE("h", .every = SECONDS(5)),
	JOB("i", .needs = LIST("good")),
	JOB("j", .every = SECONDS(5), .catch_up = true),
	JOB("k", .every = SECONDS(5), .primary = true),
	JOB("l", .catch_up = true),
	JOB("m", .every = CALENDAR("daily"), .splay = SECONDS(-1)),
	JOB("n", .binds = LIST("good")),
	JOB("good", .every = CALENDAR("Mon..Fri 03:12", "*-*~01 UTC"),
	    .splay = SECONDS(600), .catch_up = true),
};

CONNATE();
// expect: 8: error: service 'a': .every: CALENDAR("*-02-30"): that never comes: no month has such a day
// expect: 9: error: service 'b': .every: CALENDAR("Tusday 12:00"): 'Tusday' is no weekday; did you mean Tuesday?
// expect: 10: error: service 'c': .every is 1 s to 49 days
// expect: 11: error: service 'd': .every is 1 s to 49 days
// expect: 12: error: service 'e': .every: CALENDAR(""): it is empty
// expect: 13: error: service 'f': .splay without .every
// expect: 14: error: service 'g': .every and .target = ONCE: UP waits for its times, DOWN for conctl up
// expect: 15: warning: service 'h' does nothing: it has no .setup, .run or .cleanup, and no dependency or member
// expect: 15: error: service 'h': .every with neither .run nor .setup: there is no program to be started
// expect: 16: error: service 'i': .needs: 'good' has .every, so it is down between its runs; say .wants or .after
// expect: 17: warning: service 'j': .catch_up is for CALENDAR: SECONDS(n) begins anew with each session
// expect: 18: error: service 'k': .every and .primary: everything would end with its first run
// expect: 19: error: service 'l': .catch_up without .every
// expect: 20: error: service 'm': .splay is 0 to 49 days
// expect: 21: error: service 'n': .binds: 'good' has .every, so it is down between its runs; say .wants or .after
