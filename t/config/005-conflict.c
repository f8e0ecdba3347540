/* SPDX-License-Identifier: MIT */
/* A conflict said by one or by both is one conflict. */
#include <connate/config.h>

static const struct service services[] = {
	SERVICE("a", .run = EXEC("/bin/cat"), .conflicts = LIST("b", "c")),
	SERVICE("b", .target = DOWN, .run = EXEC("/bin/cat"),
	        .conflicts = LIST("a")),
	SERVICE("c", .target = DOWN, .run = EXEC("/bin/cat"),
	        .after = LIST("a")),
};

CONNATE();
// table: table services 3 profiles 1 edges 5 calls 0 vector 4
// table: a conflicts b
// table: a conflicts c
// table: b conflicts a
// table: c after a
// table: c conflicts a
