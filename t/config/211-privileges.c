/* SPDX-License-Identifier: MIT */
/* Capabilities and namespaces that do not exist. */
#include <connate/config.h>

static const char *const bare[] = { "kill" };

static const struct service services[] = {
	SERVICE("a", .run = EXEC("/bin/cat"),
	        .capabilities = LIST("CAP_NET_BIND_SERVCE", "cap_", "zzzzzz")),
	SERVICE("b", .run = EXEC("/bin/cat"),
	        .capabilities = LIST("CAP_KILL", "kill")),
	SERVICE("c", .run = EXEC("/bin/cat"), .capabilities = LIST("", NULL)),
	SERVICE("d", .run = EXEC("/bin/cat"),
	        .capabilities = { .item = bare, .count = 1 }),
	SERVICE("e", .run = EXEC("/bin/cat"),
	        .namespaces = LIST("mnt", "user", "network")),
	SERVICE("f", .run = EXEC("/bin/cat"), .namespaces = LIST("pid", "pid")),
	SERVICE("g", .run = EXEC("/bin/cat"), .ready = READY_DAEMONIZE,
	        .namespaces = LIST("mount", "pid")),
};

CONNATE();
// expect: 8: error: service 'a': .capabilities: there is no 'CAP_NET_BIND_SERVCE'; did you mean 'net_bind_service'?
// expect: 8: error: service 'a': .capabilities: there is no 'cap_'
// expect: 8: error: service 'a': .capabilities: there is no 'zzzzzz'
// expect: 10: error: service 'b': .capabilities has 'kill' twice
// expect: 12: error: service 'c': .capabilities has an empty entry
// expect: 12: error: service 'c': .capabilities has an empty entry
// expect: 13: error: service 'd': .capabilities is written LIST("name", ...)
// expect: 15: error: service 'e': .namespaces: there is no 'mnt'; there are mount net uts ipc pid
// expect: 15: error: service 'e': .namespaces: there is no 'user'; there are mount net uts ipc pid
// expect: 15: error: service 'e': .namespaces: there is no 'network'; there are mount net uts ipc pid
// expect: 17: error: service 'f': .namespaces has 'pid' twice
// expect: 18: error: service 'g': READY_DAEMONIZE cannot be with .namespaces "pid": when its first process exits, all others in that namespace are killed
