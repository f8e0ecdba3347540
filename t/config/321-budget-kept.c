/* SPDX-License-Identifier: MIT */
/* The same, and just enough time. */
#include <connate/config.h>

static const struct service services[] = {
	SERVICE("db", .run = EXEC("/bin/cat"), .max_stop = SECONDS(20)),
	SERVICE("app", .needs = LIST("db"), .run = EXEC("/bin/cat"),
	        .cleanup = EXEC("/bin/true"), .max_cleanup = SECONDS(5)),
	SERVICE("web", .after = LIST("app"), .run = EXEC("/bin/cat"),
	        .max_stop = SECONDS(3)),
	SERVICE("group", .binds = LIST("web"), .max_stop = FOREVER,
	        .groups = LIST("db")),
};

CONNATE(.stop_budget = SECONDS(30));
