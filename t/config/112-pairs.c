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
	SERVICE("j", .wants = LIST("x"), .follows = LIST("x")),
	SERVICE("k", .needs = LIST("x"), .follows = LIST("x")),
	SERVICE("l", .after = LIST("x"), .follows = LIST("x")),
	SERVICE("m", .needs = LIST("x"), .requires_up = LIST("x")),
	SERVICE("n", .after = LIST("x"), .requires_up = LIST("x")),
	SERVICE("o", .follows = LIST("x"), .requires_up = LIST("x")),
	SERVICE("p", .conflicts = LIST("x"), .follows = LIST("x")),
	SERVICE("r", .needs = LIST("x"), .reload_with = LIST("x"),
	        .run = EXEC("/bin/cat"), .reload = SIGNAL(SIGHUP)),
	SERVICE("s", .conflicts = LIST("x"), .reload_with = LIST("x")),
	SERVICE("q", .requires_up = LIST("q", "nowhere")),
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
// expect: 19: warning: service 'k' needs 'x' and also follows it, which adds nothing
// expect: 21: error: service 'm' needs 'x' and also requires it
// expect: 22: warning: service 'n' comes after 'x' and also requires it, which adds nothing
// expect: 23: warning: service 'o' follows 'x' and also requires it, which adds nothing
// expect: 24: error: service 'p' conflicts with 'x' and also follows it
// expect: 25: warning: service 'r' is reloaded with 'x', which has no .reload
// expect: 27: error: service 's' conflicts with 'x' and also is reloaded with it
// expect: 27: error: service 's': .reload_with without .reload: there is nothing that would be done
// expect: 27: warning: service 's' is reloaded with 'x', which has no .reload
// expect: 28: error: service 'q' requires itself
// expect: 28: error: service 'q' requires 'nowhere', which does not exist
