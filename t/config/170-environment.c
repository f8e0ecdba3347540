/* SPDX-License-Identifier: MIT */
/* Entries of the environment. */
#include <connate/config.h>

static const struct service services[] = {
	SERVICE("a", .run = EXEC("/bin/cat"), .env = LIST("PATH")),
	SERVICE("b", .run = EXEC("/bin/cat"), .env = LIST("=x")),
	SERVICE("c", .run = EXEC("/bin/cat"), .env = LIST("", NULL)),
	SERVICE("d", .run = EXEC("/bin/cat"), .env = LIST("A=1", "B=1", "A=2")),
	SERVICE("e", .run = EXEC("/bin/cat"), .env = LIST("CONNATE_PID=1")),
	SERVICE("f", .run = EXEC("/bin/cat"), .env = LIST("A=1", "AB=1", "A_=")),
};

CONNATE();
// expect: 6: error: service 'a': .env: 'PATH' is not NAME=value
// expect: 7: error: service 'b': .env: '=x' has an empty name
// expect: 8: error: service 'c': .env has an empty entry
// expect: 8: error: service 'c': .env has an empty entry
// expect: 9: error: service 'd': .env has 'A' twice, and programs differ in which of them they see
// expect: 10: error: service 'e': .env: CONNATE_PID is set by connate
