/* SPDX-License-Identifier: MIT */
/* A need that conflicts with what needs it. */
#include <connate/config.h>

static const struct service services[] = {
	SERVICE("a", .needs = LIST("b")),
	SERVICE("b", .run = EXEC("/bin/cat"), .conflicts = LIST("a")),
	SERVICE("c", .run = EXEC("/bin/cat"), .log = LOG_TO("d")),
	SERVICE("d", .run = EXEC("/bin/cat"), .conflicts = LIST("c")),
};

CONNATE();
// expect: 6: error: service 'a' would be stopped by its own dependencies: it pulls up 'b', which conflicts with it
// expect: 8: error: service 'c' would be stopped by its own dependencies: it pulls up 'd', which conflicts with it
