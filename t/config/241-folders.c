/* SPDX-License-Identifier: MIT */
/* Folders that cannot be. */
#include <connate/config.h>

static const struct service services[] = {
	SERVICE("a", .run = EXEC("/bin/cat"), .folders = LIST("x", NULL)),
	SERVICE("b", .run = EXEC("/bin/cat"),
	        .folders = LIST(RUNTIME("/x"), STATE(""), FOLDER("x"), FOLDER("/"))),
	SERVICE("c", .run = EXEC("/bin/cat"),
	        .folders = LIST(CACHE("a/../b"), LOGS("."), CONFIG("a//b"),
	                        FOLDER("/a/"))),
	SERVICE("d", .run = EXEC("/bin/cat"),
	        .folders = LIST(STATE("x", .mode = 010000), STATE("y", .user = "1"))),
	SERVICE("e", .run = EXEC("/bin/cat"),
	        .folders = LIST(FOLDER("/x", .user = "no such user"))),
	SERVICE("f", .folders = LIST(STATE("x"))),
	SERVICE("g", .run = EXEC("/bin/cat"),
	        .folders = LIST(RUNTIME("x", .mode = 0700), STATE("x/y"),
	                        FOLDER("/x", .user = "0", .group = "12"))),
};

CONNATE();
// expect: 6: error: service 'a': .folders: 'x' is not one of RUNTIME, STATE, CACHE, LOGS, CONFIG, FOLDER
// expect: 6: error: service 'a': .folders: '' is not one of RUNTIME, STATE, CACHE, LOGS, CONFIG, FOLDER
// expect: 7: error: service 'b': .folders: '/x' is to be below its standard folder; FOLDER takes a path
// expect: 7: error: service 'b': .folders: there is no name
// expect: 7: error: service 'b': .folders: FOLDER: 'x' is not an absolute path
// expect: 7: error: service 'b': .folders: there is no name
// expect: 9: error: service 'c': .folders: 'a/../b' has a part that is no name: none, '.', '..' or a longer one
// expect: 9: error: service 'c': .folders: '.' has a part that is no name: none, '.', '..' or a longer one
// expect: 9: error: service 'c': .folders: 'a//b' has a part that is no name: none, '.', '..' or a longer one
// expect: 9: error: service 'c': .folders: '/a/' has a part that is no name: none, '.', '..' or a longer one
// expect: 12: error: service 'd': .folders: .mode = 010000 is out of range
// expect: 12: error: service 'd': .folders: 'y' belongs to .user; FOLDER takes an owner
// expect: 14: error: service 'e': .folders: there is no user 'no such user' on this machine
// expect: 16: warning: service 'f' does nothing: it has no .setup, .run or .cleanup, and no dependency or member
// expect: 16: error: service 'f': .folders: there is neither .run nor .setup, before which that could be done
