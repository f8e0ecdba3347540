/* SPDX-License-Identifier: MIT */
/* Ends of a program that are none. */
#include <connate/config.h>

static const struct service services[] = {
	SERVICE("a", .run = EXEC("/bin/cat"), .success = LIST("256", "-1", "x", NULL)),
	SERVICE("b", .run = EXEC("/bin/cat"), .never_retry = LIST("SIGFOO", "")),
	SERVICE("c", .needs = LIST("a"), .success = LIST("1")),
	SERVICE("d", .run = EXEC("/bin/cat"), .success = LIST("143", "SIGUSR1", "TERM"),
	        .never_retry = LIST("0", "255"),
	        .retry = RETRY_FIXED(.on_abnormal_only = true)),
};

CONNATE();
// expect: 6: error: service 'a': .success: '256' is no end of a program; write an exit code, 0 to 255, or "SIGUSR1"
// expect: 6: error: service 'a': .success: '-1' is no end of a program; write an exit code, 0 to 255, or "SIGUSR1"
// expect: 6: error: service 'a': .success: 'x' is no end of a program; write an exit code, 0 to 255, or "SIGUSR1"
// expect: 6: error: service 'a': .success: '' is no end of a program; write an exit code, 0 to 255, or "SIGUSR1"
// expect: 7: error: service 'b': .never_retry: 'SIGFOO' is no end of a program; write an exit code, 0 to 255, or "SIGUSR1"
// expect: 7: error: service 'b': .never_retry: '' is no end of a program; write an exit code, 0 to 255, or "SIGUSR1"
// expect: 8: error: service 'c': .success: there is neither .run nor .setup that could end
