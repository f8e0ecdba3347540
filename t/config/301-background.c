/* SPDX-License-Identifier: MIT */
/* A shell that leaves its command behind. */
#include <connate/config.h>

static const struct service services[] = {
	SERVICE("a", .run = SHELL("sleep 9 &")),
	SERVICE("b", .run = SHELL("sleep 9 & \n"), .ready = READY_NOTIFY),
	SERVICE("c", .run = SHELL("sleep 9 & wait")),
	SERVICE("d", .run = SHELL("sleep 9 &"), .ready = READY_DAEMONIZE),
	SERVICE("e", .run = SHELL("echo \\&")),
	SERVICE("f", .setup = SHELL("sleep 9 &")),
};

CONNATE();
// expect: 6: warning: service 'a': .run: the command ends with &, so the shell ends at once and what it began is not watched; leave the & out, or say .ready = READY_DAEMONIZE
// expect: 7: warning: service 'b': .run: the command ends with &, so the shell ends at once and what it began is not watched; leave the & out, or say .ready = READY_DAEMONIZE
