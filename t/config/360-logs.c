/* SPDX-License-Identifier: MIT */
/* Log files under other names, devices, the lock file. */
#include <connate/config.h>

static const struct service services[] = {
	SERVICE("a", .run = EXEC("/bin/cat"), .log = LOG_FILE("/tmp/x.log")),
	SERVICE("b", .run = EXEC("/bin/cat"), .log = LOG_FILE("/tmp//x.log")),
	SERVICE("c", .run = EXEC("/bin/cat"), .log = LOG_FILE("//tmp/./x.log")),
	SERVICE("d", .run = EXEC("/bin/cat"), .log = LOG_FILE("/dev/null")),
	SERVICE("e", .run = EXEC("/bin/cat"), .log = LOG_FILE("/dev/null")),
	SERVICE("f", .run = EXEC("/bin/cat"), .log = LOG_FILE("/tmp/./lock")),
	SERVICE("g", .run = EXEC("/bin/cat"), .log = { .log = 9 }),
};

CONNATE(.lock_file = "/tmp/lock");
// expect: 7: error: service 'b' logs to the file /tmp/x.log, as does 'a' in line 6
// expect: 8: error: service 'c' logs to the file /tmp/x.log, as does 'a' in line 6
// expect: 11: error: service 'f' logs to the file /tmp/lock, which is the .lock_file
// expect: 12: error: service 'g': .log is one of LOG_...
