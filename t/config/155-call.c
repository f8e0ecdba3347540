/* SPDX-License-Identifier: MIT */
/* CALL of what is no function's name. */
#include <connate/config.h>

int good(void)
{
	return 0;
}

static const struct service services[] = {
	SERVICE("a", .setup = CALL(*good)),
	SERVICE("b", .setup = CALL(good)),
};

CONNATE();
// expect: 11: error: service 'a': .setup: CALL takes the name of a function, not '*good'
