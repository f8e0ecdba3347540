/* SPDX-License-Identifier: MIT */
/* Names that are empty, too long, or have other characters. */
#include <connate/config.h>

static const struct service services[] = {
	SERVICE("", .run = EXEC("/bin/cat")),
	SERVICE(NULL, .run = EXEC("/bin/cat")),
	SERVICE("a b", .run = EXEC("/bin/cat")),
	SERVICE("a/b", .run = EXEC("/bin/cat")),
	SERVICE("sch\u00f6n", .run = EXEC("/bin/cat")),
	SERVICE("tab\t", .run = EXEC("/bin/cat")),
	SERVICE("0123456789012345678901234567890123456789012345678901234567890123",
	        .run = EXEC("/bin/cat")),
	SERVICE("012345678901234567890123456789012345678901234567890123456789012",
	        .run = EXEC("/bin/cat")),
	SERVICE("x", .run = EXEC("/bin/cat"), .needs = LIST("", NULL),
	        .log = LOG_TO("")),
};

CONNATE();
// expect: 6: error: service '': the name is empty
// expect: 7: error: service '': the name is empty
// expect: 8: error: service 'a b': a name has only letters, digits and -_.@:, and no ' '
// expect: 9: error: service 'a/b': a name has only letters, digits and -_.@:, and no '/'
// expect: 10: error: service 'schön': a name has only letters, digits and -_.@:, and no '?'
// expect: 11: error: service 'tab?': a name has only letters, digits and -_.@:, and no '?'
// expect: 12: error: service '0123456789012345678901234567890123456789012345678901234567890123': the name has 64 bytes; 63 are the most
// expect: 16: error: service 'x': .needs has an empty name
// expect: 16: error: service 'x': .needs has an empty name
// expect: 16: error: service 'x': .log has an empty name
