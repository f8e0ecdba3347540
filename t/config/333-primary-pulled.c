/* SPDX-License-Identifier: MIT */
/* A primary that is pulled up. */
#include <connate/config.h>

static const struct service services[] = {
	SERVICE("a", .target = DOWN, .run = EXEC("/bin/cat"), .primary = true),
	SERVICE("b", .wants = LIST("a"), .run = EXEC("/bin/cat")),
};

CONNATE();
