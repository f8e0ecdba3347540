/* SPDX-License-Identifier: MIT */
/* Words of a shell where there is none. */
#include <connate/config.h>

static const struct service services[] = {
	SERVICE("a", .run = EXEC("/bin/cat", ">", "/dev/null", "2>&1")),
	SERVICE("b", .run = EXEC("/bin/cat", "/etc/passwd", "|", "sort")),
	SERVICE("c", .run = EXEC("/bin/cat", "~/file")),
	SERVICE("d", .run = EXEC("/bin/cat", "a|b", "$HOME", "~", "*")),
	SERVICE("e", .run = { .action = CONFIG_ACTION_SHELL }),
	SERVICE("f", .run = SHELL(" \t")),
};

CONNATE();
// expect: 6: warning: service 'a': .run: '>' is handed to the program as it is; only SHELL would take it as a shell does
// expect: 7: warning: service 'b': .run: '|' is handed to the program as it is; only SHELL would take it as a shell does
// expect: 8: warning: service 'c': .run: '~/file' is handed to the program as it is; only SHELL would take it as a shell does
// expect: 10: error: service 'e': .run is written SHELL("command")
// expect: 11: error: service 'f': .run: the command is empty
