/* SPDX-License-Identifier: MIT */
/* Depending on oneself. */
#include <connate/config.h>

static const struct service services[] = {
	SERVICE("a", .run = EXEC("/bin/cat"), .needs = LIST("a")),
	SERVICE("b", .run = EXEC("/bin/cat"), .binds = LIST("b"),
	        .wants = LIST("b"), .after = LIST("b")),
	SERVICE("c", .run = EXEC("/bin/cat"), .conflicts = LIST("c"),
	        .groups = LIST("c"), .log = LOG_TO("c")),
};

CONNATE();
// expect: 6: error: service 'a' needs itself
// expect: 7: error: service 'b' binds to itself
// expect: 7: error: service 'b' wants itself
// expect: 7: error: service 'b' comes after itself
// expect: 9: error: service 'c' conflicts with itself
// expect: 9: error: service 'c' groups itself
// expect: 9: error: service 'c' logs to itself
