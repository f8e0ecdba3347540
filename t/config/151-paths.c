/* SPDX-License-Identifier: MIT */
/* Relative and empty paths, empty commands. */
#include <connate/config.h>

static const struct service services[] = {
	SERVICE("a", .run = EXEC("cat")),
	SERVICE("b", .run = EXEC("./cat"), .chdir = "tmp"),
	SERVICE("c", .run = EXEC("")),
	SERVICE("d", .run = EXEC()),
	SERVICE("e", .run = SHELL("")),
	SERVICE("f", .run = EXEC("/bin/cat", NULL)),
	SERVICE("g", .run = EXEC("/bin/cat"), .chdir = ""),
	SERVICE("h", .run = EXEC("/bin/cat"), .chdir = "/no/such/folder"),
	SERVICE("i", .run = EXEC("/bin/cat"), .chdir = "/etc/passwd"),
};

CONNATE(.lock_file = "connate.lock");
// expect: 6: error: service 'a': .run: 'cat' is not an absolute path; PATH is not searched
// expect: 7: error: service 'b': .run: './cat' is not an absolute path; PATH is not searched
// expect: 7: error: service 'b': .chdir: 'tmp' is not an absolute path
// expect: 8: error: service 'c': .run: the path is empty
// expect: 9: error: service 'd': .run: EXEC without a path
// expect: 10: error: service 'e': .run: the command is empty
// expect: 11: error: service 'f': .run: argument 1 is NULL; the list ends by itself
// expect: 12: error: service 'g': .chdir: the path is empty
// expect: 13: error: service 'h': .chdir: /no/such/folder does not exist
// expect: 14: error: service 'i': .chdir: /etc/passwd is not a folder
// expect: 17: error: .lock_file: 'connate.lock' is not an absolute path, nor one in $NAME/
