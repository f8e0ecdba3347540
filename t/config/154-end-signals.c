/* SPDX-License-Identifier: MIT */
/* Signals that are none, or that connate needs. */
#include <connate/config.h>

static const struct service services[] = {
	SERVICE("a", .run = EXEC("/bin/cat")),
};

CONNATE(.end_signals = LIST("SIGUSER2", "RTMIN+31", "65", "SIGHUP", "KILL", "17", "SIGTSTP", "SIGQUIT"));
// expect: 9: error: .end_signals: 'SIGUSER2' is no signal; write "SIGUSR2", "SIGRTMIN+3" or a number, 1 to 64
// expect: 9: error: .end_signals: 'RTMIN+31' is no signal; write "SIGUSR2", "SIGRTMIN+3" or a number, 1 to 64
// expect: 9: error: .end_signals: '65' is no signal; write "SIGUSR2", "SIGRTMIN+3" or a number, 1 to 64
// expect: 9: error: .end_signals: 'SIGHUP' cannot be one, as it replaces supervisord in place
// expect: 9: error: .end_signals: 'KILL' cannot be one, as the kernel does not let connate see it
// expect: 9: error: .end_signals: '17' cannot be one, as connate uses it itself
// expect: 9: error: .end_signals: 'SIGTSTP' cannot be one, as it is for job control
