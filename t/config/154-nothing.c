/* SPDX-License-Identifier: MIT */
/* Services that do nothing, readiness that nobody tells. */
#include <connate/config.h>

static const struct service services[] = {
	SERVICE("a"),
	SERVICE("b", .needs = LIST("a")),
	SERVICE("c", .setup = EXEC("/bin/true"), .ready = READY_NOTIFY),
};

CONNATE();
// expect: 6: warning: service 'a' does nothing: it has no .setup, .run or .cleanup, and no dependency or member
// expect: 8: error: service 'c': READY_NOTIFY without .run: nobody is there to say that it is ready
