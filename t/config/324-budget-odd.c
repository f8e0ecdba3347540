/* SPDX-License-Identifier: MIT */
/* Budgets that are none. */
#include <connate/config.h>

static const struct service services[] = {
	SERVICE("a", .run = EXEC("/bin/cat")),
};

CONNATE(.stop_budget = SECONDS(0));
// expect: 9: error: .stop_budget is zero; leave it out for no limit
