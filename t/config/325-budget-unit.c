/* SPDX-License-Identifier: MIT */
/* A budget without a unit. */
#include <connate/config.h>

static const struct service services[] = {
	SERVICE("a", .run = EXEC("/bin/cat")),
};

CONNATE(.stop_budget = { 0, 30 });
// expect: 9: error: .stop_budget is written SECONDS(n) or MILLISECONDS(n)
