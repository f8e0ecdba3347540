/* SPDX-License-Identifier: MIT */
/* What the vocabulary has and cannot be done yet. */
#include <connate/config.h>

int halt(void)
{
	return 0;
}

static const struct service services[] = {
	SERVICE("a", .run = EXEC("/bin/cat"), .ready = READY_DAEMONIZE),
	SERVICE("b", .run = EXEC("/bin/cat"), .ready = READY_FD(3)),
	SERVICE("c", .run = EXEC("/bin/cat"), .ready = READY_SD_NOTIFY),
	SERVICE("d", .run = EXEC("/bin/cat"), .reload = SIGNAL(SIGHUP)),
	SERVICE("e", .run = EXEC("/bin/cat"), .stop = EXEC("/bin/true")),
	SERVICE("f", .run = EXEC("/bin/cat"), .stop = SHELL("true")),
	SERVICE("g", .run = EXEC("/bin/cat"), .stop = CALL(halt)),
	SERVICE("h", .run = EXEC("/bin/cat"), .stop_all = true),
	SERVICE("i", .run = EXEC("/bin/cat"), .ioprio = IO_IDLE),
	SERVICE("j", .run = EXEC("/bin/cat"), .oom_score_adj = 0),
	SERVICE("k", .run = EXEC("/bin/cat"),
	        .rlimits = LIMITS(LIMIT("nofile", 64, UNLIMITED))),
	SERVICE("l", .run = EXEC("/bin/cat"), .chroot = "/"),
	SERVICE("m", .run = EXEC("/bin/cat"), .capabilities = LIST()),
	SERVICE("n", .run = EXEC("/bin/cat"), .cgroup = "/x"),
	SERVICE("o", .run = EXEC("/bin/cat"), .namespaces = LIST("pid")),
	SERVICE("p", .run = EXEC("/bin/cat"), .cpus = "0-3"),
	SERVICE("q", .run = EXEC("/bin/cat"), .primary = true),
	SERVICE("r", .run = EXEC("/bin/cat"), .ioprio = IO_REALTIME(1)),
	SERVICE("s", .run = EXEC("/bin/cat"), .ioprio = IO_BEST_EFFORT(1)),
};

CONNATE();
// expect: 11: error: service 'a': READY_DAEMONIZE is not supported by this version
// expect: 12: error: service 'b': READY_FD is not supported by this version
// expect: 13: error: service 'c': READY_SD_NOTIFY is not supported by this version
// expect: 14: error: service 'd': .reload is not supported by this version
// expect: 15: error: service 'e': .stop other than SIGNAL is not supported by this version
// expect: 16: error: service 'f': .stop other than SIGNAL is not supported by this version
// expect: 17: error: service 'g': .stop other than SIGNAL is not supported by this version
// expect: 18: error: service 'h': .stop_all is not supported by this version
// expect: 19: error: service 'i': .ioprio is not supported by this version
// expect: 20: error: service 'j': .oom_score_adj is not supported by this version
// expect: 21: error: service 'k': .rlimits is not supported by this version
// expect: 23: error: service 'l': .chroot is not supported by this version
// expect: 24: error: service 'm': .capabilities is not supported by this version
// expect: 25: error: service 'n': .cgroup is not supported by this version
// expect: 26: error: service 'o': .namespaces is not supported by this version
// expect: 27: error: service 'p': .cpus is not supported by this version
// expect: 28: error: service 'q': .primary is not supported by this version
// expect: 29: error: service 'r': .ioprio is not supported by this version
// expect: 30: error: service 's': .ioprio is not supported by this version
