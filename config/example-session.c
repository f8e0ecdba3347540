/* SPDX-License-Identifier: MIT */
/* An example: the services of a user's session, started without root by
 *
 *     connate --supervisor …/supervisord
 *
 * from a login script or a terminal. The words are explained in
 * connate/config.h. */

/* What every service below gets unless it says otherwise. After five failed
 * starts in a row a service is left "failed", until it is asked for again. */
#define DEFAULTS \
	.retry = RETRY_DOUBLING(.after = MILLISECONDS(200), \
	                        .max = SECONDS(30), .attempts = 5), \
	.log = LOG_TO("log"),
#include <connate/config.h>

/* What a program needs to find others of the session. Given here as a whole:
 * .env replaces the environment. Left out, it is that of connate. */
#define ENVIRONMENT \
	LIST("PATH=/usr/local/bin:/usr/bin:/bin", "HOME=/tmp", "LANG=C.UTF-8")

static const struct service services[] = {
	/* Reads what the others print; it logs nowhere itself. As it is a
	 * logger it is started before, and stopped after, those it reads. */
	SERVICE("log",
	        .run = SHELL("while read -r line; do :; done"),
	        .log = LOG_NONE),

	/* Looks first, so that what stands on it may count on it: up when the
	 * set-up has ended well; there is no program to keep. */
	SERVICE("runtime-folder",
	        .setup = SHELL("test -d \"${XDG_RUNTIME_DIR:-/tmp}\"")),

	/* A helper that others talk to. It tells when it is ready, and so it
	 * is up only then: conctl ready. */
	SERVICE("agent",
	        .needs = LIST("runtime-folder"),
	        .run = SHELL("conctl ready agent; exec sleep infinity"),
	        .ready = READY_NOTIFY,
	        .max_ready = SECONDS(5)),

	/* Cannot go on without the agent: if the agent is lost, this one is
	 * stopped, and comes back with it. */
	SERVICE("sync",
	        .binds = LIST("agent"),
	        .run = SHELL("while sleep 60; do date; done"),
	        .env = ENVIRONMENT,
	        .nice = 10),

	/* Two that exclude each other: starting one stops the other. */
	SERVICE("lights-day",
	        .conflicts = LIST("lights-night"),
	        .run = EXEC("/bin/sleep", "infinity")),
	SERVICE("lights-night",
	        .target = DOWN,
	        .run = EXEC("/bin/sleep", "infinity")),

	/* Once at the start; 0 means that all is done. */
	SERVICE("hello",
	        .target = ONCE,
	        .after = LIST("sync"),
	        .run = EXEC("/bin/echo", "the session is up")),

	/* Everything that a user would call the session. */
	SERVICE("session", .groups = LIST("agent", "sync", "lights-day")),
};

/* One session for each user: the file must be in a folder of the user's. */
CONNATE();
