/* SPDX-License-Identifier: MIT */
/* Stops and reloads of nothing, or by what does something else. */
#include <connate/config.h>

static const struct service services[] = {
	SERVICE("a", .setup = EXEC("/bin/true"), .stop = EXEC("/bin/true")),
	SERVICE("b", .setup = EXEC("/bin/true"), .reload = SIGNAL(SIGHUP)),
	SERVICE("c", .setup = EXEC("/bin/true"), .reload = EXEC("/bin/true")),
	SERVICE("d", .run = EXEC("/bin/cat"), .stop = SIGNAL(SIGCONT)),
	SERVICE("e", .run = EXEC("/bin/cat"), .stop = SIGNAL(17)),
	SERVICE("f", .run = EXEC("/bin/cat"), .stop = SIGNAL(SIGKILL)),
	SERVICE("g", .run = EXEC("/bin/cat"), .stop = SIGNAL(SIGWINCH)),
	SERVICE("h", .run = EXEC("/bin/cat"), .reload = SIGNAL(SIGKILL)),
	SERVICE("i", .run = EXEC("/bin/cat"), .reload = SIGNAL(SIGSTOP)),
	SERVICE("j", .run = EXEC("/bin/cat"), .reload = SIGNAL(65)),
	SERVICE("k", .run = EXEC("/bin/cat"), .stop = SIGNAL(SIGHUP),
	        .reload = SIGNAL(SIGHUP)),
	SERVICE("l", .run = EXEC("/bin/cat"), .stop = { .signal = 15 }),
	SERVICE("m", .run = EXEC("/bin/cat"), .stop = EXEC("/no/stop"),
	        .reload = EXEC("reload")),
	SERVICE("n", .cleanup = EXEC("/bin/true")),
	SERVICE("o", .setup = EXEC("/bin/true"), .started = EXEC("/bin/true")),
	SERVICE("p", .run = EXEC("/bin/cat"), .started = SIGNAL(SIGHUP)),
	SERVICE("q", .run = EXEC("/bin/cat"), .started = EXEC("/no/follower")),
	SERVICE("r", .run = EXEC("/bin/cat"), .started = SHELL("true")),
	SERVICE("s", .run = EXEC("/bin/cat"), .started = SHELL("true"),
	        .check = CHECK(SHELL("true")), .ready = READY_CHECK),
	SERVICE("t", .run = EXEC("/bin/cat"), .started = SHELL("true"),
	        .check = CHECK(SHELL("true"))),
};

CONNATE();
// expect: 6: error: service 'a': .stop without .run: there is no program that it could stop; what is to be done at the end is .cleanup
// expect: 7: error: service 'b': .reload by a signal without .run: there is no program to send it to
// expect: 9: warning: service 'd': .stop: signal 18 ends no program that does not handle it; it would be killed after .max_stop
// expect: 10: warning: service 'e': .stop: signal 17 ends no program that does not handle it; it would be killed after .max_stop
// expect: 13: error: service 'h': .reload: no program can handle SIGKILL
// expect: 14: error: service 'i': .reload: no program can handle SIGSTOP
// expect: 15: error: service 'j': .reload: there is no signal 65; they are 1 to 64
// expect: 16: error: service 'k': .reload: signal 1 is its .stop, too
// expect: 18: error: service 'l': .stop is empty; it is SIGNAL, EXEC, SHELL or CALL
// expect: 19: error: service 'm': .reload: 'reload' is not an absolute path; PATH is not searched
// expect: 19: error: service 'm': .stop: /no/stop does not exist
// expect: 22: error: service 'o': .started without .run: there is no program behind which it would run; put it into .setup
// expect: 23: error: service 'p': .started cannot be a signal; it is EXEC, SHELL or CALL
// expect: 24: error: service 'q': .started: /no/follower does not exist
// expect: 26: error: service 's': .started with READY_CHECK: a service runs its checks or one command, not both, while it starts; wait in the command of .started until it is ready
