/* SPDX-License-Identifier: MIT */
/* Retries that make no sense. */
#include <connate/config.h>

static const struct service services[] = {
	SERVICE("a", .run = EXEC("/bin/cat"),
	        .retry = RETRY_DOUBLING(.after = SECONDS(20))),
	SERVICE("b", .run = EXEC("/bin/cat"),
	        .retry = RETRY_DOUBLING(.after = SECONDS(0))),
	SERVICE("c", .run = EXEC("/bin/cat"),
	        .retry = RETRY_FIXED(.after = SECONDS(0))),
	SERVICE("d", .run = EXEC("/bin/cat"),
	        .retry = RETRY_FIXED(.after = SECONDS(0), .attempts = 3)),
	SERVICE("e", .run = EXEC("/bin/cat"),
	        .retry = RETRY_FIXED(.after = FOREVER)),
	SERVICE("f", .run = EXEC("/bin/cat"),
	        .retry = RETRY_FIXED(.max = SECONDS(1))),
	SERVICE("g", .run = EXEC("/bin/cat"),
	        .retry = RETRY_FIXED(.attempts = -1)),
	SERVICE("h", .run = EXEC("/bin/cat"),
	        .retry = RETRY_DOUBLING(.attempts = 1001)),
	SERVICE("i", .run = EXEC("/bin/cat"),
	        .retry = RETRY_DOUBLING(.after = SECONDS(-1))),
	SERVICE("j", .run = EXEC("/bin/cat"),
	        .retry = RETRY_DOUBLING(.max = SECONDS(-1))),
};

CONNATE();
// expect: 6: error: service 'a': .retry: .max is shorter than .after
// expect: 8: error: service 'b': .retry: .after is zero, which does not double; say RETRY_FIXED
// expect: 10: warning: service 'c': .retry: again and again without a pause and without a limit; say .after or .attempts
// expect: 14: error: service 'e': .retry: .after is FOREVER; say RETRY_NEVER
// expect: 16: error: service 'f': .retry: RETRY_FIXED has no .max; its delay does not grow
// expect: 18: error: service 'g': .retry: .attempts is -1; it is 1 to 1000, or 0 for no limit
// expect: 20: error: service 'h': .retry: .attempts is 1001; it is 1 to 1000, or 0 for no limit
// expect: 22: error: service 'i': .retry: .after is negative
// expect: 24: error: service 'j': .retry: .max is negative
