/* SPDX-License-Identifier: MIT */
/* A logger has the time to stop twice. */
#include <connate/config.h>

static const struct service services[] = {
	SERVICE("web", .run = EXEC("/bin/cat"), .log = LOG_TO("log"),
	        .max_stop = SECONDS(3)),
	SERVICE("log", .run = EXEC("/bin/cat"), .max_stop = SECONDS(1)),
};

CONNATE(.stop_budget = MILLISECONDS(4500));
// expect: 11: error: .stop_budget is 4.5 s, and stopping may take 5 s: web (3 s) -> log (1 s to read its pipe + 1 s)
