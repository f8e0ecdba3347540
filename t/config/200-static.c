/* SPDX-License-Identifier: MIT */
/* A function that the table could not refer to. */
// flags: --object
#include <connate/config.h>

#pragma GCC diagnostic ignored "-Wunused-function"
#ifdef __clang__
#pragma clang diagnostic ignored "-Wunneeded-internal-declaration"
#endif

int elsewhere(void);

static int hidden(void)
{
	return 0;
}

int seen(void)
{
	return 0;
}

static const struct service services[] = {
	SERVICE("a", .setup = CALL(hidden)),
	SERVICE("b", .setup = CALL(seen)),
	SERVICE("c", .setup = CALL(elsewhere)),
	SERVICE("d", .setup = CALL(hidden)),
};

CONNATE();
// expect: 24: error: service 'a': CALL(hidden): the function is static or has no body here; it must be defined in this file, without 'static' and 'inline'
// expect: 26: error: service 'c': CALL(elsewhere): the function is static or has no body here; it must be defined in this file, without 'static' and 'inline'
