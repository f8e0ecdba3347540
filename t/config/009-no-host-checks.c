/* SPDX-License-Identifier: MIT */
/* Programs that are not here yet. */
// flags: --no-host-checks
#include <connate/config.h>

static const struct service services[] = {
	SERVICE("a", .run = EXEC("/nonexistent/program"),
	        .chdir = "/nonexistent", .log = LOG_FILE("/nonexistent/log")),
};

CONNATE();
