/* SPDX-License-Identifier: MIT */
/* A primary that nobody starts. */
#include <connate/config.h>

static const struct service services[] = {
	SERVICE("a", .target = DOWN, .run = EXEC("/bin/cat"), .primary = true),
	SERVICE("b", .after = LIST("a"), .run = EXEC("/bin/cat")),
};

CONNATE();
// expect: 6: warning: service 'a' is primary and DOWN, and nothing that is up from the start pulls it up
