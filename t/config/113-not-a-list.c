/* SPDX-License-Identifier: MIT */
/* A field that wants LIST() and gets something else. */
#include <connate/config.h>

static const char *const names[] = { "a" };

static const struct service services[] = {
	SERVICE("a", .run = EXEC("/bin/cat")),
	SERVICE("b", .needs = { names, 1, false }, .env = { names, 1, false },
	        .extra_groups = { names, 1, false }),
};

CONNATE();
// expect: 9: error: service 'b': .needs is written LIST("name", ...)
// expect: 9: error: service 'b': .env is written LIST("NAME=value", ...)
// expect: 9: error: service 'b': .extra_groups is written LIST("name", ...)
