/* SPDX-License-Identifier: MIT */
/* With .reads = EACH what logs to a service has a pipe of its own to it, behind
 * those of loggers and of readiness. */
#include <connate/config.h>

static const struct service services[] = {
	SERVICE("a", .run = EXEC("/bin/cat"), .log = LOG_TO("z")),
	SERVICE("b", .run = EXEC("/bin/cat"), .log = LOG_TO("y"),
	        .ready = READY_FD(3)),
	SERVICE("y", .run = EXEC("/bin/cat"), .log = LOG_TO("z")),
	SERVICE("z", .run = EXEC("/bin/cat"), .reads = EACH),
};

CONNATE();
// table: a log to z
// table: y log to z
// table: y pipe 0
// table: z pipe 1
// table: a own pipe 3
// table: y own pipe 4
