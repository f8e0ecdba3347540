/* SPDX-License-Identifier: MIT */
/* Of a knot of cycles the shortest is shown. */
#include <connate/config.h>

static const struct service services[] = {
	SERVICE("a", .run = EXEC("/bin/cat"), .needs = LIST("b", "c")),
	SERVICE("b", .run = EXEC("/bin/cat"), .needs = LIST("c", "d")),
	SERVICE("c", .run = EXEC("/bin/cat"), .needs = LIST("d")),
	SERVICE("d", .run = EXEC("/bin/cat"), .needs = LIST("a")),
};

CONNATE();
// expect: 6: error: service 'a' waits for itself: a -> b -> d -> a
