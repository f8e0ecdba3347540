/* SPDX-License-Identifier: MIT */
/* What the targets of the start come to. */
#include <connate/config.h>

static const struct service services[] = {
	SERVICE("a", .run = EXEC("/bin/cat")),
	SERVICE("b", .run = EXEC("/bin/cat"), .conflicts = LIST("a")),
	SERVICE("c", .target = DOWN, .run = EXEC("/bin/cat"),
	        .conflicts = LIST("a")),
	SERVICE("d", .target = DOWN, .run = EXEC("/bin/cat"),
	        .conflicts = LIST("b")),
	SERVICE("e", .wants = LIST("d")),
	SERVICE("once", .target = ONCE, .run = EXEC("/bin/true")),
	SERVICE("f", .needs = LIST("once"), .run = EXEC("/bin/cat")),
	SERVICE("g", .binds = LIST("once"), .run = EXEC("/bin/cat")),
	SERVICE("h", .wants = LIST("once"), .run = EXEC("/bin/cat")),
	SERVICE("i", .log = LOG_TO("once"), .run = EXEC("/bin/cat")),
};

CONNATE();
// expect: 7: warning: service 'b' conflicts with 'a', and both are to be up from the start; let one be .target = DOWN
// expect: 10: warning: service 'd' conflicts with 'b', and both are to be up from the start; let one be .target = DOWN
// expect: 14: warning: service 'f' needs 'once', which is ONCE: it is down when its program has ended; let that be its .setup, which leaves it up, or say .wants
// expect: 15: warning: service 'g' binds to 'once', which is ONCE: it is down when its program has ended; let that be its .setup, which leaves it up, or say .wants
// expect: 17: warning: service 'i' logs to 'once', which is ONCE: when it has ended nobody reads the log
