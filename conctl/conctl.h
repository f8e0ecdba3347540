/* SPDX-License-Identifier: MIT */
/* conctl, the user's command: the map of the program.
 *
 *     main ── verb.def ──▶ status, list          read the ledger
 *                     └──▶ change, ready ──▶ ask writes a request
 *                               └──▶ wait        sleeps on the ledger
 *
 * All state is read from the ledger, which is mapped through /proc; nothing
 * is asked of supervisord but changes. No function here is called with a
 * session before session_open() has made one, save those of find and out.
 */
#ifndef CONCTL_CONCTL_H
#define CONCTL_CONCTL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/descriptor.h"
#include "model/graph.h"
#include "model/ledger.h"
#include "model/request.h"
#include "model/text.h"

/* What users and scripts see (fixed). */
enum exit_code {
	EXIT_DONE = 0,
	EXIT_MISSED = 1,            /* a service did not get there */
	EXIT_USAGE = 2,
	EXIT_NOT_UP = 3,            /* status: known, but not up */
	EXIT_UNREACHABLE = 4,       /* no connate; status: unknown service */
	EXIT_UNKNOWN = 5,           /* no such service */
	EXIT_LATE = 124,
};

struct order;
struct out;

typedef int verb_run(const struct order *o);
typedef void field_show(struct out *out, uint32_t service,
                        const struct record *r, int detail);

/* The rows of field.def. */
enum field {
#define FIELD(name, label, show, detail, help) FIELD_##name,
#include "conctl/field.def"
#undef FIELD
	FIELDS
};

/* A row of verb.def. */
struct verb {
	const char *name, *options, *arguments;
	int least, most;
	bool reaches;
	verb_run *run;
	int detail;
	const char *help;
};

/* Where to look for connate: each is NULL where nothing was said. */
struct place {
	const char *pid, *lock_file;            /* -p, -l */
	const char *env_pid, *env_lock_file;    /* $CONNATE_PID … */
};

/* The command line, parsed. Names are services, where the verb takes some. */
struct order {
	const struct verb *verb;
	char **names;
	uint32_t count;
	bool plain;                 /* no colour */
	bool waits;                 /* -w */
	bool timed;                 /* -t */
	const char *timeout;        /* as it was given, for messages */
	uint64_t deadline_ms;       /* NEVER without -t */
	struct place place;
};

#define NEVER UINT64_MAX

/* main.c */
int version_run(const struct order *o);
int help_run(const struct order *o);

/* find.c: the pid of connate, or below zero when that has been explained. */
struct found {
	int pid;
	const char *by, *path;      /* how it was chosen, for messages */
};
/* The configured lock file, "" if there is none: by concheck. */
extern const char conctl_lock_file[];

int find_connate(const struct place *p, struct found *found);
bool find_is_pid(const char *text, uint64_t *pid);

/* map.c: the connate that we talk to, its ledger and table. */
struct session {
	struct found connate;
	const struct ledger *ledger;
	const struct table *table;
	uint64_t size, device, inode;
};
extern struct session session;

enum check { CHECK_SAME, CHECK_MOVED, CHECK_GONE };

/* Finds connate and maps its ledger. Below zero: it has been explained. */
int session_open(const struct place *p);

/* Is connate still there, and is it still this ledger? A new one is mapped,
 * and then all indexes of services mean something else. */
enum check session_check(void);

/* One line that CHECK_GONE is so, unless it has been explained. */
void session_gone(void);

/* Opens one of connate's descriptors. A descriptor, or -errno. */
int session_descriptor(int number, int flags);

/* One line: connate cannot be reached, and why. */
void session_refused(int error);

bool supervisord_dead(void);

/* Like ledger_read(), with a state that exists. */
struct record session_record(uint32_t service);

/* moment.c: CLOCK_MONOTONIC. */
uint64_t now_ms(void);
uint64_t now_ns(void);

/* Until the ledger's change counter is no longer `seen`, or until_ms, or for
 * a second. */
void moment_wait(uint32_t seen, uint64_t until_ms);

/* SECONDS with an optional fraction. */
bool moment_parse(const char *text, uint64_t *ms);

/* choose.c: the set of services that a command is about, in the order of the
 * table. By name; all without a name. Returns how many names are unknown,
 * each of which has been named. */
uint32_t choose(char *const *names, uint32_t count);
void choose_nobody(void);
void choose_one(uint32_t service);
uint32_t chosen_next(uint32_t i);       /* from i on; the next, or TABLE_NONE */
uint32_t chosen_count(void);

/* near.c: whether one of two words may be the other, mistyped. */
bool near(const char *a, const char *b);

/* list.c */
int list_run(const struct order *o);
int field_run(const struct order *o);   /* detail: enum field */
field_show show_state, show_target, show_pid, show_code, show_attempt,
	show_time, show_edges, show_log;

/* reason.c: why a service is in its state, or nothing; and how its last
 * process ended. */
void reason_write(struct out *out, uint32_t service, const struct record *r);
void duration_write(struct out *out, uint64_t ms);

/* The first edge that keeps it from starting; its other end is in *other. */
bool reason_unmet(uint32_t service, enum edge_kind *kind, uint32_t *other);

/* status.c */
int status_run(const struct order *o);

/* ask.c: sends a request about the chosen services and waits for its answer.
 * When the configuration changes meanwhile, the names are chosen again. An
 * exit code; what is not EXIT_DONE has been explained. */
int ask(const struct order *o, enum request_verb verb, uint32_t argument);

/* change.c */
enum change_kind { CHANGE_UP, CHANGE_DOWN, CHANGE_RESTART, CHANGE_ONCE };
int change_run(const struct order *o);
int exit_run(const struct order *o);

/* ready.c */
int ready_run(const struct order *o);

/* wait.c: until each chosen service is where it should be. asked: we have
 * set its target, at since_ms. */
enum aim { AIM_UP, AIM_DOWN, AIM_RESTART, AIM_ONCE, AIM_SETTLED };
struct goal {
	enum aim aim;
	bool asked;
	uint64_t since_ms;
};
int wait_for(const struct order *o, const struct goal *g);
int wait_run(const struct order *o);

/* out.c: text for a descriptor, through a buffer; or, with fd below zero, in
 * the buffer only, and cut at its end. */
enum { OUT_BYTES = 8192 };
struct out {
	int fd;
	int error;                  /* 0, or -errno of the first write */
	bool muted;
	uint32_t used;
	char *bytes;                /* OUT_BYTES of them */
};
extern struct out out_result, out_report;   /* standard output and error */

void out_bytes(struct out *out, const char *bytes, size_t size);
void out_text(struct out *out, const char *text);
void out_texts(struct out *out, const char *part, ...)
	__attribute__((sentinel));
void out_number(struct out *out, int64_t value);
void out_spaces(struct out *out, uint32_t count);
int out_flush(struct out *out);         /* out->error */

/* A line on standard error, beginning with "conctl: ". Ends with NULL. */
void complain(const char *part, ...) __attribute__((sentinel));

#endif
