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

#include <stdio.h>

#include "model/table.h"

struct options {
	bool host_checks;           /* look at programs and folders here */
	bool dot, list, conctl;     /* instead of the table */
	const char *output;         /* NULL: standard output */
	const char *object;         /* NULL: functions are not looked for */
};

enum {
	EDIT_MAX = 3,               /* a name further away is no suggestion */
	LOGGERS_MAX = 1024,
	TIME_MAX_DAYS = 49,         /* what 32 bits of milliseconds hold */
	STRING_MAX = 128 << 10,     /* execve(2): of one argument */
	VECTOR_MAX = 2 << 20,       /* execve(2): of all, as a rule */
	SUGGESTIONS_MAX = 100,      /* each looks at all names */
};

static inline const struct config_service *
service_of(const struct config *c, uint32_t i)
{
	return &c->services[i].is;
}

/* memory.c: zeroed memory, or the end of the program. */
void *memory_new(size_t count, size_t size);
void *memory_grow(void *old, size_t count, size_t size);
const char *memory_join(const char *a, const char *b);

/* report.c: findings about service `at`, or about all with at == c->count.
 * The message continues "service 'name'", so it begins with ' ' or ':'. */
void report_error(const struct config *c, uint32_t at, const char *format,
                  ...) __attribute__((format(printf, 3, 4)));
void report_warning(const struct config *c, uint32_t at, const char *format,
                    ...) __attribute__((format(printf, 3, 4)));
uint32_t report_errors(void);
void report_print(void);            /* to stderr, in the file's order */

/* names.c: services by name. */
void names_check(const struct config *c);   /* before the others */
uint32_t names_find(const struct config *c, const char *name);
const char *names_like(const struct config *c, const char *name); /* or NULL */

/* edges.c: who depends on whom, as in the table: sorted by kind, then by the
 * order of the file; conflicts in both directions; nothing twice. */
struct graph {
	uint32_t services, edges;
	uint32_t *first, *edge;     /* first: services + 1 of them */
	uint32_t *back_first, *back;
};

struct graph edges_check(const struct config *c);
bool edge_lifts(uint32_t edge);     /* it pulls up the other end */

/* cycles.c, stops.c */
void cycles_check(const struct config *c, const struct graph *g);
void stops_check(const struct config *c, const struct graph *g);

/* One service each; they know nothing of the others. */
void unsupported_check(const struct config *c, uint32_t i);
void actions_check(const struct config *c, uint32_t i, bool host);
void limits_check(const struct config *c, uint32_t i);
void environment_check(const struct config *c, uint32_t i);
void paths_check(const struct config *c, uint32_t i, bool host);

/* paths.c: why not, continuing the path, or NULL. */
const char *path_program(const char *path);
const char *path_folder(const char *path);
const char *path_parent(const char *path);  /* of the folder it is in */

/* logs.c: where logs go, and the lock file. */
void logs_check(const struct config *c);
uint32_t logs_pipes(const struct config *c, uint32_t *pipe); /* how many */

/* users.c: user and groups as numbers. */
struct account {
	uint32_t uid, gid;          /* TABLE_NONE: unchanged */
	bool has_groups;
	uint32_t groups;
	uint32_t *group;
};

struct account account_check(const struct config *c, uint32_t i);

/* functions.c: the functions of CALL, each once, in the file's order. */
struct functions {
	uint32_t count;
	const char **name;
	uint32_t *user;             /* the first service that calls it */
};

struct functions functions_gather(const struct config *c);
uint32_t functions_find(const struct functions *f, const char *name);

/* object.c: are they to be seen in that object file? */
void object_check(const struct config *c, const struct functions *f,
                  const char *path);

/* pool.c: texts, lists and profiles, each distinct one stored once. */
struct pool {
	unsigned char *bytes;
	size_t used, room;
	struct { size_t at, size; } *slot; /* hash; size 0: free */
	size_t slots, taken;
};

size_t pool_add(struct pool *p, const void *bytes, size_t size);

/* compose.c: the table in memory, checked. NULL: *why says what is wrong. */
const struct table *compose(const struct config *c, const struct graph *g,
                            const struct functions *f,
                            const struct account *accounts,
                            const char **why);

/* emit.c: the table as C, the graph for dot(1), the names. */
void emit_table(FILE *to, const struct functions *f, const struct table *t);
void emit_dot(FILE *to, const struct config *c, const struct graph *g);
void emit_list(FILE *to, const struct config *c);
void emit_conctl(FILE *to, const struct table *t);

#endif
