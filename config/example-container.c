/* SPDX-License-Identifier: MIT */
/* An example: a container. It is there for one program, the primary; when that
 * ends, the container does, with its exit code. A helper runs beside it. Put
 * connate, supervisord and conctl into the image, and
 *
 *     ENTRYPOINT ["/usr/local/sbin/connate"]
 *
 * Then `docker stop`, which sends SIGTERM, stops both in order; other signals
 * go to the primary. The words are explained in connate/config.h. */

/* The log of a container is what its init prints: so nothing to say. */
#include <connate/config.h>

static const struct service services[] = {
	/* Up once its set-up has ended well; there is no program to keep. */
	SERVICE("folders", .setup = EXEC("/bin/mkdir", "-p", "/var/lib/app")),

	/* A helper: refreshes every minute what the program reads. The first
	 * time must be over before the program starts, so that it says when
	 * it is: a newline on descriptor 3. */
	SERVICE("refresh",
	        .needs = LIST("folders"),
	        .run = SHELL("cd /var/lib/app;"
	                     " while date >new && mv new today; do"
	                     " echo >&3; sleep 60; done"),
	        .ready = READY_FD(3)),

	/* The program. It is not started again: the runtime of the container
	 * sees how it ended, and decides. Docker waits 10 s before it kills
	 * everything; these 8 leave time for the rest. */
	SERVICE("app",
	        .primary = true,
	        .needs = LIST("refresh"),
	        .run = EXEC("/srv/app/serve", "/var/lib/app/today"),
	        .user = "1000", /* of the image, which has its own names */
	        .group = "1000",
	        .no_new_privs = true,
	        .retry = RETRY_NEVER,
	        .max_stop = SECONDS(8)),
};

CONNATE();
