/* SPDX-License-Identifier: MIT */
/* Masks that are not octal, kinds that are none. */
#include <connate/config.h>

static const struct service services[] = {
	SERVICE("a", .run = EXEC("/bin/cat"), .umask = 77),
	SERVICE("b", .run = EXEC("/bin/cat"), .umask = 077),
	SERVICE("c", .run = EXEC("/bin/cat"), .ioprio = { 7, 0 }),
	SERVICE("d", .run = EXEC("/bin/cat"), .retry = { .retry = 5 }),
	SERVICE("e", .run = { .action = 9 }),
	SERVICE("f", .run = { .action = CONFIG_ACTION_CALL }),
	SERVICE("g", .run = EXEC("/bin/cat"), .needs = { NULL, 2, true }),
};

CONNATE();
// expect: 6: warning: service 'a': .umask 0115 takes rights from the owner itself; is it octal, such as 077?
// expect: 8: error: service 'c': .ioprio is one of IO_...
// expect: 9: error: service 'd': .retry is one of RETRY_...
// expect: 10: error: service 'e': .run is no EXEC, SHELL or CALL
// expect: 11: error: service 'f': .run: CALL takes the name of a function, not ''
// expect: 12: error: service 'g': .needs is written LIST("name", ...)
