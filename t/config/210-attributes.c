/* SPDX-License-Identifier: MIT */
/* Numbers and limits that no process can have. */
#include <connate/config.h>

static const struct service services[] = {
	SERVICE("a", .run = EXEC("/bin/cat"), .ioprio = IO_REALTIME(8)),
	SERVICE("b", .run = EXEC("/bin/cat"), .ioprio = IO_BEST_EFFORT(-1)),
	SERVICE("c", .run = EXEC("/bin/cat"), .oom_score_adj = 1001),
	SERVICE("d", .run = EXEC("/bin/cat"), .oom_score_adj = -1001),
	SERVICE("e", .run = EXEC("/bin/cat"),
	        .rlimits = LIMITS(LIMIT("nofiles", 1, 1))),
	SERVICE("f", .run = EXEC("/bin/cat"),
	        .rlimits = LIMITS(LIMIT("xyzzy", 1, 1), LIMIT("", 1, 1),
	                          LIMIT(NULL, 1, 1))),
	SERVICE("g", .run = EXEC("/bin/cat"),
	        .rlimits = LIMITS(LIMIT("core", 2, 1))),
	SERVICE("h", .run = EXEC("/bin/cat"),
	        .rlimits = LIMITS(LIMIT("as", 1, 1), LIMIT("AS", 1, 1))),
	SERVICE("i", .run = EXEC("/bin/cat"),
	        .rlimits = LIMITS(LIMIT("nofile", 64, UNLIMITED))),
	SERVICE("j", .run = EXEC("/bin/cat"), .rlimits = { .limits = 1 }),
};

CONNATE();
// expect: 6: error: service 'a': .ioprio: 8 is no level; 0 (first) to 7 are
// expect: 7: error: service 'b': .ioprio: -1 is no level; 0 (first) to 7 are
// expect: 8: error: service 'c': .oom_score_adj is -1000 to 1000
// expect: 9: error: service 'd': .oom_score_adj is -1000 to 1000
// expect: 10: error: service 'e': .rlimits: there is no 'nofiles'; did you mean 'nofile'?
// expect: 12: error: service 'f': .rlimits: there is no 'xyzzy'
// expect: 12: error: service 'f': .rlimits has an empty name
// expect: 12: error: service 'f': .rlimits has an empty name
// expect: 15: error: service 'g': .rlimits: the soft limit of 'core' is above the hard one
// expect: 17: error: service 'h': .rlimits has 'AS' twice
// expect: 19: error: service 'i': .rlimits: 'nofile' cannot be UNLIMITED; the most is in /proc/sys/fs/nr_open, as a rule 1048576
// expect: 21: error: service 'j': .rlimits is written LIMITS(LIMIT("name", soft, hard), ...)
