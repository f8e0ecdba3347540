/* SPDX-License-Identifier: MIT */
/* Programs that do not exist or cannot be executed. */
#include <connate/config.h>

static const struct service services[] = {
	SERVICE("a", .run = EXEC("/no/such/program")),
	SERVICE("b", .run = EXEC("/etc/passwd")),
	SERVICE("c", .run = EXEC("/tmp")),
	SERVICE("d", .run = EXEC("/dev/null")),
	SERVICE("e", .run = EXEC("/etc/passwd/x")),
	SERVICE("f", .setup = EXEC("/no/setup"), .run = EXEC("/bin/cat"),
	        .cleanup = EXEC("/no/cleanup")),
};

CONNATE();
// expect: 6: error: service 'a': .run: /no/such/program does not exist
// expect: 7: error: service 'b': .run: /etc/passwd is not executable
// expect: 8: error: service 'c': .run: /tmp is a folder
// expect: 9: error: service 'd': .run: /dev/null is not a file
// expect: 10: error: service 'e': .run: /etc/passwd/x does not exist
// expect: 11: error: service 'f': .setup: /no/setup does not exist
// expect: 11: error: service 'f': .cleanup: /no/cleanup does not exist
