/* SPDX-License-Identifier: MIT */
/* What a service with .restart = OVERLAP cannot have. */
#include <connate/config.h>

static const struct service services[] = {
	SERVICE("guarded", .run = EXEC("/bin/cat"), .restart = OVERLAP,
	        .stop_all = true),
	SERVICE("daemon", .run = EXEC("/bin/cat"), .restart = OVERLAP,
	        .ready = READY_DAEMONIZE),
	SERVICE("hands-over", .run = EXEC("/bin/cat"), .restart = OVERLAP,
	        .hands_over = true),
	SERVICE("once", .run = EXEC("/bin/cat"), .restart = OVERLAP,
	        .target = ONCE),
	SERVICE("empty", .setup = EXEC("/bin/true"), .restart = OVERLAP),
	SERVICE("writes", .run = EXEC("/bin/cat"), .restart = OVERLAP,
	        .log = LOG_FILE("/tmp/writes", .overwrite = true)),
	SERVICE("logger", .run = EXEC("/bin/cat"), .restart = OVERLAP),
	SERVICE("logs", .run = EXEC("/bin/cat"), .restart = OVERLAP,
	        .log = LOG_TO("logger")),
	SERVICE("logs:2", .run = EXEC("/bin/cat")),
	SERVICE("wrong", .run = EXEC("/bin/cat"), .restart = true),
	SERVICE("a123456789b123456789c123456789d123456789e123456789f123456789g1",
	        .run = EXEC("/bin/cat"), .restart = OVERLAP),
	SERVICE("followed", .run = EXEC("/bin/cat"), .restart = OVERLAP,
	        .started = SHELL("true")),
};

CONNATE();
// expect: 6: error: service 'guarded': .restart = OVERLAP: a service with a guard (READY_DAEMONIZE, .stop_all) cannot; let it stay in the foreground
// expect: 8: error: service 'daemon': .restart = OVERLAP: a service with a guard (READY_DAEMONIZE, .stop_all) cannot; let it stay in the foreground
// expect: 10: error: service 'hands-over': .restart = OVERLAP: with .hands_over the program replaces itself; choose one of the two
// expect: 12: error: service 'once': .restart = OVERLAP: a service that is to be done once has nothing to keep up
// expect: 14: error: service 'empty': .restart = OVERLAP: it has no .run: there is no process that could overlap with another
// expect: 15: error: service 'writes': .restart = OVERLAP: the second generation would empty the log file; leave .overwrite out
// expect: 17: error: service 'logger': .restart = OVERLAP: both generations would read the pipe of what logs to it
// expect: 18: error: service 'logs': .restart = OVERLAP: its second generation is named 'logs:2', as another service is
// expect: 21: error: service 'wrong': .restart is IN_TURN or OVERLAP; whether what fails is tried again says .retry
// expect: 22: error: service 'a123456789b123456789c123456789d123456789e123456789f123456789g1': .restart = OVERLAP: its name has at most 61 bytes, for the second generation is NAME:2
// expect: 24: error: service 'followed': .restart = OVERLAP: the command of .started would run while the former generation serves still; choose one of the two
