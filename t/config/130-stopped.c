/* SPDX-License-Identifier: MIT */
/* Services that their own dependencies would stop. */
#include <connate/config.h>

static const struct service services[] = {
	SERVICE("db", .run = EXEC("/bin/cat")),
	SERVICE("cache", .run = EXEC("/bin/cat"), .conflicts = LIST("db")),
	SERVICE("app", .needs = LIST("db", "helper")),
	SERVICE("helper", .wants = LIST("cache")),
	SERVICE("all", .groups = LIST("app")),
	SERVICE("one", .needs = LIST("two")),
	SERVICE("two", .needs = LIST("three")),
	SERVICE("three", .run = EXEC("/bin/cat"), .conflicts = LIST("one")),
};

CONNATE();
// expect: 8: error: service 'app' would be stopped by its own dependencies: it pulls up 'db' and 'cache', which conflict
// expect: 11: error: service 'one' would be stopped by its own dependencies: it pulls up 'three', which conflicts with it
