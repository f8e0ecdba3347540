/* SPDX-License-Identifier: MIT */
/* What a logger with .reads = EACH cannot have. */
#include <connate/config.h>

static const struct service services[] = {
	SERVICE("a", .run = EXEC("/bin/cat"), .log = LOG_TO("guarded")),
	SERVICE("b:c", .run = EXEC("/bin/cat"), .log = LOG_TO("never")),
	SERVICE("d", .run = EXEC("/bin/cat"), .log = LOG_TO("fd")),
	SERVICE("guarded", .run = EXEC("/bin/cat"), .reads = EACH,
	        .stop_all = true),
	SERVICE("never", .run = EXEC("/bin/cat"), .reads = EACH,
	        .retry = RETRY_NEVER),
	SERVICE("fd", .run = EXEC("/bin/cat"), .reads = EACH,
	        .ready = READY_FD(3)),
	SERVICE("alone", .run = EXEC("/bin/cat"), .reads = EACH),
	SERVICE("wrong", .run = EXEC("/bin/cat"), .reads = 7),
};

CONNATE();
// expect: 7: error: service 'b:c': a service with ':' in its name cannot log to one with .reads = EACH: LISTEN_FDNAMES has ':' between names
// expect: 9: error: service 'guarded': .reads = EACH cannot have a guard, which .stop_all asks for
// expect: 11: error: service 'never': .reads = EACH, so it is ended and started again when other services log to it; .retry must allow that
// expect: 13: error: service 'fd': .ready: its descriptors 3 to 3 are the pipes of what logs to it
// expect: 15: warning: service 'alone': .reads = EACH, but no service logs to it
// expect: 16: error: service 'wrong': .reads is TOGETHER or EACH
