/* SPDX-License-Identifier: MIT */
/* The command of connate's command line. */
#define DEFAULTS .env = LIST("A=b"),
#include <connate/config.h>

static const struct service services[] = {
	SERVICE("right", .run = ARGUMENTS(), .env = INHERIT_ALL),
	SERVICE("set-up", .setup = ARGUMENTS(), .run = EXEC("/bin/cat")),
	SERVICE("more", .run = EXEC("--", "more")),
	SERVICE("all", .run = ARGUMENTS(), .stop_all = true),
	SERVICE("over", .run = ARGUMENTS(), .hands_over = true),
	SERVICE("daemon", .run = ARGUMENTS(), .ready = READY_DAEMONIZE),
};

CONNATE();
// expect: 8: error: service 'set-up': .setup: ARGUMENTS() can only be .run
// expect: 9: error: service 'more': .run: ARGUMENTS() can only be .run
// expect: 10: error: service 'all': .run: ARGUMENTS() cannot have a guard, which .stop_all asks for
// expect: 11: error: service 'over': .run: ARGUMENTS() cannot have a guard, which .hands_over asks for
// expect: 12: error: service 'daemon': .run: ARGUMENTS() cannot have a guard, which READY_DAEMONIZE asks for
