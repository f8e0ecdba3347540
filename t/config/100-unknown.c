/* SPDX-License-Identifier: MIT */
/* Unknown names, and what was meant. */
#include <connate/config.h>

static const struct service services[] = {
	SERVICE("network", .run = EXEC("/bin/cat")),
	SERVICE("sshd", .needs = LIST("netwrok"), .run = EXEC("/bin/cat")),
	SERVICE("a", .run = EXEC("/bin/cat"),
	        .binds = LIST("nework"),
	        .wants = LIST("network2"),
	        .after = LIST("Network"),
	        .conflicts = LIST("something-else"),
	        .groups = LIST("ssh"),
	        .log = LOG_TO("sshd-")),
	SERVICE("b", .run = EXEC("/bin/cat"), .needs = LIST("x")),
};

CONNATE();
// expect: 7: error: service 'sshd' needs 'netwrok', which does not exist; did you mean 'network'?
// expect: 8: error: service 'a' binds to 'nework', which does not exist; did you mean 'network'?
// expect: 8: error: service 'a' wants 'network2', which does not exist; did you mean 'network'?
// expect: 8: error: service 'a' comes after 'Network', which does not exist; did you mean 'network'?
// expect: 8: error: service 'a' conflicts with 'something-else', which does not exist
// expect: 8: error: service 'a' groups 'ssh', which does not exist; did you mean 'sshd'?
// expect: 8: error: service 'a' logs to 'sshd-', which does not exist; did you mean 'sshd'?
// expect: 15: error: service 'b' needs 'x', which does not exist
