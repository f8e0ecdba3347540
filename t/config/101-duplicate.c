/* SPDX-License-Identifier: MIT */
/* Names that exist twice. */
#include <connate/config.h>

static const struct service services[] = {
	SERVICE("a", .run = EXEC("/bin/cat")),
	SERVICE("b", .run = EXEC("/bin/cat")),
	SERVICE("a", .run = EXEC("/bin/cat")),
	SERVICE("a",
	        .run = EXEC("/bin/cat")),
	SERVICE("b", .run = EXEC("/bin/cat"), .needs = LIST("b")),
};

CONNATE();
// expect: 8: error: service 'a' exists twice; the first is in line 6
// expect: 9: error: service 'a' exists twice; the first is in line 6
// expect: 11: error: service 'b' exists twice; the first is in line 7
// expect: 11: error: service 'b' needs itself
