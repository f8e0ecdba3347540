/* SPDX-License-Identifier: MIT */
/* Many kinds of finding in one run, in the order of the file. */
#include <connate/config.h>

static const struct service services[] = {
	SERVICE("a",
	        .needs = LIST("B"),
	        .run = EXEC("cat"),
	        .env = LIST("x"),
	        .nice = 99),
	SERVICE("b", .after = LIST("c")),
	SERVICE("b", .wants = LIST("a")),
	SERVICE("c", .after = LIST("b"), .ready = READY_SD_NOTIFY, .max_stop = SECONDS(-1)),
};

CONNATE(.lock_file = "x");
// expect: 6: error: service 'a' needs 'B', which does not exist; did you mean 'b'?
// expect: 6: error: service 'a': .run: 'cat' is not an absolute path; PATH is not searched
// expect: 6: error: service 'a': .nice is -20 to 19
// expect: 6: error: service 'a': .env: 'x' is not NAME=value
// expect: 11: error: service 'b' waits for itself: b -> c -> b
// expect: 12: error: service 'b' exists twice; the first is in line 11
// expect: 13: error: service 'c': READY_SD_NOTIFY without .run: nobody is there to say that it is ready
// expect: 13: error: service 'c': .max_stop is negative
// expect: 16: error: .lock_file: 'x' is not an absolute path, nor one in $NAME/
