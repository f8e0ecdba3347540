/* SPDX-License-Identifier: MIT */
/* A lock file without a name. */
#include <connate/config.h>

static const struct service services[] = {
	SERVICE("a", .run = EXEC("/bin/cat")),
};

CONNATE(.lock_file = "/run/");
// expect: 9: error: .lock_file: /run/ names a folder, not a file
