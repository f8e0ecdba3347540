/* SPDX-License-Identifier: MIT */
/* An example: nginx, an application, its store, and a logger for all of them,
 * on Debian (packages nginx-light, redis-server and redis-tools). It runs as
 * root, which gives up its rights for each. The application is yours: any
 * program that listens where nginx expects it. The words are explained in
 * connate/config.h. */

/* What every service below gets unless it says otherwise. */
#define DEFAULTS \
	.env = LIST("PATH=/usr/local/sbin:/usr/local/bin:" \
	            "/usr/sbin:/usr/bin:/sbin:/bin"), \
	.chdir = "/", \
	.log = LOG_TO("log"),
#include <connate/config.h>

static const struct service services[] = {
	/* No program: up when its set-up has ended well. It is root's, as the
	 * logger itself could not make it. */
	SERVICE("log-folder",
	        .setup = EXEC("/usr/bin/install", "-d", "-o", "www-data",
	                      "/var/log/web"),
	        .log = LOG_INHERIT),

	/* A file for each service, of a megabyte, of which the last ten are
	 * kept, each line with its time; and the last lines in memory. `conctl
	 * logs app` prints them. It is up when it reads, and the last to go:
	 * all that logs to it needs it. It may be restarted at any time; what
	 * is printed meanwhile waits in the pipes. */
	SERVICE("log",
	        .needs = LIST("log-folder"),
	        .reads = EACH,
	        .run = EXEC("/usr/libexec/connate/log",
	                    "--each", "/var/log/web",
	                    "--max-size", "1M", "--keep", "10",
	                    "--ring", "16K"),
	        .ready = READY_SD_NOTIFY,
	        .fd_store = 1,
	        .user = "www-data",
	        .log = LOG_INHERIT),

	/* redis-server does not tell when it listens, so it is asked until it
	 * answers: a service that needs redis can count on that. It is asked
	 * every 10 s from then on; with no answer three times, it is restarted.
	 * It saves before it exits, and gets longer for that than the 2 s that
	 * are usual. */
	SERVICE("redis",
	        .run = EXEC("/usr/bin/redis-server", "--bind", "127.0.0.1",
	                    "--dir", "/var/lib/redis"),
	        .ready = READY_CHECK,
	        .check = CHECK(EXEC("/usr/bin/redis-cli", "-e", "ping"),
	                       .every = SECONDS(10), .timeout = SECONDS(2)),
	        .user = "redis",
	        .umask = 027,
	        .no_new_privs = true,
	        .max_stop = SECONDS(20)),

	/* Without its store it would only fail: if redis is lost, this is
	 * stopped, and comes back with it. When it fails itself, it is started
	 * again after 0.1 s, 0.2 s … 5 s; once it has been up for a minute it
	 * begins at 0.1 s again. It says itself when it listens. */
	SERVICE("app",
	        .binds = LIST("redis"),
	        .run = EXEC("/srv/app/serve", "8000"),
	        .ready = READY_FD(3),
	        .user = "www-data",
	        .no_new_privs = true,
	        .retry = RETRY_DOUBLING(.max = SECONDS(5)),
	        .healthy = SECONDS(60)),

	/* It listens before it goes to the background, which is how it says
	 * that it is ready. It can answer without the application, so it only
	 * wants it: `conctl restart redis` restarts app and not nginx.
	 *
	 * A wrong configuration of nginx shows as a failed set-up, and at
	 * `conctl reload nginx` as a failed reload: the old one is kept. QUIT
	 * lets it finish the requests that it has. Its workers, which keep
	 * the port, are not left behind if their master dies. */
	SERVICE("nginx",
	        .wants = LIST("app"),
	        .setup = EXEC("/usr/sbin/nginx", "-t", "-q"),
	        .run = EXEC("/usr/sbin/nginx"),
	        .ready = READY_DAEMONIZE,
	        .stop_all = true,
	        .reload = SHELL("nginx -t -q && nginx -s reload"),
	        .stop = SIGNAL(SIGQUIT),
	        .max_stop = SECONDS(30)),

	/* One name for all: `conctl restart web`, in order. */
	SERVICE("web", .members = LIST("nginx", "app", "redis")),
};

/* Only one connate holds it; conctl finds the one that does. */
CONNATE(.lock_file = "/run/connate-web.lock");
