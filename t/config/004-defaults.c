/* SPDX-License-Identifier: MIT */
/* DEFAULTS are replaced field by field. */
#define DEFAULTS \
	.env = LIST("A=1"), .needs = LIST("b"), \
	.retry = RETRY_DOUBLING(.attempts = 5),
#include <connate/config.h>

static const struct service services[] = {
	SERVICE("a", .run = EXEC("/bin/cat")),
	SERVICE("b", .run = EXEC("/bin/cat"), .env = LIST("B=1"),
	        .needs = LIST()),
};

CONNATE();
// table: table services 2 profiles 2 edges 1 calls 0 vector 5
// table: a needs b
// table: a env 'A=1'
// table: b env 'B=1'
// table: b retry doubling 100 10000 attempts 5 failure 0 healthy 10000
