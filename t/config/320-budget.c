/* SPDX-License-Identifier: MIT */
/* Stop times that add up to more than there is. */
#include <connate/config.h>

static const struct service services[] = {
	SERVICE("db", .run = EXEC("/bin/cat"), .max_stop = SECONDS(20)),
	SERVICE("app", .needs = LIST("db"), .run = EXEC("/bin/cat"),
	        .cleanup = EXEC("/bin/true"), .max_cleanup = SECONDS(5)),
	SERVICE("web", .wants = LIST("app"), .run = EXEC("/bin/cat"),
	        .log = LOG_TO("log"), .max_stop = MILLISECONDS(2250)),
	SERVICE("log", .run = EXEC("/bin/cat"), .max_stop = SECONDS(1)),
	SERVICE("rival", .target = DOWN, .conflicts = LIST("db"),
	        .run = EXEC("/bin/cat"), .max_stop = SECONDS(26)),
	SERVICE("all", .groups = LIST("web"), .needs = LIST("web")),
};

CONNATE(.stop_budget = SECONDS(29));
// expect: 17: error: .stop_budget is 29 s, and stopping may take 29.25 s: web (2.25 s) -> app (2 s + 5 s to clean up) -> db (20 s)
