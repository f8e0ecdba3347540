/* SPDX-License-Identifier: MIT */
/* Two kinds of dependency on the same. */
#include <connate/config.h>

static const struct service services[] = {
	SERVICE("x", .run = EXEC("/bin/cat")),
	SERVICE("a", .needs = LIST("x"), .wants = LIST("x")),
	SERVICE("b", .needs = LIST("x"), .conflicts = LIST("x")),
	SERVICE("c", .needs = LIST("x"), .binds = LIST("x")),
	SERVICE("d", .binds = LIST("x"), .wants = LIST("x"),
	        .conflicts = LIST("x")),
	SERVICE("e", .wants = LIST("x"), .after = LIST("x")),
	SERVICE("f", .conflicts = LIST("x"), .groups = LIST("x")),
	SERVICE("g", .conflicts = LIST("x"), .log = LOG_TO("x")),
	SERVICE("h", .after = LIST("x"), .conflicts = LIST("x")),
	SERVICE("i", .needs = LIST("x"), .groups = LIST("x"),
	        .log = LOG_TO("x")),
};

CONNATE();
// expect: 7: error: service 'a' needs 'x' and also wants it
// expect: 8: error: service 'b' needs 'x' and also conflicts with it
// expect: 9: error: service 'c' needs 'x' and also binds to it
// expect: 10: error: service 'd' binds to 'x' and also wants it
// expect: 10: error: service 'd' binds to 'x' and also conflicts with it
// expect: 10: error: service 'd' wants 'x' and also conflicts with it
// expect: 12: warning: service 'e' wants 'x' and also comes after it, which adds nothing
// expect: 13: error: service 'f' conflicts with 'x' and also groups it
// expect: 14: error: service 'g' conflicts with 'x' and also logs to it
