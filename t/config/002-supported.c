/* SPDX-License-Identifier: MIT */
/* Every field and value that works now. */
#include <connate/config.h>

int only_in_the_target(int);

int begin(void)
{
	return only_in_the_target(1);
}

int end(void)
{
	return only_in_the_target(2);
}

static const struct service services[] = {
	SERVICE("log", .run = EXEC("/bin/cat"), .log = LOG_NONE),
	SERVICE("base", .setup = CALL(begin), .cleanup = CALL(end),
	        .log = LOG_INHERIT),
	SERVICE("rival", .target = DOWN, .run = SHELL("exec sleep 9")),
	SERVICE("member", .target = ONCE, .run = CALL(begin),
	        .log = LOG_FILE("/tmp/a.log", .overwrite = true, .mode = 0644)),
	SERVICE("other", .run = EXEC("/bin/cat"), .log = LOG_FILE("/tmp/b.log"),
	        .retry = RETRY_NEVER, .ready = READY_AT_ONCE),
	SERVICE("full",
	        .target = UP,
	        .needs = LIST("base"),
	        .binds = LIST("other"),
	        .wants = LIST("member"),
	        .after = LIST("log"),
	        .conflicts = LIST("rival"),
	        .groups = LIST("base", "other"),
	        .setup = EXEC("/bin/true"),
	        .run = EXEC("/bin/sleep", ""),
	        .cleanup = SHELL("true"),
	        .ready = READY_NOTIFY,
	        .stop = SIGNAL(SIGINT),
	        .max_setup = FOREVER,
	        .max_ready = SECONDS(0.5),
	        .max_stop = MILLISECONDS(1),
	        .max_cleanup = SECONDS(49 * 24 * 60 * 60),
	        .retry = RETRY_FIXED(.after = SECONDS(1), .attempts = 1000,
	                             .on_failure_only = true),
	        .healthy = SECONDS(0), .settle = SECONDS(1.5),
	        .log = LOG_TO("log"),
	        .env = LIST("A=1", "B=", "AB=x=y"),
	        .chdir = "/",
	        .umask = 0,
	        .user = "12",
	        .group = "34",
	        .extra_groups = LIST("56", "7"),
	        .no_new_privs = true,
	        .nice = -20),
	SERVICE("root", .run = EXEC("/bin/cat"), .user = "root", .env = LIST(),
	        .ioprio = IO_IDLE, .cpus = "0-3,8", .cgroup = "/x", .chroot = "/",
	        .rlimits = LIMITS(LIMIT("nofile", 64, 64),
	                          LIMIT("core", 0, UNLIMITED)),
	        .capabilities = LIST(), .namespaces = LIST("uts")),
	SERVICE("stops", .run = EXEC("/bin/cat"), .stop = EXEC("/bin/true"),
	        .reload = SHELL("true"), .ready = READY_FD(3),
	        .stop_all = true, .hands_over = true),
	SERVICE("daemon", .run = EXEC("/bin/cat"), .stop = CALL(end),
	        .reload = SIGNAL(SIGHUP), .ready = READY_DAEMONIZE),
	SERVICE("guarded", .setup = CALL(begin), .reload = EXEC("/bin/true"),
	        .primary = true, .max_ready = MILLISECONDS(1)),
	SERVICE("A-z_0.9@x:y", .needs = LIST("full"),
	        .retry = RETRY_DOUBLING(.after = SECONDS(1), .max = SECONDS(1))),
	SERVICE("speaks", .run = EXEC("/bin/cat"), .ready = READY_SD_NOTIFY,
	        .notify_from = MAIN),
};

CONNATE(.lock_file = "/tmp/connate.lock", .stop_budget = FOREVER, .max_rest = SECONDS(5),
        .end_signals = LIST("SIGUSR2", "quit", "SIGRTMIN+5", "RTMAX-1", "sigiot", "64"));
// table: table services 12 profiles 6 edges 10 calls 2 vector 7
// table: speaks ready pipe 2 fd 1
// table: table source 002-supported.c lock /tmp/connate.lock
// table: base setup call 0
// table: base cleanup call 1
// table: member run call 0
// table: member line 22 target once ready 0
// table: member log file /tmp/a.log 644 overwrite
// table: other log file /tmp/b.log 600 append
// table: rival line 21 target down ready 0
// table: rival run '/bin/sh' '-c' 'exec sleep 9'
// table: rival conflicts full
// table: full needs base
// table: full binds other
// table: full wants member
// table: full after log
// table: full conflicts rival
// table: full groups base
// table: full groups other
// table: full log log
// table: full log to log
// table: full settle 1500
// table: full setup '/bin/true'
// table: full run '/bin/sleep' ''
// table: full cleanup '/bin/sh' '-c' 'true'
// table: full stop signal 2
// table: full max 4294967295 500 1 4233600000
// table: full retry fixed 1000 1000 attempts 1000 failure 1 healthy 0
// table: full env 'A=1' 'B=' 'AB=x=y'
// table: full chdir /
// table: full ids 12 34
// table: full extra 56 7
// table: full umask 0 nice -20 privs 1
// table: root ids 0 0
// table: A-z_0.9@x:y retry doubling 1000 1000 attempts 0 failure 0 healthy 10000
// table: stops stop '/bin/true'
// table: stops stops all
// table: stops reload '/bin/sh' '-c' 'true'
// table: stops ready pipe 1 fd 3
// table: daemon line 63 target up ready 2
// table: stops hands over
// table: daemon stop call 1
// table: daemon reload signal 1
// table: guarded primary
