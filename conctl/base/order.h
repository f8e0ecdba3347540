/* SPDX-License-Identifier: MIT */
/* The command line, parsed, and the exit codes: the argument and
 * the result of every command. Knows no command. */
#ifndef CONCTL_BASE_ORDER_H
#define CONCTL_BASE_ORDER_H

#include <stdbool.h>
#include <stdint.h>

/* An interface for scripts: these numbers do not change. */
enum exit_code {
	EXIT_DONE = 0,
	EXIT_MISSED = 1,            /* a service did not get there */
	EXIT_USAGE = 2,
	EXIT_NOT_UP = 3,            /* status: known, but not up;
	                               pid: it has no process */
	EXIT_UNREACHABLE = 4,       /* no connate; status: unknown service */
	EXIT_UNKNOWN = 5,           /* no such service */
	EXIT_LATE = 124,            /* as timeout(1) has it */
};

enum group {
#define GROUP(name, title, joint) GROUP_##name,
#include "conctl/base/group.def"
#undef GROUP
	GROUPS
};

/* A row of verb.def, without its function. */
struct verb {
	const char *name;
	enum group group;
	const char *options, *arguments;
	int least, most;            /* arguments */
	bool reaches;               /* needs a session */
	int detail;                 /* for its function */
	const char *help;
};

/* Where to look for connate: each is NULL if it was not given. */
struct locator {
	const char *pid, *lock_file;            /* -p, -l */
	const char *env_pid, *env_lock_file;    /* $CONNATE_PID … */
	char *const *envp;                      /* for paths with $NAME */
};

/* Names are services, if the verb takes services. */
struct order {
	const struct verb *verb;
	char **names;
	uint32_t count;
	bool plain;                 /* no colour */
	bool utf8;                  /* the locale is one of UTF-8 */
	bool json;                  /* -j */
	bool quiet;                 /* -q */
	bool waits;                 /* -w */
	bool follows;               /* -f */
	bool lenient;               /* -i */
	bool failed;                /* -F */
	bool classic;               /* -c: as before OpenMetrics */
	const char *since, *until;  /* --since, --until; or NULL */
	bool lines_given;           /* --lines … */
	uint64_t lines;             /* … so many */
	const char *level;          /* --level, or NULL */
	bool batch;                 /* -b: once */
	const char *sort;           /* -s, or NULL */
	uint64_t interval_ms;       /* -d, or 0 */
	bool tries;                 /* -n: only print what would be done */
	bool rolling;               /* -R: one after another … */
	uint32_t at_once;           /* -A: … or so many; 0: it was not given */
	bool itself;                /* -1: connate, not supervisord */
	uint32_t columns;           /* $COLUMNS, or 0 */
	bool timed;                 /* -t */
	const char *timeout;        /* as it was typed, for messages */
	uint64_t deadline_ms;       /* NEVER_MS without -t */
	struct locator locator;
};

#endif
