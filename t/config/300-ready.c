/* SPDX-License-Identifier: MIT */
/* Readiness that nobody could tell. */
#include <connate/config.h>

static const struct service services[] = {
	SERVICE("a", .setup = EXEC("/bin/true"), .ready = READY_DAEMONIZE),
	SERVICE("b", .setup = EXEC("/bin/true"), .ready = READY_FD(3)),
	SERVICE("c", .run = EXEC("/bin/cat"), .ready = READY_FD(-1)),
	SERVICE("d", .run = EXEC("/bin/cat"), .ready = READY_FD(2)),
	SERVICE("e", .run = EXEC("/bin/cat"), .ready = READY_FD(1024)),
	SERVICE("f", .run = EXEC("/bin/cat"), .ready = READY_DAEMONIZE,
	        .max_ready = FOREVER),
	SERVICE("g", .run = EXEC("/bin/cat"), .ready = READY_FD(1023),
	        .max_ready = SECONDS(7200)),
	SERVICE("h", .run = EXEC("/bin/cat"), .ready = { .ready = 17, .fd = 3 }),
	SERVICE("i", .run = EXEC("/bin/cat"), .ready = READY_NOTIFY,
	        .max_ready = FOREVER),
};

CONNATE();
// expect: 6: error: service 'a': READY_DAEMONIZE without .run: nobody is there to say that it is ready
// expect: 7: error: service 'b': READY_FD without .run: nobody is there to say that it is ready
// expect: 8: error: service 'c': READY_FD(-1): the descriptor is 3 to 1023
// expect: 9: error: service 'd': READY_FD(2): the descriptor is 3 to 1023; 0, 1 and 2 are the standard ones
// expect: 10: error: service 'e': READY_FD(1024): the descriptor is 3 to 1023
// expect: 11: warning: service 'f': .max_ready is FOREVER: a program that does not go into the background would never be up, and nobody would notice
// expect: 13: warning: service 'g': .max_ready: a program that hangs while it starts is noticed only after 2 hours
// expect: 15: error: service 'h': .ready is one of READY_...
