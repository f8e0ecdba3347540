/* SPDX-License-Identifier: MIT */
/* The checked configuration as bytes: what concheck emits, supervisord is
 * linked with and copies into the ledger, and conctl reads there. It holds
 * offsets and indexes, no pointers, so it means the same at any address.
 * Must not know the ledger or the kernel.
 *
 * Offsets (…_at) count bytes from the start of the table. A text is a
 * NUL-terminated string, named by its offset into the text area; TABLE_NONE
 * where there is none. A list is a run of words in the list area. Times are
 * milliseconds; TABLE_FOREVER never runs out. Everything is little-endian and
 * naturally aligned, as on every machine that we build for.
 *
 * Another version of the project may have longer structures: they only ever
 * grow at their end, nothing in them changes its meaning, and a table says
 * itself how long they are (…_bytes; its head ends where the services begin).
 * What is shorter than ours lacks fields: table_service_read(),
 * table_profile_read(), table_end_signals() and table_max_rest_ms() give those
 * as 0 or their first value.
 */
#ifndef MODEL_TABLE_H
#define MODEL_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#define TABLE_MAGIC    0x656c626174636e63ull /* "cnctable" */
#define TABLE_NONE     UINT32_MAX
#define TABLE_FOREVER  UINT32_MAX
#define TABLE_UNSET    INT32_MIN

enum {
	TABLE_VERSION = 3,
	NAME_MAX_BYTES = 63,        /* of a service's name, without the NUL */
	TIMERS_MAX = 4096,          /* services with .every */
	ATTEMPTS_MAX = 1000,        /* of .retry's .attempts */
	SERVICES_MAX = 1 << 20,     /* an edge keeps the service in 28 bits */
	TABLE_BYTES_MAX = 1 << 30,  /* 1,024 bytes for each of so many */
	STRUCTURE_MAX = 1024,       /* bytes of one: of any version */
	PIPES_MAX = 3 * SERVICES_MAX, /* a logger's, one to a logger, and one
	                               for readiness */
	TABLE_VECTOR_MAX = 1 << 20, /* words: execve(2) takes fewer */
	MASK_WORDS_MAX = 1 << 11,   /* of .cpus: for 65,536 of them */
	TEXT_BYTES_MAX = 1 << 17,   /* of one, with its NUL: execve(2) takes no
	                               longer one (MAX_ARG_STRLEN) */
	LOOKS_MAX = 1 << 28,        /* items of lists, all in all, each as often
	                               as a service has it: 256 for each */
};

enum edge_kind {
#define EDGE(name, label, met, waits, lifts, falls, groups, repels) EDGE_##name,
#include "model/edge.def"
#undef EDGE
	EDGES
};

enum action_kind { ACTION_NONE, ACTION_EXEC, ACTION_CALL, ACTION_SIGNAL };
enum ready_kind {
	READY_KIND_AT_ONCE,
	READY_KIND_NOTIFY,
	READY_KIND_DAEMONIZE,
	READY_KIND_FD,
	READY_KIND_SD_NOTIFY,
	READY_KIND_CHECK,           /* when a check succeeds */
};

/* Whose messages count: those of all processes of the service, or of its main
 * process alone. */
enum notify_from { NOTIFY_FROM_ALL, NOTIFY_FROM_MAIN };

enum retry_kind { RETRY_KIND_DOUBLING, RETRY_KIND_FIXED, RETRY_KIND_NEVER };
enum { RETRY_ABNORMAL = 2, SIGNAL_ENDS = 256 };
enum log_kind { LOG_KIND_INHERIT, LOG_KIND_NONE, LOG_KIND_FILE, LOG_KIND_TO };

/* What to do in a phase.
 * EXEC: `count` words at list index `at`, each the text of one argument; the
 *       first is also the path. (A shell command is EXEC of /bin/sh -c.)
 * CALL: function number `at`, of this image; or, of what a former
 *       configuration has left, of former image `image` - 1.
 * SIGNAL: signal `at`, 1 … 64. count 1: it is done when the program has said
 *       so (NOTIFY_RELOAD). */
struct table_action {
	uint8_t kind;               /* enum action_kind */
	uint8_t image;              /* CALL: 0, or the former image, + 1 */
	uint16_t count;
	uint32_t at;
};

struct table_list {
	uint32_t count;             /* words; 0 is an empty list */
	uint32_t at;                /* list index of the first */
};

/* What many services share: each distinct one is stored once. */
struct table_profile {
	uint32_t max_setup_ms, max_ready_ms, max_stop_ms, max_cleanup_ms;
	uint32_t healthy_ms;
	uint32_t retry_after_ms, retry_max_ms;
	uint16_t retry_attempts;    /* 0: no limit */
	uint8_t retry_kind;         /* enum retry_kind */
	uint8_t on_failure_only;    /* 1; RETRY_ABNORMAL: nor after an exit code */
	uint32_t has_env;           /* 0: the environment is inherited */
	struct table_list env;      /* texts NAME=value; NAME: as inherited */
	uint32_t chdir;             /* text or TABLE_NONE */
	uint32_t uid, gid;          /* TABLE_NONE: unchanged */
	uint32_t has_groups;        /* 0: extra groups are unchanged … */
	struct table_list groups;   /* … else exactly these numeric ids */
	uint32_t umask;             /* TABLE_NONE: unchanged */
	int32_t nice;               /* added to the inherited value */
	uint32_t no_new_privs;
	uint32_t ioprio;            /* ioprio_set(2); TABLE_NONE: unchanged */
	int32_t oom_score_adj;      /* proc(5); TABLE_UNSET: unchanged */
	uint32_t chroot;            /* text or TABLE_NONE */
	uint32_t cgroup;            /* text: its folder; or TABLE_NONE */
	struct table_list rlimits;  /* RLIMIT_WORDS each: resource; soft,
	                               then hard limit, low word first */
	uint32_t has_capabilities;  /* 0: unchanged … */
	uint32_t namespaces;        /* CLONE_NEW… of clone(2) */
	uint64_t capabilities;      /* … else exactly these: bit k is CAP k */
	struct table_list cpus;     /* words of the mask of
	                               sched_setaffinity(2); none: unchanged */
};

enum {
	SOCKET_WORDS = 10,
	OPTION_WORDS = 3,
	ADDRESS_BYTES_MAX = 110,    /* of sockaddr_un, the longest */
	LISTEN_MAX = 64,            /* sockets and stored descriptors of a
	                               service: below the numbers of shared
	                               descriptors */
	RLIMIT_WORDS = 5,
	ENV_OURS = 3,               /* variables that are added: CONNATE_PID,
	                               CONNATE_SERVICE, CONNATE_LOCK_FILE */
	FORMER_IMAGES = 4,          /* that may be kept for their functions */
};

#define TABLE_NAMES_ARE "LISTEN_FDNAMES="

/* A name stands behind these words in the text area, and so does the path of
 * the lock file: together they are entries of an environment. */
#define TABLE_NAME_IS "CONNATE_SERVICE="
#define TABLE_LOCK_IS "CONNATE_LOCK_FILE="

/* EXEC of this alone: the command behind -- on the command line of connate. */
#define TABLE_COMMAND "--"

/* A service of a former configuration that is not in this one, and not down
 * yet, stands behind the others, marked as gone. definition: a hash of all that
 * its process is started by, and with a guard of its .stop, which the guard
 * has. */
struct table_service {
	uint32_t name;              /* text, behind TABLE_NAME_IS */
	uint32_t profile;           /* index */
	uint32_t edge_first;        /* its edges end where the next's begin */
	uint32_t back_first;        /* the same of the reverse edges */
	struct table_action setup, run, cleanup, stop, reload;
	uint32_t log_at;            /* FILE: text of the path. TO: a service */
	uint32_t pipe;              /* of a logger: the pipe that it reads; or
	                               TABLE_NONE */
	uint32_t ready_pipe;        /* TABLE_NONE, or the pipe that it writes
	                               to when it is ready … */
	uint16_t ready_fd;          /* … FD: as its descriptor of that number;
	                               SD_NOTIFY: enum notify_from */
	uint8_t stop_all;           /* at stop, every descendant */
	uint8_t gone;               /* 1: not in the configuration any more */
	uint16_t log_mode;          /* FILE: permissions of a new file */
	uint8_t log_kind;           /* enum log_kind */
	uint8_t log_overwrite;
	uint8_t ready;              /* enum ready_kind */
	uint8_t target;             /* enum target when first seen */
	uint16_t line;              /* of its SERVICE in the source, or 65535 */
	uint32_t board_entry;       /* its index on the board (board.h) */
	uint32_t definition;
	uint32_t runs_by;           /* while it is stale: by this definition */
	uint32_t settle_ms;         /* up counts for those that need it after
	                               so long; 0: at once */
	uint32_t watchdog_ms;       /* how long it may give no sign of life, from
	                               when it is up; 0: for ever */
	uint8_t hands_over;         /* its main process may, to a child */
	uint8_t on_demand;          /* enum target when somebody connects;
	                               TARGET_DOWN: it does not depend on that */
	uint8_t reads_each;         /* a logger: what logs to it has a pipe of
	                               its own */
	uint8_t unused;
	struct table_list listen;   /* SOCKET_WORDS each: struct table_socket */
	uint32_t listen_names;      /* with .listen: text, the entry of the
	                               environment with the names */
	uint32_t log_pipe;          /* 0: it has none; else its number + 1 */
	struct table_list store;    /* .fd_store: numbers of pipes, of which
	                               log_read_fd() is the descriptor */
	struct table_list words;    /* texts: what prepare/ does before the
	                               program (words.h); supervisord reads only
	                               whether there are any */
	/* Ends of its program beside exit code 0 that are good, and those after
	 * which it is not tried again: exit codes, or SIGNAL_ENDS + signal. */
	struct table_list success, never_retry;
	struct table_action check;  /* .check: prepare/ runs it again and again,
	                               as its item of `words` says */
	uint32_t check_pipe;        /* 0: it has none; else the number + 1 of
	                               its entry of model/said.h */
	uint32_t other;             /* with .restart = OVERLAP: index + 1 of its
	                               other place, overlap.h; 0: none */
	struct table_list every;    /* a timer: struct table_every, and behind
	                               it struct calendar (calendar.h) each;
	                               supervisord reads only whether there is
	                               one */
	struct table_action started; /* when it is ready, before it is up */
};

/* When a timer is due: every_ms after it last began to start; 0: by its
 * calendars. */
struct table_every {
	uint32_t every_ms;
	uint32_t splay_ms;          /* it is due up to so much later */
	uint32_t catch_up;          /* 1: a run that was missed is made up for */
	uint32_t unused;
};

enum { EVERY_WORDS = sizeof(struct table_every) / sizeof(uint32_t) };

/* Is it started at its times? While it waits for the next one, it is down, and
 * its target is TARGET_RESTART: to be up again, later. */
static inline bool table_timed(const struct table_service *s)
{
	return s->every.count != 0;
}

/* A socket of .listen. Two are the same if their text is. */
struct table_socket {
	uint32_t text;              /* as it was written */
	uint32_t pipe;              /* log_read_fd() of it is the socket */
	uint32_t address;           /* of bind(2): bytes in the text area */
	uint8_t address_bytes;
	uint8_t type;               /* SOCK_STREAM … of socket(2) */
	uint16_t mode;              /* permissions of its file */
	uint32_t uid, gid;          /* of its file; TABLE_NONE: unchanged */
	uint32_t backlog;           /* of listen(2) */
	uint32_t device;            /* text: SO_BINDTODEVICE; or TABLE_NONE */
	struct table_list options;  /* OPTION_WORDS each, of setsockopt(2):
	                               level, option, value */
};

/* The head of the table. There are services + 1 entries of table_service, so
 * that each service's edges end where the next one's begin. */
struct table {
	uint64_t magic;
	uint32_t version;
	uint32_t size;              /* bytes, all in all */
	uint64_t digest;            /* table_digest() of all that follows */
	uint32_t services, profiles, edges, loggers, calls;
	uint32_t list_words, text_bytes;
	uint32_t vector_max;        /* words of the longest argv or envp that
	                               is built, with its final NULL */
	uint32_t service_at, profile_at, by_name_at;
	uint32_t edge_at;           /* edges by the service that depends */
	uint32_t back_at;           /* … and by the other one */
	uint32_t list_at, text_at;
	uint32_t lock_file;         /* text, behind TABLE_LOCK_IS; or none */
	uint32_t source;            /* text: the configuration's file name */
	uint32_t pipes;             /* their numbers, of loggers and for
	                               ready_fd, are below this */
	uint32_t primary;           /* a service or TABLE_NONE */
	uint32_t board_entries;     /* indexes of entries are below this */
	uint16_t service_bytes, profile_bytes;
	uint32_t call_names;        /* list index + 1 of the texts that are the
	                               names of this image's functions, for
	                               display; 0: it has none */
	uint64_t end_signals;       /* bit n - 1: signal n to connate ends
	                               everything. table_end_signals() */
	uint32_t max_rest_ms;       /* 0: REST_MS; table_max_rest_ms() */
	uint32_t unused;
};

_Static_assert(sizeof(struct table_action) == 8, "an ABI");
_Static_assert(sizeof(struct table_profile) == 128, "an ABI");
_Static_assert(sizeof(struct table_service) == 184, "an ABI");
_Static_assert(sizeof(struct table) == 128, "an ABI");
_Static_assert(sizeof(struct table_socket) == 4 * SOCKET_WORDS, "an ABI");

/* No version with this TABLE_VERSION has shorter ones. */
enum { TABLE_LEAST = 112, PROFILE_LEAST = 128, SERVICE_LEAST = 96 };

/* An edge is one word: the kind in the upper 4 bits, below it the service at
 * the other end. */
static inline uint32_t edge_make(enum edge_kind kind, uint32_t service)
{
	return (uint32_t)kind << 28 | service;
}

static inline enum edge_kind edge_kind(uint32_t edge)
{
	return (enum edge_kind)(edge >> 28);
}

static inline uint32_t edge_service(uint32_t edge)
{
	return edge & 0x0fffffff;
}

/* What is left at the end has so long, if the configuration does not say
 * it. */
enum { REST_MS = 2000 };

/* Reading a table that table_check() has passed. */
uint32_t table_max_rest_ms(const struct table *t);
const struct table_service *table_service(const struct table *t, uint32_t i);
const struct table_profile *table_profile(const struct table *t, uint32_t i);
struct table_service table_service_read(const struct table *t, uint32_t i);
struct table_profile table_profile_read(const struct table *t, uint32_t i);
const uint32_t *table_by_name(const struct table *t);
const uint32_t *table_edges(const struct table *t);
const uint32_t *table_back(const struct table *t);
const uint32_t *table_list(const struct table *t, uint32_t at);
const char *table_text(const struct table *t, uint32_t text);
const char *table_name(const struct table *t, uint32_t service);
uint32_t table_sockets(const struct table_service *s);
struct table_socket *table_socket(const struct table *t,
                                  const struct table_service *s, uint32_t k);
uint32_t *table_number(const struct table *t, const struct table_service *s,
                       uint32_t n);
const char *table_call(const struct table *t, const struct table_action *a);
bool table_guards(const struct table_service *s);
uint32_t table_first(const struct table *t, uint32_t service);
bool table_speaks(const struct table_service *s);
uint32_t table_find(const struct table *t, const char *name);
uint64_t table_end_signals(const struct table *t);
uint64_t table_digest(const struct table *t);

bool table_is_name(const char *name);

const char *table_check(const void *bytes, uint64_t size);

#endif
