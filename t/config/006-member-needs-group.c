/* SPDX-License-Identifier: MIT */
/* A member may stand on its group: no cycle. */
#include <connate/config.h>

static const struct service services[] = {
	SERVICE("web", .groups = LIST("server")),
	SERVICE("server", .run = EXEC("/bin/cat"), .needs = LIST("web")),
};

CONNATE();
