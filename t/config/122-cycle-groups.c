/* SPDX-License-Identifier: MIT */
/* Groups that contain each other. */
#include <connate/config.h>

static const struct service services[] = {
	SERVICE("a", .groups = LIST("b")),
	SERVICE("b", .groups = LIST("c")),
	SERVICE("c", .groups = LIST("a")),
};

CONNATE();
// expect: 6: error: service 'a' is a member of itself: a -> b -> c -> a
