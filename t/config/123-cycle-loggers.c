/* SPDX-License-Identifier: MIT */
/* Loggers that log to each other. */
#include <connate/config.h>

static const struct service services[] = {
	SERVICE("a", .run = EXEC("/bin/cat"), .log = LOG_TO("b")),
	SERVICE("b", .run = EXEC("/bin/cat"), .log = LOG_TO("a")),
};

CONNATE();
// expect: 6: error: service 'a' waits for itself: a -> b -> a
