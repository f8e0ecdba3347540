/* SPDX-License-Identifier: MIT */
/* Signals where they do not belong, and none that exist. */
#include <connate/config.h>

static const struct service services[] = {
	SERVICE("a", .run = SIGNAL(SIGTERM)),
	SERVICE("b", .run = EXEC("/bin/cat"), .setup = SIGNAL(1),
	        .cleanup = SIGNAL(2)),
	SERVICE("c", .run = EXEC("/bin/cat"), .stop = SIGNAL(0)),
	SERVICE("d", .run = EXEC("/bin/cat"), .stop = SIGNAL(65)),
	SERVICE("e", .run = EXEC("/bin/cat"), .stop = SIGNAL(-1)),
	SERVICE("f", .run = EXEC("/bin/cat"), .stop = SIGNAL(SIGSTOP)),
	SERVICE("g", .run = EXEC("/bin/cat"), .stop = SIGNAL(64)),
};

CONNATE();
// expect: 6: error: service 'a': .run cannot be a signal; it is EXEC, SHELL or CALL
// expect: 7: error: service 'b': .setup cannot be a signal; it is EXEC, SHELL or CALL
// expect: 7: error: service 'b': .cleanup cannot be a signal; it is EXEC, SHELL or CALL
// expect: 9: error: service 'c': .stop: there is no signal 0; they are 1 to 64
// expect: 10: error: service 'd': .stop: there is no signal 65; they are 1 to 64
// expect: 11: error: service 'e': .stop: there is no signal -1; they are 1 to 64
// expect: 12: error: service 'f': .stop: SIGSTOP halts a program and cannot be handled, so it would always be killed after .max_stop; say SIGNAL(SIGKILL) if that is meant
