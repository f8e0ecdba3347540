/* SPDX-License-Identifier: MIT */
/* The default configuration: a handful of small services from what any Linux
 * machine has, for a first look. It runs as any user, and writes nothing. For
 * longer ones see example-session.c and example-web.c; the words are explained
 * in connate/config.h. */
#define DEFAULTS \
	.env = LIST("PATH=/usr/local/bin:/usr/bin:/bin"), \
	.log = LOG_NONE,
#include <connate/config.h>

/* Runs in a process of its own, before anything else here. */
int greet(void)
{
	return 0;                   /* or -errno */
}

static const struct service services[] = {
	/* No program: it is up when its set-up has ended well. */
	SERVICE("greeting", .setup = CALL(greet)),

	/* A program that is to run for ever. */
	SERVICE("heartbeat", .run = EXEC("/bin/sleep", "infinity")),

	/* Two programs and a pipe between them, which outlives both. */
	SERVICE("clock",
	        .wants = LIST("greeting"),
	        .run = SHELL("while date; do sleep 1; done"),
	        .log = LOG_TO("clock-log")),
	SERVICE("clock-log", .run = EXEC("/bin/cat")),

	/* Set up first, cleaned up after; starts when heartbeat is up, and
	 * stops before it. It fails when it cannot be set up, three times. */
	SERVICE("worker",
	        .needs = LIST("heartbeat"),
	        .setup = EXEC("/bin/test", "-d", "/tmp"),
	        .run = SHELL("while :; do sleep 1; done"),
	        .cleanup = EXEC("/bin/true"),
	        .retry = RETRY_FIXED(.after = SECONDS(1), .attempts = 3)),

	/* Only when asked for: conctl up report. Then it is done. */
	SERVICE("report",
	        .target = DOWN,
	        .after = LIST("worker"),
	        .run = EXEC("/bin/date"),
	        .log = LOG_TO("clock-log"),
	        .retry = RETRY_FIXED(.after = SECONDS(1), .attempts = 3,
	                             .on_failure_only = true)),

	/* One name for several: conctl restart everyday. */
	SERVICE("everyday", .members = LIST("clock", "worker")),

	/* connate -- COMMAND: then nothing else here is started, and its end is
	 * the end of all, however long it has run. It has the environment, and
	 * the standard input and output, that connate has. */
	SERVICE("main",
	        .primary = true,
	        .run = ARGUMENTS(),
	        .env = INHERIT_ALL,
	        .log = LOG_INHERIT,
	        .retry = RETRY_FIXED(.attempts = 1, .on_failure_only = true),
	        .healthy = FOREVER),
};

CONNATE();
