/* SPDX-License-Identifier: MIT */
/* Ignored signals, a file for errors, a terminal: wrong ones. */
#include <connate/config.h>

static const struct service services[] = {
	SERVICE("a", .run = EXEC("/bin/cat"), .ignore = LIST("SIGFOO", "13")),
	SERVICE("b", .run = EXEC("/bin/cat"), .ignore = LIST("SIGKILL", "STOP")),
	SERVICE("c", .run = EXEC("/bin/cat"), .errors = LOG_FILE("x")),
	SERVICE("d", .run = EXEC("/bin/cat"), .errors = LOG_TO("a")),
	SERVICE("e", .run = EXEC("/bin/cat"), .log = LOG_FILE("/tmp/x"),
	        .errors = LOG_FILE("/tmp/x")),
	SERVICE("f", .run = EXEC("/bin/cat"), .tty = "ttyS0"),
	SERVICE("g", .run = EXEC("/bin/cat"), .ignore = LIST("SIGPIPE", "HUP"),
	        .errors = LOG_FILE("/tmp/y", .overwrite = true), .tty = "/dev/ttyS0"),
	SERVICE("h", .run = EXEC("/bin/cat"), .errors = LOG_NONE),
};

CONNATE();
// expect: 6: error: service 'a': .ignore: 'SIGFOO' is no signal; write "SIGPIPE"
// expect: 6: error: service 'a': .ignore: '13' is no signal; write "SIGPIPE"
// expect: 7: error: service 'b': .ignore: no program can ignore 'SIGKILL'
// expect: 7: error: service 'b': .ignore: no program can ignore 'STOP'
// expect: 8: error: service 'c': .errors: 'x' is not the absolute path of a file
// expect: 9: error: service 'd': .errors: LOG_TO is for .log, which has both; here LOG_FILE or LOG_NONE
// expect: 10: error: service 'e': .errors: /tmp/x is the file of .log, which has both
// expect: 12: error: service 'f': .tty: 'ttyS0' is not the absolute path of a file
