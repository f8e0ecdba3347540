/* SPDX-License-Identifier: MIT */
/* An example: a web server, a store and an application with a logger of its
 * own, on Debian (packages nginx-light and redis-server). Runs as root, which
 * gives up its rights for each, or without .user and .group as any user. The
 * words are explained in connate/config.h. */

#define DEFAULTS \
	.env = LIST("PATH=/usr/local/sbin:/usr/local/bin:" \
	            "/usr/sbin:/usr/bin:/sbin:/bin"), \
	.chdir = "/",
#include <connate/config.h>

static const struct service services[] = {
	/* Both stay in the foreground: what forks and leaves cannot be
	 * supervised. redis-server saves before it exits, so it gets longer
	 * for that than the 2 s that are usual. */
	SERVICE("redis",
	        .run = EXEC("/usr/bin/redis-server", "--daemonize", "no",
	                    "--bind", "127.0.0.1", "--port", "6379",
	                    "--dir", "/var/lib/redis"),
	        .user = "redis",
	        .umask = 027,
	        .no_new_privs = true,
	        .max_stop = SECONDS(20),
	        .log = LOG_TO("log")),

	/* A loop of the shell in place of a real application. It needs the
	 * store: it starts after it, stops before it. When it fails it is
	 * started again after 0.1 s, 0.2 s … 5 s, without end; once it has
	 * been up for a minute it begins at 0.1 s again. */
	SERVICE("app",
	        .needs = LIST("redis"),
	        .run = SHELL("while redis-cli -p 6379 incr visits; do "
	                     "sleep 1; done"),
	        .user = "www-data",
	        .no_new_privs = true,
	        .retry = RETRY_DOUBLING(.max = SECONDS(5)),
	        .healthy = SECONDS(60),
	        .log = LOG_TO("app-log")),

	/* The application's own logger. It can be restarted, or crash: what
	 * the application prints meanwhile waits in a pipe. */
	SERVICE("app-log",
	        .run = SHELL("while read -r line; do "
	                     "echo \"app: $line\"; done"),
	        .user = "nobody",
	        .log = LOG_TO("log")),

	/* The set-up is a test of its configuration: a wrong one shows as
	 * a failed set-up, and no server that works is exchanged for it. It
	 * answers without the application, so it only wants it. QUIT lets it
	 * finish the requests that it has. */
	SERVICE("nginx",
	        .wants = LIST("app"),
	        .setup = EXEC("/usr/sbin/nginx", "-t", "-q"),
	        .run = EXEC("/usr/sbin/nginx", "-g", "daemon off;"),
	        .stop = SIGNAL(SIGQUIT),
	        .max_stop = SECONDS(30)),

	/* The last to go: all that logs to it needs it. */
	SERVICE("log",
	        .run = EXEC("/usr/bin/logger", "-t", "web"),
	        .user = "nobody",
	        .log = LOG_NONE),

	/* conctl restart web: all of them, in order. */
	SERVICE("web", .groups = LIST("nginx", "app", "redis")),
};

CONNATE(.lock_file = "/run/connate-web.lock");
