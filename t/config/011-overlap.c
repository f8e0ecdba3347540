/* SPDX-License-Identifier: MIT */
/* With .restart = OVERLAP a service has a second place behind all services, with a
 * socket of readiness of its own, and the pipe to its logger and the sockets of
 * the first one. */
#include <connate/config.h>

static const struct service services[] = {
	SERVICE("web", .run = EXEC("/bin/cat"), .log = LOG_TO("log"),
	        .ready = READY_FD(3), .restart = OVERLAP, .needs = LIST("log"),
	        .setup = EXEC("/bin/true"), .cleanup = EXEC("/bin/true"),
	        .retry = RETRY_FIXED(.attempts = 3)),
	SERVICE("log", .run = EXEC("/bin/cat"), .reads = EACH),
};

CONNATE();
// table: web:2 run '/bin/cat'
// table: web ready pipe 1 fd 3
// table: web:2 ready pipe 3 fd 3
// table: web own pipe 2
// table: web:2 own pipe 2
