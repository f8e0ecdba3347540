/* SPDX-License-Identifier: MIT */
/* Masks that are not octal, kinds that are none, limits that overflow. */
#include <connate/config.h>

static const struct service services[] = {
	SERVICE("a", .run = EXEC("/bin/cat"), .umask = 77),
	SERVICE("b", .run = EXEC("/bin/cat"), .umask = 0177),
	SERVICE("c", .run = EXEC("/bin/cat"), .ioprio = { .io = 7 }),
	SERVICE("d", .run = EXEC("/bin/cat"), .retry = { .retry = 5 }),
	SERVICE("e", .run = { .action = 9 }),
	SERVICE("f", .run = { .action = CONFIG_ACTION_CALL }),
	SERVICE("g", .run = EXEC("/bin/cat"), .needs = { NULL, 2, true }),
	SERVICE("h", .run = EXEC("/bin/cat"), .umask = 22),
	SERVICE("i", .run = EXEC("/bin/cat"),
	        .rlimits = LIMITS(LIMIT("memlock", 1, 2 << 30))),
	SERVICE("j", .run = EXEC("/bin/cat"),
	        .rlimits = LIMITS(LIMIT("as", 0, 1), LIMIT("core", 0, 0))),
};

CONNATE();
// expect: 6: error: service 'a': .umask is 77, which is 0115; an octal number begins with 0: 077; for 0115, say 0117
// expect: 7: warning: service 'b': .umask 0177 takes rights from the owner itself; is it octal, such as 077?
// expect: 8: error: service 'c': .ioprio is one of IO_...
// expect: 9: error: service 'd': .retry is one of RETRY_...
// expect: 10: error: service 'e': .run is no EXEC, SHELL or CALL
// expect: 11: error: service 'f': .run: CALL takes the name of a function, not ''
// expect: 12: error: service 'g': .needs is written LIST("name", ...)
// expect: 13: error: service 'h': .umask is 22, which is 026; an octal number begins with 0: 022; for 026, say 027
// expect: 14: error: service 'i': .rlimits: 'memlock' is negative; a number above 2147483647 needs ULL, such as 4ULL << 30
// expect: 16: error: service 'j': .rlimits: 'as' is 0; a number above 2147483647 needs ULL, such as 4ULL << 30
