/* SPDX-License-Identifier: MIT */
/* A negative budget. */
#include <connate/config.h>

static const struct service services[] = {
	SERVICE("a", .run = EXEC("/bin/cat")),
};

CONNATE(.stop_budget = SECONDS(-1));
// expect: 9: error: .stop_budget is negative
