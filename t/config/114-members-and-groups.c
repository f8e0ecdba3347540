/* SPDX-License-Identifier: MIT */
/* .groups is the former word for .members: one of them. */
#include <connate/config.h>

static const struct service services[] = {
	SERVICE("a", .run = EXEC("/bin/cat")),
	SERVICE("b", .members = LIST("a"), .groups = LIST("a")),
	SERVICE("c", .members = LIST("")),
	SERVICE("d", .groups = LIST("")),
	SERVICE("e", .members = LIST("a", "a")),
};

CONNATE();
// expect: 7: error: service 'b' has .members and .groups, which are the same; say .members
// expect: 8: error: service 'c': .members has an empty name
// expect: 9: error: service 'd': .groups has an empty name
// expect: 10: error: service 'e' names 'a' twice in .members
