/* SPDX-License-Identifier: MIT */
/* Log files of two, in no folder, or without a path. */
#include <connate/config.h>

static const struct service services[] = {
	SERVICE("a", .run = EXEC("/bin/cat"), .log = LOG_FILE("/tmp/x.log")),
	SERVICE("b", .run = EXEC("/bin/cat"), .log = LOG_FILE("/tmp/x.log")),
	SERVICE("c", .run = EXEC("/bin/cat"), .log = LOG_FILE("/tmp/x.log")),
	SERVICE("d", .run = EXEC("/bin/cat"), .log = LOG_FILE("x.log")),
	SERVICE("e", .run = EXEC("/bin/cat"), .log = LOG_FILE("")),
	SERVICE("f", .run = EXEC("/bin/cat"), .log = LOG_FILE("/tmp/")),
	SERVICE("g", .run = EXEC("/bin/cat"), .log = LOG_FILE("/tmp")),
	SERVICE("h", .run = EXEC("/bin/cat"), .log = LOG_FILE("/no/where/x")),
	SERVICE("i", .run = EXEC("/bin/cat"),
	        .log = LOG_FILE("/tmp/y.log", .mode = 01777)),
};

CONNATE();
// expect: 7: error: service 'b' logs to the file /tmp/x.log, as does 'a' in line 6
// expect: 8: error: service 'c' logs to the file /tmp/x.log, as does 'a' in line 6
// expect: 9: error: service 'd': .log: 'x.log' is not an absolute path
// expect: 10: error: service 'e': .log: the path is empty
// expect: 11: error: service 'f': .log: /tmp/ names a folder, not a file
// expect: 12: error: service 'g': .log: /tmp is a folder
// expect: 13: error: service 'h': .log: the folder /no/where does not exist
// expect: 14: error: service 'i': .log: .mode is 0 to 0777 (octal)
