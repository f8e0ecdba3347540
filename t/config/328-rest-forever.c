/* SPDX-License-Identifier: MIT */
/* No time for what is left at the end. */
#include <connate/config.h>

static const struct service services[] = {
	SERVICE("a", .run = EXEC("/bin/cat")),
};

CONNATE(.max_rest = FOREVER);
// expect: 9: error: .max_rest is FOREVER, so what ignores SIGTERM would hold up the end for ever
