/* SPDX-License-Identifier: MIT */
/* No end of stopping. */
#include <connate/config.h>

static const struct service services[] = {
	SERVICE("a", .run = EXEC("/bin/cat"), .max_stop = FOREVER),
	SERVICE("b", .run = EXEC("/bin/cat"), .cleanup = EXEC("/bin/true"),
	        .max_cleanup = FOREVER),
	SERVICE("c", .max_stop = FOREVER, .groups = LIST("a", "b")),
};

CONNATE(.stop_budget = MILLISECONDS(2001));
// expect: 6: error: service 'a': .max_stop is FOREVER, which no .stop_budget allows
// expect: 7: error: service 'b': .max_cleanup is FOREVER, which no .stop_budget allows
