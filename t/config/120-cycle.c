/* SPDX-License-Identifier: MIT */
/* Cycles, printed as the path. */
#include <connate/config.h>

static const struct service services[] = {
	SERVICE("x", .run = EXEC("/bin/cat")),
	SERVICE("a", .run = EXEC("/bin/cat"), .needs = LIST("x", "b")),
	SERVICE("b", .run = EXEC("/bin/cat"), .binds = LIST("c")),
	SERVICE("c", .run = EXEC("/bin/cat"), .wants = LIST("d")),
	SERVICE("d", .run = EXEC("/bin/cat"), .after = LIST("e")),
	SERVICE("e", .run = EXEC("/bin/cat"), .log = LOG_TO("a")),
	SERVICE("f", .run = EXEC("/bin/cat"), .needs = LIST("a", "g")),
	SERVICE("g", .run = EXEC("/bin/cat"), .after = LIST("f")),
};

CONNATE();
// expect: 7: error: service 'a' waits for itself: a -> b -> c -> d -> e -> a
// expect: 12: error: service 'f' waits for itself: f -> g -> f
