/* SPDX-License-Identifier: MIT */
/* The map of concheck: reads a configuration, reports all findings, lays out
 * the table. An ordinary program for the build machine. It must not know
 * supervisord, pid1 or the kernel that the table is for.
 *
 *     configuration ──> names, actions, limits, … ──findings──> report
 *           │                                                     │
 *           └──> edges ──> cycles, stops                 none: compose ──> emit
 *
 * Memory is never given back: it runs once, and not for long.
 */
#ifndef CONFIG_CHECK_H
#define CONFIG_CHECK_H

#ifndef CONNATE_CHECK
#define CONNATE_CHECK 1
#endif
#include <connate/config.h>
#undef STATE                        /* model/state.def has rows of that name */

#include <stdio.h>
#include <sys/stat.h>

#include "model/table.h"

enum output {
	OUTPUT_TABLE,
	OUTPUT_DOT,
	OUTPUT_LIST,
	OUTPUT_NAMES,
	OUTPUT_CONCTL
};

struct options {
	bool host_checks; /* look at programs and folders here */
	bool strict;      /* a warning is an error */
	enum output output;
	const char *path;   /* NULL: standard output */
	const char *object; /* NULL: functions are not looked for */
	bool other_machine; /* it is for another one, and there is no object */
	const char *const *call; /* functions that have numbers already */
	uint32_t calls;
};

enum {
	EDIT_MAX = 3, /* a name further away is no suggestion */
	LOGGERS_MAX = 1024,
	PIPES_MANY = 1024,      /* more descriptors than a user may open by
	                           default: RLIMIT_NOFILE */
	TIME_MAX_DAYS = 49,     /* what 32 bits of milliseconds hold */
	STRING_MAX = 128 << 10, /* execve(2): of one argument */
	VECTOR_MAX = 2 << 20,   /* execve(2): of all, as a rule */
	SUGGESTIONS_MAX = 100,  /* each looks at all names */
	COMMANDS_MAX = 256,     /* shown to the shell: each is a process */
	READY_FD_FIRST = 3,     /* below: standard input, output, error */
	READY_FD_LAST = 1023,   /* most may open no more: RLIMIT_NOFILE */
};

static inline const struct config_service *service_of(const struct config *c,
                                                      uint32_t i)
{
	return &c->services[i].is;
}

/* Has it a descriptor for a newline? */
static inline bool ready_has_fd(const struct config_service *s)
{
	return s->ready.ready == CONFIG_READY_FD ||
	       s->ready.ready == CONFIG_READY_BUS;
}

/* Was it written LIST(...), or not at all? */
static inline bool list_written(const struct config_list *l)
{
	return l->item != NULL ? l->given : l->count == 0;
}

/* memory.c: zeroed memory, or the end of the program. */
void *memory_new(size_t count, size_t size);
void *memory_grow(void *old, size_t count, size_t size);
const char *memory_join(const char *a, const char *b);

/* report.c: findings about service `at`, or about all with at == c->count.
 * The message continues "service 'name'", so it begins with ' ' or ':'. */
void report_error(const struct config *c, uint32_t at, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void report_warning(const struct config *c, uint32_t at, const char *format,
                    ...) __attribute__((format(printf, 3, 4)));
uint32_t report_errors(void);
uint32_t report_warnings(void);
/* To stderr, in the file's order; what more() prints of each comes behind it. */
void report_print(void (*more)(void *of, uint32_t at, const char *line),
                  void *of);
void report_forget(void);

/* templates.c: what the other files know has no templates. */
struct config templates_expand(const struct config *c);
uint32_t templates_origin(uint32_t i);

/* names.c: services by name. */
void names_check(const struct config *c); /* before the others */
uint32_t names_find(const struct config *c, const char *name);
const char *names_like(const struct config *c, const char *name); /* or NULL */
const char *words_like(const char *const *words, size_t count,
                       const char *word); /* or NULL */

/* edges.c: the dependencies, as in the table: sorted by kind, then by the order
 * of the file; conflicts in both directions; nothing twice. */
struct graph {
	uint32_t services, edges;
	uint32_t *first, *edge; /* first: services + 1 of them */
	uint32_t *back_first, *back;
};

struct graph edges_check(const struct config *c);
bool edge_lifts(uint32_t edge); /* it pulls up the other end */
bool edge_waits(uint32_t edge); /* the other end stops only after it */
const char *edge_label(uint32_t edge);

/* cycles.c: true if there are no services that wait for each other. */
bool cycles_check(const struct config *c, const struct graph *g);

/* stops.c, targets.c: which services a target brings up, and down. */
void stops_check(const struct config *c, const struct graph *g);
void rivals_check(const struct config *c, const struct graph *g);
void targets_check(const struct config *c, const struct graph *g);

/* budget.c: how long stopping may take; only without cycles. */
void budget_check(const struct config *c, const struct graph *g);

/* One service each; they know nothing of the others. */
struct account;
struct host;
void attributes_check(const struct config *c, uint32_t i);
void actions_check(const struct config *c, uint32_t i);
void phases_check(const struct config *c, uint32_t i);
void limits_check(const struct config *c, uint32_t i);
void rest_check(const struct config *c);
void environment_check(const struct config *c, uint32_t i);
void paths_check(const struct config *c, uint32_t i, const struct host *h);
void words_check(const struct config *c, uint32_t i, const struct host *h);

/* actions.c: those that are processes, with the names of their fields. */
struct process {
	const char *field;
	const struct config_action *action;
};

/* actions.c: the configuration with each AS_ROOT(action) as that action, whose
 * as_root is set. */
const struct config *actions_flatten(const struct config *c);

enum { PROCESSES = 7, SHELL_WORDS = 3 /* sh -c command */ };
void actions_list(const struct config_service *s,
                  struct process all[PROCESSES]);
bool action_vector_ok(const struct config_action *a); /* EXEC or SHELL */

/* host_path.c: a path on the build machine. UNKNOWN: concheck has no right to
 * look at it, or cannot look it up. */
enum host_path_kind { HOST_PATH_UNKNOWN, HOST_PATH_MISSING, HOST_PATH_FOUND };

struct host_path {
	enum host_path_kind kind;
	const char *why;    /* why it is no good, continuing the path */
	struct stat status; /* FOUND */
	int fd;             /* FOUND: of O_PATH; host_path_close() */
};

struct host_path host_path_open(const char *root, const char *path);
struct host_path host_path_open_program(const char *root, const char *path);
void host_path_close(struct host_path *p);
long host_path_read(const struct host_path *p, void *bytes, size_t size,
                    long at);
const char *host_path_folder(const char *root, const char *path);
const char *host_path_program(const char *root, const char *path);
bool host_path_has_program(const char *root, const char *path);
const char *host_path_parent(const char *path);

/* programs.c: can what it names be executed here, by that user? */
struct host {
	bool look;        /* at programs and folders here */
	uint16_t machine; /* its e_machine; EM_NONE: it is for another,
	                               and the programs here are not its */
};

void programs_check(const struct config *c, uint32_t i, const struct account *a,
                    const struct host *h);

/* shell.c: does the shell take the commands of SHELL? */
void shell_check(const struct config *c);

/* overlap.c: services with .restart = OVERLAP. */
void overlap_check(const struct config *c, uint32_t i);
const char *overlap_name(const struct config *c, uint32_t i); /* second place */

/* signals.c: .end_signals; of one that passed the check, bit n - 1 is signal
 * n. */
void signals_check(const struct config *c);
uint64_t signals_end(const struct config *c);
int end_of(const char *text); /* .success and .never_retry; -1: it is none */
void ends_check(const struct config *c, uint32_t i);

/* logs.c: where logs go, and the lock file. */
void logs_check(const struct config *c);
uint32_t logs_pipes(const struct config *c, uint32_t *pipe); /* how many */
bool logs_own_pipe(const struct config *c, uint32_t i); /* to its logger */
/* The services with such a pipe, in the order of the table: "a:b". */
const char *logs_names(const struct config *c, uint32_t logger,
                       uint32_t *count);

/* users.c: user and groups as numbers. */
struct account {
	uint32_t uid, gid; /* TABLE_NONE: unchanged */
	bool has_groups;
	uint32_t groups;
	uint32_t *group;
};

/* The numbers of the owner of a folder: TABLE_NONE: not given. */
struct account owner_check(const struct config *c, uint32_t i,
                           const struct host *h, const char *user,
                           const char *group);
struct account owner_find(const char *user, const char *group);

/* words.c: an item of .folders that passed the check. */
const struct config_folder *folder_of(const char *item);

struct account account_check(const struct config *c, uint32_t i,
                             const struct host *h);

uint32_t user_of_field(const struct config *c, uint32_t i,
                       const struct host *h, const char *field,
                       const char *name); /* TABLE_NONE: there is none */
uint32_t group_of_field(const struct config *c, uint32_t i,
                        const struct host *h, const char *field,
                        const char *name);

/* timers.c: what is started at certain times. */
void timers_check(const struct config *c, uint32_t i);
bool timer_is(const struct config_service *s);
bool timers_keeps(const struct config_service *s);
struct config timers_kept(const struct config *c);

/* calendar.c: an expression of .every. */
struct calendar;
bool calendar_read(const char *text, struct calendar *c, char *why,
                   size_t size);

/* sockets.c: a socket of .listen, as the table has it. */
enum { SOCKET_OPTIONS = 8 };
struct socket {
	const char *text, *name, *device; /* device: or NULL */
	unsigned char address[ADDRESS_BYTES_MAX];
	uint8_t address_bytes, type, kind;
	uint16_t family, mode;
	bool reuseport, v6only;
	uint32_t backlog, uid, gid;
	uint32_t option[OPTION_WORDS * SOCKET_OPTIONS], options;
};

void sockets_check(const struct config *c, uint32_t i, const struct host *h);
bool socket_read(const struct config *c, uint32_t i, const struct host *h,
                 const char *text, struct socket *s); /* or a finding */

/* attributes.c: those of a process that passed attributes_check(), as the
 * table has them. */
enum { CPUS_MAX = 1024, CPU_WORDS = CPUS_MAX / 32 };
uint32_t attribute_ioprio(const struct config_ioprio *io);
uint32_t *attribute_limits(const struct config_limits *l, uint32_t *count);
uint64_t attribute_capabilities(const struct config_list *l);
int attribute_capability(const char *name); /* -1: there is none */
uint32_t attribute_namespaces(const struct config_list *l);
const char *attribute_cgroup(const char *path);
uint32_t attribute_cpus(const char *cpus, uint32_t mask[CPU_WORDS]);

/* functions.c: the functions of CALL, each once, in the file's order. */
struct functions {
	uint32_t count;
	const char **name;
	uint32_t *user;           /* the first service that calls it */
	const struct use *sorted; /* by name */
};

struct functions functions_gather(const struct config *c,
                                  const struct options *o);
uint32_t functions_find(const struct functions *f, const char *name);

/* object.c: the machine that an object file is for, if it is this one, which
 * it is without a file (NULL); and are the functions to be seen in it? */
uint16_t object_machine(const char *path);
void object_check(const struct config *c, const struct functions *f,
                  const char *path);

/* pool.c: texts, lists and profiles, each distinct one stored once. */
struct pool {
	unsigned char *bytes;
	size_t used, room;
	struct {
		size_t at, size;
	} * slot; /* hash; size 0: free */
	size_t slots, taken;
};

size_t pool_add(struct pool *p, const void *bytes, size_t size);
size_t pool_append(struct pool *p, const void *bytes, size_t size);

/* checks.c: first the configuration as the checks know it: AS_ROOT taken apart, a
 * service that keeps the time, instances in place of templates. */
struct config checks_prepare(const struct config *written);
/* Then all of them. What a table is composed of, if nothing is wrong. */
struct checked {
	struct graph graph;
	struct functions functions;
	struct account *accounts;
};

struct checked checks_run(const struct config *c, const struct options *o);

/* definition.c: table_service.definition of service i. */
uint32_t definition_of(const struct table *t, const struct functions *f,
                       uint32_t i);

/* compose.c: the table in memory, checked. NULL: *why says what is wrong. */
const struct table *compose(const struct config *c, const struct graph *g,
                            const struct functions *f,
                            const struct account *accounts, const char **why);

/* emit.c, dot.c, list.c: the table as C and what conctl is to know; the graph
 * for dot(1); what the binary will hold. */
void emit_table(FILE *to, const struct functions *f, const struct table *t);
void emit_conctl(FILE *to, const struct table *t);
void emit_dot(FILE *to, const struct config *c, const struct graph *g);
void emit_list(FILE *to, const struct config *c, const struct functions *f,
               const struct table *t);
void emit_names(FILE *to, const struct table *t);

#endif
