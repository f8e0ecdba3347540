/* SPDX-License-Identifier: MIT */
/* Names and values of the environment. */
#include <connate/config.h>

static const struct service services[] = {
	SERVICE("a", .run = EXEC("/bin/cat"),
	        .env = LIST(INHERIT("HOME"), INHERIT("PATH"), "A=$B ${HOME}")),
	SERVICE("b", .run = EXEC("/bin/cat"), .env = LIST(INHERIT(""))),
	SERVICE("c", .run = EXEC("/bin/cat"), .env = LIST(INHERIT("A=1"))),
	SERVICE("d", .run = EXEC("/bin/cat"),
	        .env = LIST(INHERIT("PATH"), "PATH=/bin")),
	SERVICE("e", .run = EXEC("/bin/cat"),
	        .env = LIST(INHERIT("CONNATE_PID"), "CONNATE_SERVICE=e",
	                    "CONNATE_LOCK_FILE=/x")),
	SERVICE("f", .run = EXEC("/bin/cat"), .env = LIST("A B=1", "C =1")),
	SERVICE("g", .run = EXEC("/bin/cat"), .env = LIST("\xc3\xa4=1")),
	SERVICE("h", .run = EXEC("/bin/cat"), .env = LIST("a.b=1", "1a=1")),
	SERVICE("i", .run = EXEC("/bin/cat"),
	        .env = LIST("PATH=/opt:$PATH", "A=${A}b", "B=$BC")),
	SERVICE("j", .run = EXEC("/bin/cat"), .env = LIST("A=1", "A=1")),
	SERVICE("k", .run = EXEC("/bin/cat"), .env = { NULL, 3, false }),
};

CONNATE();
// expect: 8: error: service 'b': .env: '' has an empty name
// expect: 9: error: service 'c': .env: INHERIT("A=1") takes a name only
// expect: 10: error: service 'd': .env has 'PATH' twice, and programs differ in which of them they see
// expect: 12: error: service 'e': .env: CONNATE_PID is set by connate
// expect: 12: error: service 'e': .env: CONNATE_SERVICE is set by connate
// expect: 15: error: service 'f': .env: the name 'A B' has a blank or another character that no name has
// expect: 15: error: service 'f': .env: the name 'C ' has a blank or another character that no name has
// expect: 16: error: service 'g': .env: the name 'ä' has a blank or another character that no name has
// expect: 17: warning: service 'h': .env: shells do not take 'a.b' as the name of a variable
// expect: 17: warning: service 'h': .env: shells do not take '1a' as the name of a variable
// expect: 18: warning: service 'i': .env: the $ in 'PATH=/opt:$PATH' is no more than a $: there is no shell that would replace it
// expect: 18: warning: service 'i': .env: the $ in 'A=${A}b' is no more than a $: there is no shell that would replace it
// expect: 20: warning: service 'j': .env has 'A' twice
// expect: 21: error: service 'k': .env is written LIST("NAME=value", ...)
