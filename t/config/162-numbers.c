/* SPDX-License-Identifier: MIT */
/* Masks and niceness out of range. */
#include <connate/config.h>

static const struct service services[] = {
	SERVICE("a", .run = EXEC("/bin/cat"), .umask = 01000),
	SERVICE("b", .run = EXEC("/bin/cat"), .umask = -1),
	SERVICE("c", .run = EXEC("/bin/cat"), .nice = 20),
	SERVICE("d", .run = EXEC("/bin/cat"), .nice = -21),
	SERVICE("e", .run = EXEC("/bin/cat"),
	        .log = LOG_FILE("/tmp/z", .mode = -1)),
};

CONNATE();
// expect: 6: error: service 'a': .umask is 0 to 0777 (octal)
// expect: 7: error: service 'b': .umask is 0 to 0777 (octal)
// expect: 8: error: service 'c': .nice is -20 to 19
// expect: 9: error: service 'd': .nice is -20 to 19
// expect: 10: error: service 'e': .log: .mode is 0 to 0777 (octal)
