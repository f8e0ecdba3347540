/* SPDX-License-Identifier: MIT */
/* conctl, the user's command: the map of the program.
 *
 *     main ── verb.def ──▶ status, list, events  read the ledger
 *                     ├──▶ diff ─▶ image, value  read another's table, too
 *                     └──▶ change, signal, exec ─▶ ask writes a request
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
#include "model/link.h"
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
#define FIELD(name, label, kind, show, detail, help) FIELD_##name,
#include "conctl/show/field.def"
#undef FIELD
	FIELDS
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
	int least, most;
	bool reaches;
	int detail;
	const char *help;
};

enum {
	VERBS = 0
#define VERB(...) +1
#include "conctl/verb.def"
#undef VERB
};

/* A row of option.def. */
struct option {
	char letter;
	const char *word, *value;
	bool everywhere;
	const char *help;
};

enum {
	OPTIONS = 0
#define OPTION(...) +1
#include "conctl/option.def"
#undef OPTION
};

/* Where to look for connate: each is NULL where nothing was said. */
struct place {
	const char *pid, *lock_file;            /* -p, -l */
	const char *env_pid, *env_lock_file;    /* $CONNATE_PID … */
	char *const *envp;                      /* for paths with $NAME */
};

/* The command line, parsed. Names are services, where the verb takes some. */
struct order {
	const struct verb *verb;
	char **names;
	uint32_t count;
	bool plain;                 /* no colour */
	bool json;                  /* -j */
	bool quiet;                 /* -q */
	bool waits;                 /* -w */
	bool follows;               /* -f */
	bool lenient;               /* -i */
	bool itself;                /* -1: connate, not supervisord */
	uint32_t columns;           /* $COLUMNS, or 0 */
	bool timed;                 /* -t */
	const char *timeout;        /* as it was given, for messages */
	uint64_t deadline_ms;       /* NEVER without -t */
	struct place place;
};

#define NEVER UINT64_MAX

/* help.c: the tables of commands and options, and what is told of them. */
extern const struct verb verbs[VERBS];
extern const struct option option_rows[OPTIONS];

size_t verb_find(const char *name);     /* VERBS if there is none */
bool verb_takes(const struct verb *v, char letter);     /* v may be NULL */
const struct option *option_find(const char *word);     /* or NULL */
void usage_line(struct out *out, const struct verb *v);
void help_about(const struct verb *v);  /* NULL: about all */
int unknown_command(const char *name);  /* EXIT_USAGE */
int version_run(const struct order *o);
int help_run(const struct order *o);

/* complete.c */
int complete_run(const struct order *o);

/* process.c: what is refused has a number below those of errno(3). */
enum {
	PID_MOST = 1 << 22,         /* proc(5): pid_max */
	REFUSED_MIXED = -5000,      /* its user ids are not all the same */
	REFUSED_LEDGER,             /* 100 is no ledger of its user */
	REFUSED_PIPE,               /* 111 no request pipe of its user */
	REFUSED_FILE,               /* no regular file */
	REFUSED_PROCESS,            /* it is not connate itself */
	REFUSED_CONTENT,            /* its ledger says what none can */
	REFUSED_HOLDER,             /* see find_holder() */
};

struct stat;
struct relation {
	char state;                 /* the letter of proc(5); 0: not known */
	int parent;                 /* 0: not known, or none */
};

/* The folder of a process: a descriptor that stays that of this process when
 * its number comes again; or -errno. */
int process_open(int pid);
struct relation process_relation(int folder);
struct relation relation_of(int pid);
bool process_is_called(int folder, const char *line); /* with its \n */
int process_stat(int folder, const char *name, struct stat *status);
int descriptor_stat(int folder, int number, struct stat *status);

/* The user of a process, if that is the one: its four ids (credentials(7)) are
 * the same. 0, -errno or REFUSED_MIXED. */
int process_owner(int folder, uint32_t *uid);

/* What a descriptor of another process, or a path, has to be:
 * a LEDGER is a memfd of the owner, a PIPE one of pipe(2) of the owner, with
 * the mode that it was made with, a FILE is regular and may be anybody's. */
enum sight { SIGHT_LEDGER, SIGHT_PIPE, SIGHT_FILE };

/* Looks at what is there without opening it (O_PATH of open(2)), then opens
 * that, not the name again. A descriptor, -errno, or REFUSED_… */
int look_open(int folder, const char *name, enum sight sight, uint32_t owner,
              int flags);
int descriptor_open(int folder, int number, enum sight sight, uint32_t owner,
                    int flags);

/* find.c: the pid of connate, or below zero when that has been explained. */
struct found {
	int pid;
	const char *by, *path;      /* how it was chosen, for messages */
	bool locks;                 /* a lock file says who it is later */
};
/* The configured lock file, "" if there is none: by concheck. */
extern const char conctl_lock_file[];

/* A configured path with its $NAME replaced, until it is called again; as it is
 * if there is nothing to replace it with. */
const char *find_path(const struct place *p, const char *path);

int find_connate(const struct place *p, struct found *found);
bool find_is_pid(const char *text, uint64_t *pid);

/* Who holds this lock file: a pid; 0: nobody; or -errno, ESRCH for a process
 * that cannot be seen from here, REFUSED_HOLDER for one of another user than
 * the file's, root or us. */
int find_holder(const char *path);

/* map.c: the connate that we talk to, its ledger and table.
 *
 * The ledger may be of a user whom we do not trust, and changes while we read.
 * head is a copy of its header and its table, made once and checked: it says
 * where everything is, and is all that indexes are taken from. live is the
 * memory itself: it may hold anything at any instant, so each word of it is
 * read once, into a variable, and looked at there. The functions that do it
 * (session_record(), session_report(), event_at() …) give what is in range. */
struct session {
	struct found connate;
	int folder;                 /* its own in /proc */
	uint32_t owner;             /* its user, and that of all we open */
	const struct place *place;
	const struct ledger *head;
	const struct table *table;  /* of head */
	const volatile struct ledger *live;
	uint64_t device, inode;
};
extern struct session session;

/* No time in a ledger is later than that; so sums of times have room. */
#define TIME_MOST_MS (1ull << 50)

static inline uint64_t time_read(uint64_t ms)
{
	return ms < TIME_MOST_MS ? ms : TIME_MOST_MS;
}

/* One word of the ledger, as it is now. */
static inline uint32_t load(const volatile uint32_t *word)
{
	return __atomic_load_n(word, __ATOMIC_ACQUIRE);
}

static inline uint64_t load_long(const volatile uint64_t *word)
{
	return __atomic_load_n(word, __ATOMIC_ACQUIRE);
}

/* Where that is in the live memory which head says is there. */
static inline const volatile void *live_at(const void *in_head)
{
	return (const volatile char *)session.live +
	       ((uintptr_t)in_head - (uintptr_t)session.head);
}

enum check { CHECK_SAME, CHECK_MOVED, CHECK_GONE };

/* Finds connate and maps its ledger. Below zero: it has been explained. */
int session_open(const struct place *p);

/* Is connate still there, and is it still this ledger? If another process has
 * taken its place, that is connate now; it may take a moment until it has. A
 * new ledger is mapped, and then all indexes of services mean something else.
 * The events, answers and counters of the old one go on in it. */
enum check session_check(void);

/* Header and table as they are now, which stay mapped whatever comes. */
const struct ledger *session_keep(void);

/* The table that the indexes were from before CHECK_MOVED; or NULL. */
const struct table *session_former(void);

/* Is that service there for a user? It is not when another configuration has
 * removed it and it has been stopped. */
bool session_lists(uint32_t service);

/* One line that CHECK_GONE is so, unless it has been explained. */
void session_gone(void);

/* Opens connate's end of the request pipe. A descriptor, -errno, REFUSED_… */
int session_pipe(void);

/* One line: connate cannot be reached, and why: -errno or REFUSED_… */
void session_refused(int error);

/* connate's report; its pid is one, or 0, its times are in range. */
struct report session_report(void);

/* How supervisord is, as far as that can be seen from here; its pid is in the
 * note. NOTED: dead, and connate has noted why. */
enum life_sign { SIGN_ALIVE, SIGN_STOPPED, SIGN_DEAD, SIGN_NOTED };
enum life_sign supervisord_sign(struct report *report);

/* Does it wait for something to do? BLIND: it lives, more cannot be seen from
 * here. */
enum sleep { SLEEP_NONE, SLEEP_SEEN, SLEEP_BLIND };
enum sleep supervisord_sleep(void);

/* The end that is planned, of a kind that exists; HALT_NONE: none. */
union planned session_planned(void);

/* Like ledger_read(): state and target exist, pids can be, an end is one that a
 * process can have (else there was none), times are in range. */
struct record session_record(uint32_t service);

/* moment.c: CLOCK_MONOTONIC. */
uint64_t now_ms(void);
uint64_t now_ns(void);

/* Until the ledger's change counter is no longer `seen`, or until_ms, or for
 * a second. */
void moment_wait(uint32_t seen, uint64_t until_ms);

/* A moment of CLOCK_MONOTONIC as UTC: 2031-12-24T18:00:00.000Z, or the part
 * of it that `part` names. */
enum time_part { TIME_FULL, TIME_DAY, TIME_SECOND };
void time_write(struct out *out, uint64_t at_ms, enum time_part part);

/* SECONDS with an optional fraction. */
bool moment_parse(const char *text, uint64_t *ms);

/* choose.c: the set of services that a command is about, in the order of the
 * table. By name; all without a name. Returns how many names are unknown,
 * each of which has been named; none, with -i. */
uint32_t choose(const struct order *o);
void choose_nobody(void);
void choose_one(uint32_t service);
void choose_not(uint32_t service);
bool is_chosen(uint32_t service);
uint32_t choose_moved(void);            /* the same ones, after CHECK_MOVED:
                                           how many are not there any more */
uint32_t chosen_next(uint32_t i);       /* from i on; the next, or TABLE_NONE */
uint32_t chosen_count(void);

/* near.c: whether one of two words may be the other, mistyped. */
bool near(const char *a, const char *b);

/* list.c */
int list_run(const struct order *o);
int field_run(const struct order *o);   /* detail: enum field */
const char *field_label(enum field field);
bool field_is_list(enum field field);
void field_write(struct out *out, enum field field, uint32_t service,
                 const struct record *r);
field_show show_state, show_target, show_pid, show_code, show_attempt,
	show_time, show_edges, show_log;

/* reason.c: why a service is in its state, or nothing; and how its last
 * process ended. */
void reason_write(struct out *out, uint32_t service, const struct record *r);
void exit_write(struct out *out, union ending e);
void failure_write(struct out *out, uint32_t service, const struct record *r);
void ending_write(struct out *out, uint32_t service, const struct record *r);
void duration_write(struct out *out, uint64_t ms);      /* 3.2s, 5m */
void span_write(struct out *out, uint64_t ms);          /* 3.2 s, 5 min */
void seconds_write(struct out *out, uint64_t ms);       /* 3.214s */

/* The first edge that keeps it from starting; its other end is in *other. */
bool reason_unmet(uint32_t service, enum edge_kind *kind, uint32_t *other);

/* status.c, detail.c */
int status_run(const struct order *o);
void death_write(struct out *out, enum death death, int status);
uint64_t age_ms(const struct record *r);        /* in this state */
const char *colour_of(enum state state);
void detail_print(const struct order *o, uint32_t service);

/* screen.c: cells of a line, each cut where the terminal ends. A cell is
 * what was written to `cell`. */
struct screen {
	uint32_t columns;           /* NO_WIDTH: no end */
	bool colour;
	uint32_t at, pad;           /* printed of this line; owed to it */
};
enum { NO_WIDTH = UINT16_MAX, CELL_GAP = 2 };
extern struct out cell;

struct screen screen_look(const struct order *o);
uint32_t cell_columns(void);

/* Prints the cell; the next one begins behind `width` columns and the gap.
 * Width 0: to the end of the line. Colour: NULL, or how it begins. */
void screen_cell(struct screen *s, const char *colour, uint32_t width);
void screen_text(struct screen *s, const char *text, uint32_t width);
void screen_end(struct screen *s);

/* json.c: values with their commas. A key is followed by its value. */
struct json {
	struct out *out;
	bool comma;                 /* a value has gone before */
};
void json_open(struct json *j, const char *bracket);
void json_close(struct json *j, const char *bracket);
void json_key(struct json *j, const char *key);
void json_text(struct json *j, const char *text, size_t size);
void json_string(struct json *j, const char *text);
void json_number(struct json *j, int64_t value);
void json_word(struct json *j, const char *word);       /* true, null … */
void json_field(struct json *j, enum field field, uint32_t service,
                const struct record *r);
void json_service(struct json *j, uint32_t service, const struct record *r);

/* events.c: the ring of events. The next one at *at, before `end`, which is
 * what events_now() was: so a reader comes to an end although more are written.
 * *missed grows by those that were overwritten before they could be read. */
uint32_t events_now(void);
uint32_t first_event(void);
bool event_next(uint32_t *at, uint32_t end, struct event *e, uint32_t *missed);

/* Whole, and still there. Its states, target, kind and end exist, its time is
 * in range; what is not so is of no service: TABLE_NONE. */
bool event_at(uint32_t k, struct event *e);
int events_run(const struct order *o);

/* starts.c: how services came up. Times are CLOCK_MONOTONIC in milliseconds;
 * 0: that has not happened. */
enum { START_KEYS = 2 };
struct start {
	uint64_t wanted_ms;
	uint64_t begun_ms;          /* nothing kept it from starting any more */
	uint64_t settled_ms;        /* it was up, or had failed, or was not
	                               wanted any more */
	uint64_t entered_ms;        /* of its last event */
	uint32_t setup_ms, start_ms; /* of all attempts; until now */
	uint32_t attempts;
	enum state state;           /* what it has come to */
	bool known;                 /* its begin is among the events */
	uint64_t key[START_KEYS];   /* the first one counts most */
	uint32_t next, row;         /* of a path; of a chart */
	bool critical, on_path;
};

/* Of each service its first start that is known of, or its last one. False:
 * it has been explained why not. */
enum occasion { FIRST_START, LAST_START };
bool starts_read(enum occasion which);
struct start *start_of(uint32_t service);
uint64_t start_took_ms(const struct start *s);  /* until now, at most */

/* The one that it waited for last, or TABLE_NONE. Who that one waited for, and
 * so on, as a list by .next; the one that began it. */
uint32_t start_held_by(uint32_t service);
uint32_t starts_path(uint32_t last);

/* Of the chosen the one that settled last, or TABLE_NONE. */
uint32_t start_last(void);

/* Those of the chosen that were wanted, in ascending order of their keys, then
 * of the table. How many; then the k-th. */
uint32_t starts_sort(void);
uint32_t start_sorted(uint32_t k);

/* Leaves of the chosen those that were wanted before the start-up had come to
 * an end. When that was. */
uint64_t starts_boot(void);

/* Since the session began, which is about when connate was started. */
uint64_t since_begin(uint64_t at_ms);

/* blame.c, plot.c */
int blame_run(const struct order *o);
int path_run(const struct order *o);
int plot_run(const struct order *o);

/* why.c: why event k happened. */
void why_write(struct out *out, uint32_t k, const struct event *e);

/* ask.c: sends a request about the chosen services and waits for its answer.
 * When the configuration changes meanwhile, the names are chosen again. What
 * supervisord refused for a service is no longer chosen. An exit code; what
 * is not EXIT_DONE has been explained. */
int ask(const struct order *o, enum request_verb verb, uint32_t argument);

/* The same, about a path (REQUEST_PATH_BYTES with its NUL), and about nobody:
 * what is answered is in *answer, and EXIT_DONE says only that there is one.
 * Waits over a change of the configuration. */
enum { REQUEST_PATH_BYTES = REQUEST_RANGES * sizeof(struct request_range) };
int ask_path(const struct order *o, enum request_verb verb, const char *path,
             struct answer *answer);

/* image.c: a supervisord in a file, looked into without running it. */
struct image {
	const struct table *table;  /* checked; NULL: it has none to be used */
	const char *wrong;          /* then why; NULL: it cannot be read */
	bool is_program;            /* for a machine like this one */
};

/* 0, or -errno: it cannot be read. */
int image_read(const char *path, struct image *image);

/* value.c: what a table says of a service, in the words of a configuration:
 * the rows of part.def. */
enum part {
#define PART(name, show, detail) PART_##name,
#include "conctl/upgrade/part.def"
#undef PART
	PARTS
};

/* A service, and a text of it that is being made. */
struct value {
	const struct table *table;
	uint32_t index;
	struct table_service service;
	struct table_profile profile;
	struct out *out;            /* cut where it is full */
	uint64_t sum;               /* of all of it: equal if that is equal */
};

struct value value_of(const struct table *t, uint32_t service,
                      struct out *out);
const char *part_label(enum part part);
void value_write(struct value *v, enum part part);

/* Text that may come from anywhere, as in a string of C. */
void quoted_write(struct out *out, const char *text);

/* probation.c: has supervisord's image stood? A line on standard error, if there
 * is something to say; what ends it, on standard output, if it is on probation
 * (else false); a value of JSON; why it was rolled back, if it was (else false);
 * until it has stood: an exit code, explained. */
void probation_say(void);
bool probation_print(void);
void probation_json(struct json *j);
bool probation_failed(void);
int probation_wait(const struct order *o);

/* exec.c, diff.c */
int exec_run(const struct order *o);
int diff_run(const struct order *o);

/* applet.c: what it is called by. False: it is conctl. */
bool applet_main(int argc, char **argv, int *code);

/* when.c: seconds from now on; or why it is no time. And the text of them. */
const char *when_parse(const char *text, uint64_t *seconds);
const char *when_text(uint64_t seconds);        /* " in 5 min" */

/* zone.c: by how many seconds local time is ahead of UTC then. False: it is
 * not known. */
bool zone_offset(int64_t at_s, int32_t *offset);

/* wall.c: a line on every terminal */
void wall_begin(const char *what, const char *more);
void wall_add(const char *word);
void wall_end(void);

/* change.c */
int ask_nobody(const struct order *o, enum request_verb verb,
               uint32_t argument);
int ask_end(const struct order *o, enum request_verb verb, uint32_t argument);
enum change_kind { CHANGE_UP, CHANGE_DOWN, CHANGE_RESTART, CHANGE_ONCE };
int change_run(const struct order *o);
int exit_run(const struct order *o);
int halt_run(const struct order *o);    /* detail: enum halt */

/* signal.c: 0 if that is the name of none. Names come in the order of their
 * numbers; NULL behind the last. */
int signal_parse(const char *text);
const char *signal_name(uint32_t k);
int signal_run(const struct order *o);

/* reload.c */
int reload_run(const struct order *o);

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

/* Is there still somebody to wait for, and are the names still the same
 * services? EXIT_DONE, with *moved set if they are others now. */
int look_around(const struct order *o, bool *moved);
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

/* To a descriptor goes what no terminal would obey, but for ends of lines and
 * tabs: each other control is a ?, and so is what is no UTF-8. What a buffer
 * gets it keeps as it is. */
void out_bytes(struct out *out, const char *bytes, size_t size);
void out_text(struct out *out, const char *text);

/* The same of text that is not ours: it ends no line, and has no tabs. */
void out_foreign(struct out *out, const char *text);

/* The same of a buffer, in place. Returns how many bytes are left. */
uint32_t out_clean(char *bytes, uint32_t size);

/* As it is: a colour of ours. */
void out_raw(struct out *out, const char *text);
void out_texts(struct out *out, const char *part, ...)
	__attribute__((sentinel));
void out_number(struct out *out, int64_t value);
void out_spaces(struct out *out, uint32_t count);
int out_flush(struct out *out);         /* out->error */

/* A line on standard error, beginning with "conctl: ", of parts that may have
 * come from anywhere. Ends with NULL. */
void complain(const char *part, ...) __attribute__((sentinel));

#endif
