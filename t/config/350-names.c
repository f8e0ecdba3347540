/* SPDX-License-Identifier: MIT */
/* Commas that are missing, names like options. */
#include <connate/config.h>

static const struct service services[] = {
	SERVICE("al", .run = EXEC("/bin/cat")),
	SERVICE("beta", .run = EXEC("/bin/cat")),
	SERVICE("-c", .needs = LIST("al" "beta"), .run = EXEC("/bin/cat")),
	SERVICE("d", .wants = LIST("betaa", "alal"), .run = EXEC("/bin/cat")),
};

CONNATE();
// expect: 8: warning: service '-c': the name begins with '-', as an option of a command does
// expect: 8: error: service '-c' needs 'albeta', which does not exist; is a comma missing between 'al' and 'beta'?
// expect: 9: error: service 'd' wants 'betaa', which does not exist; did you mean 'beta'?
// expect: 9: error: service 'd' wants 'alal', which does not exist; is a comma missing between 'al' and 'al'?
