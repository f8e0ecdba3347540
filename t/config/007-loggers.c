/* SPDX-License-Identifier: MIT */
/* Pipes are numbered in the order of the loggers. */
#include <connate/config.h>

static const struct service services[] = {
	SERVICE("a", .run = EXEC("/bin/cat"), .log = LOG_TO("z")),
	SERVICE("b", .run = EXEC("/bin/cat"), .log = LOG_TO("y")),
	SERVICE("y", .run = EXEC("/bin/cat"), .log = LOG_TO("z")),
	SERVICE("z", .run = EXEC("/bin/cat")),
};

CONNATE();
// table: a log z
// table: b log y
// table: a log to z
// table: b log to y
// table: y log to z
// table: y pipe 0
// table: z pipe 1
// table: z log inherit
