/* SPDX-License-Identifier: MIT */
/* The services of an image: a program, its cache, and the server between
 * it and its users. When the program ends, the container does, with its exit
 * code; the other two are started again. */
#define DEFAULTS .no_new_privs = true,
#include <connate/config.h>

static const struct service services[] = {
	SERVICE("cache", .run = EXEC("/srv/app/cache"), .max_stop = SECONDS(2)),

	SERVICE("app",
	        .primary = true,
	        .needs = LIST("cache"),
	        .run = EXEC("/srv/app/serve", "--port", "8080"),
	        .retry = RETRY_NEVER,
	        .max_stop = SECONDS(8)),

	/* Stopped first, on its own, before the container is asked to end: it
	 * takes no more connections and finishes those that it has. */
	SERVICE("front",
	        .needs = LIST("app"),
	        .run = EXEC("/srv/app/front", "--port", "80"),
	        .max_stop = SECONDS(10)),
};

/* All of them, one after the other: if they could take longer than this, there
 * would be no supervisord. The runtime has to wait at least so long. */
CONNATE(.stop_budget = SECONDS(20));
