/* SPDX-License-Identifier: MIT */
/* Environment files that cannot be. */
#include <connate/config.h>

static const struct service services[] = {
	SERVICE("a", .run = EXEC("/bin/cat"), .env_file = LIST("etc/default/x")),
	SERVICE("b", .run = EXEC("/bin/cat"), .env_file = LIST("", NULL, "-", "-x")),
	SERVICE("c", .run = EXEC("/bin/cat"), .env_file = LIST("/etc/")),
	SERVICE("d", .env_file = LIST("/etc/x")),
	SERVICE("e", .target = DOWN, .run = ARGUMENTS(), .env_file = LIST("/etc/x")),
	SERVICE("f", .run = EXEC("/bin/cat"),
	        .env_file = LIST("/1", "/2", "/3", "/4", "/5", "/6", "/7", "/8",
	                         "/9", "/10", "/11", "/12", "/13", "/14", "/15",
	                         "/16", "/17")),
	SERVICE("g", .run = EXEC("/bin/cat"),
	        .env_file = LIST("/etc/default/x", "-/etc/y")),
	SERVICE("h", .setup = EXEC("/bin/true"), .env_file = LIST()),
};

CONNATE();
// expect: 6: error: service 'a': .env_file: 'etc/default/x' is not an absolute path
// expect: 7: error: service 'b': .env_file: the path is empty
// expect: 7: error: service 'b': .env_file: the path is empty
// expect: 7: error: service 'b': .env_file: '-' is not an absolute path
// expect: 7: error: service 'b': .env_file: '-x' is not an absolute path
// expect: 8: error: service 'c': .env_file: /etc/ names a folder, not a file
// expect: 9: warning: service 'd' does nothing: it has no .setup, .run or .cleanup, and no dependency or member
// expect: 9: error: service 'd': .env_file: there is neither .run nor .setup, before which that could be done
// expect: 10: error: service 'e': .env_file does not go with ARGUMENTS()
// expect: 11: error: service 'f': .env_file has 17 entries, of at most 16
