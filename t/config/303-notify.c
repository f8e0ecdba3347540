/* SPDX-License-Identifier: MIT */
/* Messages that could not arrive, or that nothing could send. */
#include <connate/config.h>

static const struct service services[] = {
	SERVICE("a", .setup = EXEC("/bin/true"), .ready = READY_SD_NOTIFY),
	SERVICE("b", .run = EXEC("/bin/cat"), .ready = READY_SD_NOTIFY,
	        .namespaces = LIST("mount", "net")),
	SERVICE("c", .run = EXEC("/bin/cat"), .notify_from = MAIN),
	SERVICE("d", .run = EXEC("/bin/cat"), .ready = READY_SD_NOTIFY,
	        .notify_from = 7),
	SERVICE("e", .run = EXEC("/bin/cat"), .ready = READY_SD_NOTIFY,
	        .env = LIST("NOTIFY_SOCKET=@x")),
	SERVICE("f", .run = EXEC("/bin/cat"), .env = LIST("NOTIFY_SOCKET=@x")),
	SERVICE("g", .run = EXEC("/bin/cat"), .ready = READY_SD_NOTIFY,
	        .notify_from = MAIN, .namespaces = LIST("mount", "pid")),
	SERVICE("h", .run = EXEC("/bin/cat"), .watchdog = SECONDS(1)),
	SERVICE("i", .run = EXEC("/bin/cat"), .ready = READY_SD_NOTIFY,
	        .watchdog = SECONDS(0)),
	SERVICE("j", .run = EXEC("/bin/cat"), .reload = NOTIFY_RELOAD(SIGHUP)),
	SERVICE("k", .run = EXEC("/bin/cat"), .ready = READY_SD_NOTIFY,
	        .reload = NOTIFY_RELOAD(SIGHUP), .stop = NOTIFY_RELOAD(SIGINT)),
};

CONNATE();
// expect: 6: error: service 'a': READY_SD_NOTIFY without .run: nobody is there to say that it is ready
// expect: 7: error: service 'b': READY_SD_NOTIFY cannot be with .namespaces "net": its messages would not arrive
// expect: 9: error: service 'c': .notify_from without READY_SD_NOTIFY: it has no socket
// expect: 10: error: service 'd': .notify_from is ALL or MAIN
// expect: 12: error: service 'e': .env: NOTIFY_SOCKET is set by connate
// expect: 17: error: service 'h': .watchdog without READY_SD_NOTIFY: it has no socket for a sign of life
// expect: 18: error: service 'i': .watchdog is zero, so it would always fail; say FOREVER for no limit
// expect: 20: error: service 'j': .reload: NOTIFY_RELOAD without READY_SD_NOTIFY: it has no socket to say that it has reloaded
// expect: 21: error: service 'k': .stop: NOTIFY_RELOAD is for .reload
