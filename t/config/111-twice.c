/* SPDX-License-Identifier: MIT */
/* The same name twice in a list. */
#include <connate/config.h>

static const struct service services[] = {
	SERVICE("a", .run = EXEC("/bin/cat")),
	SERVICE("b", .needs = LIST("a", "a")),
	SERVICE("c", .wants = LIST("a", "b", "a", "a")),
};

CONNATE();
// expect: 7: error: service 'b' names 'a' twice in .needs
// expect: 8: error: service 'c' names 'a' twice in .wants
// expect: 8: error: service 'c' names 'a' twice in .wants
