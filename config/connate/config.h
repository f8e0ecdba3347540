/* SPDX-License-Identifier: MIT */
/* The vocabulary of a configuration. It must not know how any of it is done.
 *
 * A configuration is one C file. It lists services, and nothing else needs to
 * be said; this is a whole one:
 *
 *     #include <connate/config.h>
 *
 *     static const struct service services[] = {
 *             SERVICE("hello", .run = EXEC("/bin/sleep", "infinity")),
 *     };
 *
 *     CONNATE();
 *
 * Build with it: ./configure --with-config=FILE && make. concheck reads it
 * first, and one that is wrong never becomes a program: all findings are
 * printed at once, each with its file and line. config/example-*.c are longer
 * ones, with comments.
 *
 * SERVICE("name", .field = value, …): a name has 1 to 63 letters, digits and
 * - _ . @ : characters. Every field may be left out; it then has the value
 * that stands first here:
 *
 * Its target
 *   .target        UP, DOWN, ONCE: up from the start, only when asked for, or
 *                  up and then, when its program has ended, down
 *
 * What it has to do with others: nothing, or LIST("name", …)
 *   .needs         it starts when these are up; it goes down when they are
 *                  asked to; they go up when it is asked to
 *   .binds         a need; when one is lost, this one stops and comes back
 *                  with it
 *   .wants         they go up with it; it starts when they are up, or
 *                  their first attempt has failed
 *   .after         only order: if they are going up, it waits for them
 *   .conflicts     these must be down, and this one puts them down. It holds
 *                  for both, whichever of them says it
 *   .follows       it goes down and is restarted with these; it does not need
 *                  them, and does not wait for them
 *   .requires_up   it starts when these are up, and does not pull them up; it
 *                  goes down and is restarted with them
 *   .members       it is a group: they go where it is told to go (.groups,
 *                  the former word, is the same)
 *
 * What it does: nothing, or one of
 *     EXEC("/path", "argument", …)   a program; no shell, no search in PATH
 *     SHELL("command")               /bin/sh -c command
 *     CALL(function)                 int function(void) of this file, not
 *                                    static; returns 0, -errno or an exit
 *                                    code; <connate/call.h> has what it may
 *                                    use
 *     AS_ROOT(EXEC(…))               any of the three with the rights of
 *                                    connate, whatever .user is; not of .run
 *   .setup         to the end, before .run
 *   .run           the program that is kept running
 *   .started       to the end, when .run is ready and before it is up; if it
 *                  fails, the start has failed
 *   .cleanup       to the end, after .run or a .setup that failed
 * A service without .run is up when its .setup has ended with 0. .cleanup has
 * SERVICE_RESULT, EXIT_CODE and EXIT_STATUS in its environment, as systemd.exec(5)
 * has them; commands of .started, .stop and .reload have MAINPID.
 *
 *   .ready         when .run is up
 *       READY_AT_ONCE    when the program runs
 *       READY_NOTIFY     when it says so: conctl ready
 *       READY_DAEMONIZE, READY_FD(n)
 *       READY_SD_NOTIFY  when it sends READY=1, as sd_notify(3) does
 *       READY_BUS("org.name", SYSTEM), READY_BUS("org.name", SESSION)
 *                        when this name is owned on that bus (D-Bus)
 *       READY_CHECK      when a check (.check) succeeds
 *   .check         none, CHECK(EXEC("/path", …)), SHELL or CALL: a program that
 *                  exits with 0 if .run works; another exit code, a signal or
 *                  no end in time is a failure, whose reason is its first line
 *       .every = SECONDS(30)     so long after a check has ended the next one
 *                                begins; the first one so long after it is up
 *       .timeout = SECONDS(10)   then it is killed, with its process group
 *       .failures = 3            1 to 1000: so many in a row, and it is unhealthy
 *       .start = SECONDS(0)      so long after its start failures do not count,
 *                                unless a check has succeeded
 *       .on_failure = RESTART    it is stopped, and tried again as .retry says;
 *                                or TELL: that it is unhealthy is only told
 *   .notify_from   ALL, MAIN: whose messages count then, those of all its
 *                  processes or of its main process alone
 *   .watchdog      none, SECONDS(n): with READY_SD_NOTIFY; without WATCHDOG=1 for
 *                  so long it is ended by SIGABRT, and has failed
 *   .listen        nothing, LIST("address", …): sockets that .run is given
 *                  from descriptor 3 on, as sd_listen_fds(3) finds them. They
 *                  are opened before anything starts, and stay open
 *       "tcp:[::]:80", "tcp:127.0.0.1:80", "udp:[::]:53"
 *       "unix:/run/x.sock", "unix-dgram:…", "unix-seqpacket:…"; "unix:@name"
 *                  behind it, each after a comma: name=NAME for
 *                  LISTEN_FDNAMES (the service's), backlog=N (4096),
 *                  device=INTERFACE; of tcp and udp: reuseport, freebind,
 *                  v6only; of a unix file: mode=0660 (0666), user=NAME,
 *                  group=NAME
 *   .on_demand     false, true: with .listen, its target is DOWN until somebody
 *                  connects; then it is .target. Not after conctl down, before
 *                  conctl up
 *   .fd_store      0; with READY_SD_NOTIFY: so many descriptors that it stores
 *                  by FDSTORE=1 are kept, and given to its next process
 *   .stop          how .run is asked to end: SIGNAL(SIGTERM) or another
 *                  signal; EXEC, SHELL or CALL. After .max_stop: SIGKILL
 *   .reload        nothing, SIGNAL(SIGHUP), NOTIFY_RELOAD(SIGHUP): done when
 *                  READY=1 follows RELOADING=1; EXEC, SHELL, CALL
 *   .reload_with   nothing, LIST("name", …): conctl reload of one of these
 *                  reloads it, too, if it is up
 *   .stop_all      false, true: stop every descendant, not only the program
 *   .hands_over    false, true: when .run exits with 0 and a child of it in its
 *                  process group lives, that one goes on as the program
 *
 * When it runs: always, or to its end at certain times, between which it is down
 *   .every         nothing, SECONDS(n): so long after it was last started, and
 *                  first after the start of everything; CALENDAR("03:12"): as
 *                  systemd.time(7) has it, by the clock of this machine's zone
 *                  or of UTC, which stands at the end: "Mon..Fri 03:12",
 *                  "*-*-01", "*:0/15", "2031-12-24 18:00 UTC", "hourly",
 *                  "daily", "weekly" … At a time at which it runs it is not
 *                  started again
 *   .splay         SECONDS(0): up to so much later, always the same on one
 *                  machine
 *   .catch_up      false, true: a time of its calendar that came while connate
 *                  was not there is made up for, once
 *
 * How long: SECONDS(n), MILLISECONDS(n), FOREVER; at most 49 days
 *   .max_setup     SECONDS(10), then this attempt has failed
 *   .max_ready     SECONDS(10)
 *   .max_stop      SECONDS(2), then it is killed
 *   .max_cleanup   SECONDS(10), then it is killed
 *   .settle        SECONDS(0): up counts for those that need it, and for
 *                  conctl -w, only after so long
 *   .restart       IN_TURN, OVERLAP: conctl restart stops it and starts it, or
 *                  starts it beside the old one, with the same sockets of
 *                  .listen, and stops the old one when the new one is ready; if
 *                  it does not get ready it goes, and the old one stays. .setup
 *                  and .cleanup are not run in between
 *
 * What if it fails
 *   .retry         RETRY_DOUBLING(.after = MILLISECONDS(100),
 *                                 .max = SECONDS(10), .attempts = 0):
 *                  again after 0.1 s, 0.2 s, 0.4 s … 10 s
 *                  RETRY_FIXED(.after = …, .attempts = …): always as long
 *                  RETRY_NEVER
 *                  .attempts = 0 is no limit, else up to 1000; with
 *                  .on_failure_only = true, a program that ends with 0 is
 *                  done and its target becomes down; with
 *                  .on_abnormal_only = true, it is also not tried again after
 *                  another exit code, but after a signal, or when it took too
 *                  long
 *   .success       nothing, LIST("143", "SIGUSR1", …): exit codes and signals
 *                  that are good ends of .run or .setup, as 0 is
 *   .never_retry   nothing, a list of the same kind: it is not tried again after
 *                  these
 *   .healthy       SECONDS(10): up for so long, it has all attempts again
 *
 * Where its standard output and error go
 *   .log           LOG_INHERIT: where those of connate go
 *                  LOG_NONE: /dev/null
 *                  LOG_FILE("/path"), also with .overwrite = true (else it
 *                  is appended to) and .mode = 0644 (of a new file; 0600)
 *                  LOG_TO("service"): to the standard input of that one,
 *                  which is then needed; what was not read yet survives
 *                  its death, and ours; it is stopped when it has read all,
 *                  or after its .max_stop
 *   .reads         of a logger: TOGETHER, EACH: all that log to it share its
 *                  standard input, or it gets a pipe for each of them, from
 *                  descriptor 3 on, as sd_listen_fds(3) passes sockets
 *
 * The surroundings of its programs; left out: as connate itself has it
 *   .env           LIST("NAME=value", …): exactly this, and CONNATE_PID,
 *                  CONNATE_SERVICE, CONNATE_LOCK_FILE (connate(8));
 *                  INHERIT("NAME") in it is NAME=value as connate itself has
 *                  it when the service is started, and nothing without it;
 *                  INHERIT_ALL: all that connate has
 *   .chdir         "/path"; "/" if not given
 *   .umask         022
 *   .user          "name" or "number" (a name is looked up when this is
 *                  built, together with its group and extra groups, if it is
 *                  for this machine; with a number, say .group too)
 *   .group         "name" or "number"
 *   .extra_groups  LIST("name or number", …): exactly these
 *   .no_new_privs  false, true: see prctl(2), PR_SET_NO_NEW_PRIVS
 *   .nice          0; added to the inherited value
 *   .ioprio        IO_REALTIME(0 … 7), IO_BEST_EFFORT(0 … 7), IO_IDLE
 *   .oom_score_adj -1000 … 1000: see proc(5). Started by fork(2), not at once
 *   .rlimits       LIMITS(LIMIT("nofile", soft, hard), …): names as in
 *                  prlimit(1), numbers as in setrlimit(2), or UNLIMITED
 *   .chroot        "/path"; .run and .chdir (if not given: /) are inside of
 *                  it, the file of .log and .cgroup are not
 *   .capabilities  LIST("CAP_NET_BIND_SERVICE", …): exactly these, for it and
 *                  all that it executes, whatever .user is. LIST(): none. To
 *                  take some away without the right to (CAP_SETPCAP),
 *                  .no_new_privs = true must be there too
 *   .cgroup        "/path" below /sys/fs/cgroup, or with that before it: it
 *                  joins it, and makes it if it is missing
 *   .namespaces    LIST("mount", "net", "uts", "ipc", "pid"): new ones, for
 *                  each process that is started. mount: what is mounted in it
 *                  is not seen outside. net: only the loopback interface, up.
 *                  pid: it is process 1 there, so signals that it does not
 *                  handle do nothing, and all others there end with it; with
 *                  mount it also gets a /proc of its own
 *   .cpus          "0-3,8": those that it may run on
 *
 * What is done before each of its processes runs, by the rights of connate and
 * outside of .chroot and .namespaces
 *   .env_file      nothing, LIST("/path", "-/path", …): variables that are read
 *                  at each start, NAME=value a line, as in systemd; they win
 *                  over .env, and later files over earlier ones. -: the file
 *                  may be missing
 *   .folders       nothing, LIST(RUNTIME("x"), STATE("x"), CACHE("x"),
 *                  LOGS("x"), CONFIG("x"), FOLDER("/path")): folders that are
 *                  made before it starts, those below /run, /var/lib,
 *                  /var/cache, /var/log for .user; with .mode = 0755, and
 *                  FOLDER with .user and .group, too. RUNTIME is removed when
 *                  it has ended. RUNTIME_DIRECTORY, STATE_DIRECTORY and so on
 *                  name them
 *   .only_if       nothing, LIST("path:/x", "file-not-empty:/x",
 *                  "folder-not-empty:/x", "writable:/x",
 *                  "kernel-argument:name=value", "container",
 *                  "virtual-machine", "capability:CAP_X", "ac-power"), each also
 *                  with ! before it: asked before it starts; if one does not
 *                  hold it is skipped, which is enough for those that need it
 *                  or want it, but not for those that bind to it
 *   .ignore        nothing, LIST("SIGPIPE", …): signals that its programs ignore
 *                  from the beginning
 *   .errors        as .log; or LOG_NONE or LOG_FILE("/path", …), for standard
 *                  error alone
 *   .tty           none, "/dev/ttyS0": the terminal that controls it, and its
 *                  standard input; with LOG_INHERIT also its output
 *
 *   .primary       false, true: when it is down or failed, everything stops
 *                  and connate exits with its exit code
 *
 * TEMPLATE("name@", .instances = LIST("1", "2", …), .field = value, …) stands
 * for a service for each of these words: name@1, name@2. In all texts %i is the
 * word, and %% a percent sign.
 *
 * In one of several files, for connate-build(8):
 *   OVERRIDE("name", .field = value, …)   these fields of a service of another
 *                                         file are replaced
 *   MASK("name")                          that service is left out
 *
 * CONNATE() ends the file and takes what is about all of them:
 *   .lock_file     none, "/path": only one connate holds it; or
 *                  "$NAME/path", by connate's environment
 *   .stop_budget   none, SECONDS(n): concheck refuses services that may take
 *                  longer than this to stop one after another, by their
 *                  .max_stop and .max_cleanup
 *   .end_signals   none, LIST("SIGUSR2", "SIGRTMIN+5", …): to connate, they
 *                  end everything in order, as SIGTERM does; not as PID 1 of
 *                  a machine, where signals have their own meaning
 *   .max_rest      SECONDS(2): so long has what is left when all services are
 *                  down, from SIGTERM to SIGKILL; what a service has left, its
 *                  .max_stop if that is longer
 *
 * DEFAULTS, if defined before this file is included, are fields that every
 * service gets unless it gives another value. Each ends with a comma:
 *
 *     #define DEFAULTS .env = LIST("PATH=/usr/bin:/bin"), .log = LOG_NONE,
 *
 * A field is replaced as a whole: .env = LIST("A=1") does not keep PATH, and
 * .needs = LIST() takes away what DEFAULTS need.
 *
 * How it works: the file is compiled twice. With CONNATE_CHECK it becomes a
 * part of concheck, which sees the lists. Without, for the machine that it is
 * for, only the functions are left; the lists leave no data in the object
 * (with gcc -O0: none that the linker keeps under --gc-sections).
 */
#ifndef CONNATE_CONFIG_H
#define CONNATE_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifndef DEFAULTS
#define DEFAULTS
#endif

/* A service may give a field again that DEFAULTS or the first values gave. */
#ifdef __clang__
#pragma clang diagnostic ignored "-Winitializer-overrides"
#else
#pragma GCC diagnostic ignored "-Woverride-init"
#endif
/* "x" where LIST("x") is wanted would be taken for the list itself. */
#pragma GCC diagnostic error "-Wincompatible-pointer-types"
#pragma GCC diagnostic error "-Wint-conversion"
/* A misspelt word would be taken for a function, and 4 << 30 for 0. */
#pragma GCC diagnostic error "-Wimplicit-function-declaration"
#pragma GCC diagnostic error "-Wshift-overflow"
#ifdef __clang__
#pragma clang diagnostic error "-Winteger-overflow"
#pragma clang diagnostic error "-Wstring-conversion"
#else
#pragma GCC diagnostic error "-Woverflow"
#endif
/* concheck says of a bare number what is meant, and that CONNATE() is missing:
 * in one line, and in the right one. */
#pragma GCC diagnostic ignored "-Wmissing-braces"
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"
#pragma GCC diagnostic ignored "-Wunused-const-variable"

/* The members of the structs below are called differently on purpose, so
 * that a value of one kind does not compile where another is wanted. Where the
 * first one is a pointer to this, which nothing is, no bare number or text
 * does: 15 would be some kind of action, and 1 no log at all. */
struct config_word;

enum config_target { UP, DOWN, ONCE };
enum config_from { ALL, MAIN };
enum config_reads { TOGETHER, EACH };
enum config_restart { IN_TURN, OVERLAP = 2 }; /* true is neither */

struct config_list {
	const char *const *item;
	size_t count;
	bool given;                 /* LIST() is given, and empty */
};

#define LIST(...)                                                  \
	{                                                          \
		.item = (const char *const[]){ __VA_ARGS__ },      \
		.count = sizeof((const char *const[]){ __VA_ARGS__ }) / \
		         sizeof(const char *),                     \
		.given = true,                                     \
	}

/* Where DEFAULTS say otherwise. */
#define INHERIT_ALL { .count = 0 }

/* An entry of .env. */
enum { CONFIG_INHERITED = 1 };
#define INHERIT(name) "\001" name

enum config_action_kind {
	CONFIG_ACTION_NONE,
	CONFIG_ACTION_EXEC,
	CONFIG_ACTION_SHELL,
	CONFIG_ACTION_CALL,
	CONFIG_ACTION_SIGNAL,
};

struct config_action {
	const struct config_word *no_action;
	enum config_action_kind action;
	struct config_list words;   /* EXEC, SHELL */
	const char *function;       /* CALL */
	int signal;                 /* SIGNAL, NOTIFY_RELOAD */
	bool notifies;              /* NOTIFY_RELOAD */
	const struct config_action *as_root; /* AS_ROOT: one, in place of it */
};

/* CALL looks at the function's type only: the table of addresses is made by
 * concheck, and here the function must stay unreferenced. */
#define EXEC(...) { .action = CONFIG_ACTION_EXEC, .words = LIST(__VA_ARGS__) }
#define ARGUMENTS() EXEC("--")
#define SHELL(command)                                             \
	{                                                          \
		.action = CONFIG_ACTION_SHELL,                     \
		.words = LIST("/bin/sh", "-c", command),           \
	}
#define CALL(name)                                                 \
	{                                                          \
		.action = CONFIG_ACTION_CALL,                      \
		.function = _Generic(&(name), int (*)(void): #name), \
	}
#define AS_ROOT(...) \
	{ .as_root = (const struct config_action[]){ __VA_ARGS__ } }
#define SIGNAL(number) { .action = CONFIG_ACTION_SIGNAL, .signal = (number) }
#define NOTIFY_RELOAD(number)                                      \
	{                                                          \
		.action = CONFIG_ACTION_SIGNAL,                    \
		.signal = (number),                                \
		.notifies = true,                                  \
	}

enum config_ready_kind {
	CONFIG_READY_AT_ONCE,
	CONFIG_READY_NOTIFY,
	CONFIG_READY_DAEMONIZE,
	CONFIG_READY_FD,
	CONFIG_READY_SD_NOTIFY,
	CONFIG_READY_BUS,
	CONFIG_READY_CHECK,
};

enum config_bus { SYSTEM, SESSION };

struct config_ready {
	const struct config_word *no_ready;
	enum config_ready_kind ready;
	int fd;
	const char *bus_name;
	enum config_bus bus;
};

#define READY_AT_ONCE   { .ready = CONFIG_READY_AT_ONCE }
#define READY_NOTIFY    { .ready = CONFIG_READY_NOTIFY }
#define READY_DAEMONIZE { .ready = CONFIG_READY_DAEMONIZE }
#define READY_FD(n)     { .ready = CONFIG_READY_FD, .fd = (n) }
#define READY_SD_NOTIFY { .ready = CONFIG_READY_SD_NOTIFY }
/* The descriptor is for the program that watches the bus. */
#define READY_BUS(name, which)                                     \
	{                                                          \
		.ready = CONFIG_READY_BUS, .fd = 64,               \
		.bus_name = (name), .bus = (which),                \
	}
#define READY_CHECK     { .ready = CONFIG_READY_CHECK }

/* unit tells a time from a bare number, which would have none. */
struct config_time {
	int unit;
	long long ms;
};

enum { CONFIG_UNIT_MS = 0x6d73 };
#define CONFIG_FOREVER_MS __LONG_LONG_MAX__

#define MILLISECONDS(n) { .unit = CONFIG_UNIT_MS, .ms = (long long)(n) }
#define SECONDS(n)                                                 \
	{                                                          \
		.unit = CONFIG_UNIT_MS,                            \
		.ms = (long long)((n) * 1000LL),                   \
	}
#define FOREVER { .unit = CONFIG_UNIT_MS, .ms = CONFIG_FOREVER_MS }

enum config_on_failure { RESTART, TELL };

struct config_check {
	const struct config_word *no_check;
	struct config_action command;
	struct config_time every, timeout, start;
	int failures;
	enum config_on_failure on_failure;
	bool given;
};

#define CHECK(...)                                                 \
	{                                                          \
		.every = SECONDS(30), .timeout = SECONDS(10),      \
		.start = SECONDS(0), .failures = 3, .given = true, \
		.command = __VA_ARGS__                             \
	}
/* .every: SECONDS(n), or a calendar. */
struct config_every {
	int unit;
	long long ms;
	struct config_list calendar;
};

#define CALENDAR(...) { .calendar = LIST(__VA_ARGS__) }

enum config_retry_kind {
	CONFIG_RETRY_DOUBLING,
	CONFIG_RETRY_FIXED,
	CONFIG_RETRY_NEVER,
};

struct config_retry {
	const struct config_word *no_retry;
	enum config_retry_kind retry;
	struct config_time after, max;
	long attempts;
	bool on_failure_only, on_abnormal_only;
};

#define RETRY_DOUBLING(...)                                        \
	{                                                          \
		.retry = CONFIG_RETRY_DOUBLING,                    \
		.after = MILLISECONDS(100),                        \
		.max = SECONDS(10),                                \
		__VA_ARGS__                                        \
	}
#define RETRY_FIXED(...)                                           \
	{                                                          \
		.retry = CONFIG_RETRY_FIXED,                       \
		.after = MILLISECONDS(100),                        \
		__VA_ARGS__                                        \
	}
#define RETRY_NEVER { .retry = CONFIG_RETRY_NEVER }

enum config_log_kind {
	CONFIG_LOG_INHERIT,
	CONFIG_LOG_NONE,
	CONFIG_LOG_FILE,
	CONFIG_LOG_TO,
};

struct config_log {
	const struct config_word *no_log;
	enum config_log_kind log;
	const char *path;           /* FILE */
	const char *service;        /* TO */
	bool overwrite;
	int mode;
};

#define LOG_INHERIT { .log = CONFIG_LOG_INHERIT }
#define LOG_NONE    { .log = CONFIG_LOG_NONE }
#define LOG_FILE(...) \
	{ .log = CONFIG_LOG_FILE, .mode = 0600, .path = __VA_ARGS__ }
#define LOG_TO(name) { .log = CONFIG_LOG_TO, .service = (name) }

struct config_ioprio {
	const struct config_word *no_ioprio;
	enum { CONFIG_IO_INHERIT, CONFIG_IO_RT, CONFIG_IO_BE, CONFIG_IO_IDLE } io;
	int level;
};

#define IO_REALTIME(n)    { .io = CONFIG_IO_RT, .level = (n) }
#define IO_BEST_EFFORT(n) { .io = CONFIG_IO_BE, .level = (n) }
#define IO_IDLE           { .io = CONFIG_IO_IDLE }

/* The name as in prlimit(1), without the dashes. */
struct config_limit {
	const char *limit;
	unsigned long long soft, hard;
};

struct config_limits {
	const struct config_limit *first;
	size_t limits;
};

#define UNLIMITED (~0ULL)
#define LIMIT(name, soft_limit, hard_limit) \
	{ .limit = (name), .soft = (soft_limit), .hard = (hard_limit) }
#define LIMITS(...)                                                \
	{                                                          \
		.first = (const struct config_limit[]){ __VA_ARGS__ }, \
		.limits = sizeof((const struct config_limit[]){    \
		                  __VA_ARGS__ }) /                 \
		          sizeof(struct config_limit),             \
	}

/* An item of .folders: a text that is the beginning of this. */
#define CONFIG_FOLDER_MARK "\002folder"
struct config_folder {
	char mark[sizeof(CONFIG_FOLDER_MARK)];
	enum config_folder_kind {
		CONFIG_RUNTIME,
		CONFIG_STATE,
		CONFIG_CACHE,
		CONFIG_LOGS,
		CONFIG_CONFIG,
		CONFIG_PATH,
	} folder;
	const char *path;
	int mode;
	const char *user, *group;
};

#define CONFIG_FOLDER(kind, ...)                                   \
	(const char *)(const void *)&(const struct config_folder)  \
	{                                                          \
		.mark = CONFIG_FOLDER_MARK, .folder = (kind),      \
		.mode = CONFIG_UNSET, .path = __VA_ARGS__          \
	}
#define RUNTIME(...) CONFIG_FOLDER(CONFIG_RUNTIME, __VA_ARGS__)
#define STATE(...)   CONFIG_FOLDER(CONFIG_STATE, __VA_ARGS__)
#define CACHE(...)   CONFIG_FOLDER(CONFIG_CACHE, __VA_ARGS__)
#define LOGS(...)    CONFIG_FOLDER(CONFIG_LOGS, __VA_ARGS__)
#define CONFIG(...)  CONFIG_FOLDER(CONFIG_CONFIG, __VA_ARGS__)
#define FOLDER(...)  CONFIG_FOLDER(CONFIG_PATH, __VA_ARGS__)

struct config_service {
	const char *name;
	enum config_target target;
	struct config_list needs, binds, wants, after, conflicts, members;
	struct config_list groups;
	struct config_action setup, run, cleanup, stop, reload;
	struct config_ready ready;
	enum config_from notify_from;
	struct config_time watchdog;
	bool stop_all, hands_over;
	struct config_time max_setup, max_ready, max_stop, max_cleanup;
	struct config_retry retry;
	struct config_time healthy, settle;
	struct config_log log;
	enum config_reads reads;
	struct config_list env;
	const char *chdir;
	int umask;
	const char *user, *group;
	struct config_list extra_groups;
	bool no_new_privs;
	int nice;
	struct config_ioprio ioprio;
	int oom_score_adj;
	struct config_limits rlimits;
	const char *chroot;
	struct config_list capabilities;
	const char *cgroup;
	struct config_list namespaces;
	const char *cpus;
	bool primary;
	struct config_list listen;
	bool on_demand;
	int fd_store;
	struct config_list env_file, folders, only_if;
	struct config_list success, never_retry;
	struct config_list ignore;
	struct config_log errors;
	const char *tty;
	struct config_list follows, requires_up, reload_with;
	struct config_list instances;
	enum config_restart restart;
	struct config_check check;
	struct config_every every;
	struct config_time splay;
	bool catch_up;
	struct config_action started;
};

/* The values of fields that are not given, where that is not 0. */
enum { CONFIG_UNSET = -1000000 };

#define CONFIG_FIRST                                               \
	.stop = SIGNAL(15 /* SIGTERM */), .max_setup = SECONDS(10), \
	.max_ready = SECONDS(10), .max_stop = SECONDS(2),          \
	.max_cleanup = SECONDS(10), .retry = RETRY_DOUBLING(),     \
	.healthy = SECONDS(10), .settle = SECONDS(0),              \
	.umask = CONFIG_UNSET,                                     \
	.oom_score_adj = CONFIG_UNSET,

struct service {
	const char *file;
	unsigned line;
	bool is_template;
	struct config_service is;
};

/* In two parts because compilers differ in what the line of a macro's call
 * is, if it has more than one; that of the word SERVICE is always clear. */
#define SERVICE { .file = __FILE__, .line = __LINE__, CONFIG_SERVICE
#define TEMPLATE                                                   \
	{ .file = __FILE__, .line = __LINE__, .is_template = true, \
	  CONFIG_SERVICE
#define CONFIG_SERVICE(...) \
	.is = { CONFIG_FIRST DEFAULTS .name = __VA_ARGS__ } }

struct config {
	const char *file;
	unsigned line;
	const struct service *services;
	size_t count;
	struct {
		const char *lock_file;
		struct config_time stop_budget, max_rest;
		struct config_list end_signals;
	} is;
};

#ifdef CONNATE_CHECK

extern const struct config connate_config;

#define CONNATE                                                    \
	const struct config connate_config = {                     \
		.file = __FILE__, .line = __LINE__,                \
		.services = services,                              \
		.count = sizeof(services) / sizeof(struct service), \
		CONFIG_CONNATE
#define CONFIG_CONNATE(...) .is = { __VA_ARGS__ } }

#else

/* The function is not called; with it the list counts as used. */
#define CONNATE(...)                                               \
	__attribute__((unused)) static inline const void *         \
	config_services(void)                                      \
	{                                                          \
		return services;                                   \
	}                                                          \
	struct config

#endif

/* Changes of services of other files, in place of a SERVICE: connate-build reads
 * them, which reads several files as one. */
#ifndef CONNATE_READER
#define OVERRIDE(...) OVERRIDE_is_for_connate_build
#define MASK(name) MASK_is_for_connate_build
#endif

/* The signals that have one number on every machine that we build for, for
 * SIGNAL(). Real-time signals are given as numbers, 34 to 64. */
#ifndef SIGHUP
#define SIGHUP 1
#endif
#ifndef SIGINT
#define SIGINT 2
#endif
#ifndef SIGQUIT
#define SIGQUIT 3
#endif
#ifndef SIGABRT
#define SIGABRT 6
#endif
#ifndef SIGKILL
#define SIGKILL 9
#endif
#ifndef SIGUSR1
#define SIGUSR1 10
#endif
#ifndef SIGUSR2
#define SIGUSR2 12
#endif
#ifndef SIGPIPE
#define SIGPIPE 13
#endif
#ifndef SIGALRM
#define SIGALRM 14
#endif
#ifndef SIGTERM
#define SIGTERM 15
#endif
#ifndef SIGCONT
#define SIGCONT 18
#endif
#ifndef SIGSTOP
#define SIGSTOP 19
#endif
#ifndef SIGTSTP
#define SIGTSTP 20
#endif
#ifndef SIGTTIN
#define SIGTTIN 21
#endif
#ifndef SIGTTOU
#define SIGTTOU 22
#endif
#ifndef SIGWINCH
#define SIGWINCH 28
#endif
#ifndef SIGPWR
#define SIGPWR 30
#endif

#endif
