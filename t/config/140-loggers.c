/* SPDX-License-Identifier: MIT */
/* Loggers that cannot read, or that log to themselves. */
#include <connate/config.h>

static const struct service services[] = {
	SERVICE("no-run", .setup = EXEC("/bin/true")),
	SERVICE("a", .run = EXEC("/bin/cat"), .log = LOG_TO("no-run")),
	SERVICE("b", .run = EXEC("/bin/cat"), .log = LOG_TO("b")),
	SERVICE("c", .run = EXEC("/bin/cat"), .log = LOG_TO(NULL)),
};

CONNATE();
// expect: 7: error: service 'a' logs to 'no-run', which has no .run that could read it
// expect: 8: error: service 'b' logs to itself
// expect: 9: error: service 'c': .log has an empty name
