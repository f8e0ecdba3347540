/* SPDX-License-Identifier: MIT */
/* Checks that could tell nothing. */
#include <connate/config.h>

static const struct service services[] = {
	SERVICE("a", .setup = EXEC("/bin/true"), .check = CHECK(EXEC("/bin/true"))),
	SERVICE("b", .run = EXEC("/bin/cat"), .ready = READY_CHECK),
	SERVICE("c", .run = EXEC("/bin/cat"),
	        .check = CHECK(EXEC("true"), .every = SECONDS(0), .timeout = FOREVER)),
	SERVICE("d", .run = EXEC("/bin/cat"),
	        .check = CHECK(SIGNAL(SIGHUP), .failures = 0, .on_failure = 7)),
	SERVICE("e", .run = EXEC("/bin/cat"),
	        .check = CHECK(SHELL("true"), .failures = 1001, .start = FOREVER)),
	SERVICE("f", .run = ARGUMENTS(), .check = CHECK(EXEC("/bin/true"))),
	SERVICE("g", .run = EXEC("/bin/cat"), .ready = READY_CHECK,
	        .check = CHECK(EXEC("/bin/true"), .every = SECONDS(5),
	                       .timeout = SECONDS(10), .on_failure = TELL)),
};

CONNATE();
// expect: 6: error: service 'a': .check without .run: there is no program to be checked
// expect: 7: error: service 'b': READY_CHECK without .check: nothing tells that it is ready
// expect: 8: error: service 'c': .check: 'true' is not an absolute path; PATH is not searched
// expect: 8: error: service 'c': .check: .every and .timeout are longer than zero
// expect: 8: error: service 'c': .check: .every and .timeout have an end, not FOREVER
// expect: 10: error: service 'd': .check cannot be a signal; it is EXEC, SHELL or CALL
// expect: 10: error: service 'd': .check: .failures = 0; it is 1 to 1000
// expect: 10: error: service 'd': .check: .on_failure is RESTART or TELL
// expect: 12: error: service 'e': .check: .failures = 1001; it is 1 to 1000
// expect: 12: warning: service 'e': .check: .start is FOREVER: failures count only after a check has succeeded
// expect: 14: error: service 'f': .check does not go with ARGUMENTS()
