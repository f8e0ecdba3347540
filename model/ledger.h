/* SPDX-License-Identifier: MIT */
/* The ledger: the memfd with everything that must outlive a process, mapped
 * shared by supervisord and read-only by conctl. Its layout, and the reading of
 * it. It is written by one file of supervisord (publish.c), by the kernel (the
 * pids) and by connate (its report). A child on its way to exec and a guard
 * write to the board (board.h), from where supervisord copies it: so one ledger
 * can take the place of another while they live.
 *
 *     header | table | records | events | answers | tail
 *
 * Times (…_ms) are CLOCK_MONOTONIC in milliseconds.
 *
 * Another version of the project may have longer structures, as in table.h:
 * the header says how long they are.
 */
#ifndef MODEL_LEDGER_H
#define MODEL_LEDGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/moment.h"
#include "model/state.h"
#include "model/table.h"

#define LEDGER_MAGIC 0x72656764656c6e63ull /* "cnledger" */

enum {
	LEDGER_VERSION = 3,
	LEDGER_EVENTS = 1024,       /* a power of two */
	LEDGER_ANSWERS = 256,       /* a power of two */
	LEDGER_ALIGN = 64,
};

/* What a supervised service is doing. One 64-bit store changes all of it, so
 * there is no moment at which a crash could leave half of a transition. */
union phase {
	uint64_t word;
	struct {
		uint64_t state : 4;     /* enum state */
		uint64_t target : 2;    /* enum target */
		uint64_t launch : 2;    /* see record.life */
		uint64_t ready : 1;     /* readiness was announced */
		uint64_t cleaned : 1;   /* clean-up ran since it last started */
		uint64_t fault : 1;     /* it left although it was kept */
		uint64_t stale : 1;     /* runs by an older definition */
		uint64_t ran : 1;       /* .run was begun since it was down */
		uint64_t asked : 1;     /* .stop's command has ended; in
		                           STARTING: that of .started */
		uint64_t attempt : 10;  /* starts since it was last healthy */
		uint64_t since_low_ms : 40; /* in this state since; see
		                               moment_full() */
	};
};

/* Since when a service is in this state, in full. */
static inline uint64_t phase_since_ms(union phase phase, uint64_t now_ms)
{
	return moment_full(phase.since_low_ms, now_ms);
}

/* The process of a service. The kernel stores `pid` at clone
 * (CLONE_PARENT_SETTID); a death is recorded with one 64-bit store of pid 0
 * and exits + 1. On entering a state that launches, phase.launch is set to
 * exits + 1 (modulo 4) in the same store. Hence, with pid 0:
 *
 *     launch == exits + 1: its process is still to be started
 *     launch == exits:     its process was started and has ended
 */
union life {
	uint64_t word;
	struct {
		int32_t pid;            /* 0: none */
		uint32_t exits : 31;    /* ends recorded, ever */
		uint32_t crossed : 1;   /* it speaks by the socket of its other
		                           place: overlap.h */
	};
};

/* How the last process ended, as in siginfo_t of waitid(2). */
union ending {
	uint64_t word;
	struct {
		int32_t status;         /* exit code or signal */
		uint16_t code;          /* ENDING_…; 0: none has ended */
		uint16_t state;         /* enum state in which it ended */
	};
};

/* As CLD_EXITED, CLD_KILLED and CLD_DUMPED. */
enum { ENDING_EXITED = 1, ENDING_KILLED = 2, ENDING_DUMPED = 3 };

/* Of a status as wait(2) has it: the signal in its low 7 bits, and 128 with a
 * dump of core; else the exit code in the next 8. */
static inline union ending ending_from_wait(uint32_t status)
{
	if ((status & 127) == 0)
		return (union ending){ .status = (int32_t)(status >> 8 & 255),
			               .code = ENDING_EXITED };
	return (union ending){ .status = (int32_t)(status & 127),
		               .code = (status & 128) != 0 ? ENDING_DUMPED
		                                           : ENDING_KILLED };
}

/* The process exited with 0. */
static inline bool ending_is_good(union ending e)
{
	return e.code == ENDING_EXITED && e.status == 0;
}

/* How the command of .started ended, of a record.failure of that step. */
static inline union ending failure_ending(uint32_t failure)
{
	return (union ending){ .status = (int32_t)(failure & 255),
		               .code = (failure & SIGNAL_ENDS) != 0
		                               ? ENDING_KILLED
		                               : ENDING_EXITED };
}

struct record {
	uint32_t sequence;          /* odd while the record is being written */
	uint32_t failure;           /* step << 16 | errno; 0: none. From the
	                               board; see step.def. With
	                               STEP_FORMER: of a start by another
	                               definition than that of the table */
	union life life;
	union phase phase;
	union ending ending;
	uint64_t wanted_ms;         /* when it last began to start */
	uint32_t setup_took_ms, start_took_ms;
	uint64_t up_ms;             /* when it last came up; 0: never */
	int32_t main;               /* of a guarded one: see below */
	int32_t helper;             /* pid of a command of .stop, .reload or
	                               .started, or of what checks it; by the
	                               kernel; 0: none */
	/* What tells the processes life.pid, main and helper from later ones
	 * with the same pid (supervisord: process.h); 0: not known yet.
	 * life_key may be KEY_GROUP. */
	uint64_t life_key, main_key, helper_key;
	uint32_t lost;              /* enum lost */
	uint32_t sum;               /* record_sum(): trust.h */
};

/* What a successor still has to find out about the process of a record. UNSURE:
 * whether the kernel has stored the pid in it, which is not in its sum. ALL:
 * which process it is, as nothing in the record is believed. SWAP: nothing; the
 * record has what the other place is to become (publish_swap()). */
enum lost { LOST_NOTHING, LOST_UNSURE, LOST_ALL, LOST_SWAP };

/* In life_key: the process has ended in a stop, and life.pid is the number of
 * the process group that it led, whose end is waited for. It is no key: those
 * are below. */
#define KEY_GROUP (1ull << 63)

static inline bool record_awaits_group(const struct record *r)
{
	return r->life.pid != 0 && r->life_key == KEY_GROUP;
}

/* With a guard, life.pid is the guard's pid, and record.main is about the
 * program: 0 until the guard has started it. The kernel stores its pid on the
 * board when the guard clones it. The guard adds MAIN_READY, stores another pid
 * when the program has daemonized or the service has named another one, and when
 * it has ended MAIN_ENDED with how, before it reaps it. So a guard may be killed
 * at any instant: if main is a pid then, that process descends from supervisord
 * or connate by now, and life.pid becomes main's. */
enum {
	MAIN_READY = 1 << 30,       /* by AT_ONCE: exec is done; by DAEMONIZE:
	                               the parent has exited with 0 */
	MAIN_ENDED = INT32_MIN,     /* | code << 8 | status, as in ending */
	MAIN_PID = MAIN_READY - 1,
};

/* The pid in record.main; 0: none, or it has ended. */
static inline int32_t main_pid(int32_t main)
{
	return main > 0 ? main & MAIN_PID : 0;
}

/* Has the program ended? */
static inline bool main_ended(int32_t main)
{
	return main < 0;
}

/* record.main of a program that has ended; code and status as in ending. */
static inline int32_t main_end(int32_t code, int32_t status)
{
	return MAIN_ENDED | (code & 3) << 8 | (status & 255);
}

/* How a program ended, of a record.main for which main_ended(). */
static inline union ending main_ending(int32_t main)
{
	return (union ending){ .status = main & 255,
		               .code = (uint16_t)(main >> 8 & 3) };
}

/* Is life.pid the pid of a guard? */
static inline bool record_guarded(const struct table_service *s,
                                  const struct record *r)
{
	return table_guards(s) && r->phase.ran && r->life.pid != 0 &&
	       main_pid(r->main) != r->life.pid;
}

/* The pid of its program, set-up or clean-up, not of a guard; 0: none. */
static inline int32_t record_pid(const struct table_service *s,
                                 const struct record *r)
{
	if (record_awaits_group(r))
		return 0;
	return record_guarded(s, r) ? main_pid(r->main) : r->life.pid;
}

/* STATE: a transition; facts says why, as a set of enum fact.
 * RELOAD: .reload's command has ended; code and status say how.
 * SWAP: a restart with overlap is done (overlap.h).
 * HEALTH: what its checks find has changed; status: enum health_state. */
enum event_kind {
	EVENT_STATE,
	EVENT_RELOAD,
	EVENT_SWAP,
	EVENT_HEALTH,
	EVENTS
};

struct event {
	uint64_t at_ms;
	uint32_t service;
	uint32_t facts;
	uint8_t from, to, target;
	uint8_t kind : 4;           /* enum event_kind */
	uint8_t code : 4;           /* as in ending, … */
	int32_t status;             /* … of the process that ended last */
};

/* What became of a request; found by its id. */
struct answer {
	uint64_t id;                /* request.id */
	int32_t result;             /* 0, or -errno */
	uint32_t service;           /* that it is about, or TABLE_NONE */
};

/* Why supervisord is down, or was. status: an exit code, a signal or errno. */
enum death {
	DEATH_NONE,
	DEATH_EXITED,
	DEATH_KILLED,               /* by a signal */
	DEATH_LATE,                 /* it did not get ready in time */
	DEATH_STUCK,                /* it read no messages any more */
	DEATH_CANNOT,               /* its image cannot be run */
};

/* Another image that has taken over is on PROBATION until it has proved itself.
 * When it dies too often before that it is rolled back, and the former image is
 * RESTORED, and on probation in its turn. */
enum stage { STAGE_NONE, STAGE_PROBATION, STAGE_RESTORED, STAGES };

enum {
	PROBATION_DEATHS = 3,       /* fewer may be chance: a fault of the
	                               machine, a person with kill -SEGV */
	PROBATION_MS = 120000,      /* to stand at least: twice as long as an
	                               image takes that fails a minute after it
	                               has come up */
	PROBATION_MAX_MS = 3600000, /* if no service starts and ends */
};

/* Where the image in force stands. connate writes this, with its report. */
struct probation {
	uint8_t stage : 4;          /* enum stage */
	uint8_t deaths : 4;         /* of the image in force that count */
	uint8_t death;              /* enum death: the last one of the image on
	                               probation. RESTORED: the one for which
	                               it was rolled back */
	uint8_t status;             /* its exit code, signal or errno */
};

/* The exit code of a supervisord that refuses the ledger. */
enum { EXIT_LEDGER = 3 };

/* What connate knows of supervisord. It writes this with pwrite(2), all at
 * once; it is at the same offset in all versions. */
struct report {
	int32_t supervisord;        /* its pid; 0: none runs */
	uint32_t images;            /* how many have taken over from another */
	uint32_t deaths;            /* in a row */
	uint32_t successions;       /* of a connate that died */
	int32_t death, status;      /* the last one: enum death */
	uint64_t since_ms;          /* when that was */
	uint64_t next_ms;           /* when it is started again; or 0 */
};

/* How urgent the end is. ORDERLY: it was asked for. HURRIED: it was asked for
 * again; a service gets HURRY_MS at most. FORCED: and again; supervisord waits
 * for no service. */
enum urgency {
	URGENCY_NONE,
	URGENCY_ORDERLY,
	URGENCY_HURRIED,
	URGENCY_FORCED,
};

/* Stored as one word, so that a message or request that is read again is not
 * counted twice: `asked` is a part of its number. */
union escalation {
	uint64_t word;
	struct {
		uint64_t level : 2;     /* enum urgency */
		uint64_t asked : 22;
		uint64_t since_low_ms : 40; /* see moment_full() */
	};
};

/* Since when the end is hurried; 0: it is not. */
static inline uint64_t escalation_hurried_ms(union escalation escalation,
                                             uint64_t now_ms)
{
	return escalation.level >= URGENCY_HURRIED
	               ? moment_full(escalation.since_low_ms, now_ms)
	               : 0;
}

/* An end that is planned. One word, so that it is planned or it is not. */
union planned {
	uint64_t word;
	struct {
		uint64_t halt : 8;      /* enum halt; 0: there is none */
		uint64_t at_ms : 56;
	};
};

/* halt: what is to happen when everything is down (link.h, enum halt), with
 * the exit code; 0 while nothing of that kind was asked for.
 * exec_id: the request by which another image is tried, until it is answered;
 * exec_images is report.images before that. */
struct ledger {
	uint64_t magic;             /* stored last: then the rest is valid */
	uint32_t version;
	uint32_t size;              /* bytes of the memfd that are in use */
	uint32_t table_at, record_at, event_at, answer_at;
	uint32_t services;          /* records */
	uint32_t change;            /* bumped on each change: a futex */
	uint32_t events;            /* ever written; the next is events % N */
	uint32_t answers;           /* ever written; the next is answers % N */
	int32_t supervisord;        /* its pid */
	uint32_t starts;            /* how often supervisord was started */
	uint64_t started_ms;        /* when the last supervisord was */
	uint64_t session_ms;        /* when the first ledger was made:
	                               it is the same in all of a session */
	uint8_t seeded;             /* 1: first targets are set */
	struct probation probation;
	uint32_t locked;            /* 1: connate holds the lock file */
	uint32_t halt;              /* kind << 8 | code */
	uint32_t moved;             /* 1: descriptor 100 is another one now */
	uint16_t record_bytes, event_bytes, answer_bytes;
	uint8_t orphans;            /* 1: the process of a service is a child
	                               neither of supervisord nor of connate */
	uint8_t hung_up;            /* 1: SIGHUP asked for an upgrade, which is
	                               still to be done */
	uint64_t image;             /* digest of the image's own table */
	uint64_t exec_id;           /* 0: none; see above */
	uint32_t exec_images;
	uint32_t untidy;            /* pipes below this number may be open
	                               without need; 0: none */
	uint64_t reexec_id;         /* the request by which another image of
	                               connate is tried; 0: none */
	struct report report;
	uint64_t signals;           /* for the primary: bit n - 1 is n */
	union escalation escalation;
	union planned planned;
};

/* No version with this LEDGER_VERSION has shorter ones. */
enum { LEDGER_HEADER = 192, RECORD_LEAST = 64, EVENT_LEAST = 24,
       ANSWER_LEAST = 16 };

_Static_assert(sizeof(union phase) == 8, "one store");
_Static_assert(sizeof(union life) == 8, "one store");
_Static_assert(sizeof(union ending) == 8, "one store");
_Static_assert(sizeof(union escalation) == 8, "one store");
_Static_assert(sizeof(union planned) == 8, "one store");
_Static_assert(sizeof(struct record) == 96, "an ABI");
_Static_assert(offsetof(struct record, life_key) == RECORD_LEAST, "an ABI");
_Static_assert(sizeof(struct event) == 24, "an ABI");
_Static_assert(sizeof(struct answer) == 16, "an ABI");
_Static_assert(sizeof(struct report) == 40, "an ABI");
_Static_assert(offsetof(struct ledger, report) == 128, "an ABI");
_Static_assert(sizeof(struct probation) == 3, "an ABI");
_Static_assert(offsetof(struct ledger, probation) == 73, "an ABI");
_Static_assert(offsetof(struct ledger, locked) == 76, "an ABI");
_Static_assert(sizeof(struct ledger) <= 192, "the header's room");

struct ledger ledger_layout(const struct table *table);

bool ending_is_in(const struct table *t, struct table_list list,
                  union ending ending);
const char *ledger_check(const void *bytes, uint64_t size);
const char *ledger_check_copy(const void *bytes, uint64_t size,
                              uint64_t whole);
uint64_t ledger_copy_bytes(const struct ledger *header, uint64_t whole);
bool ledger_is_ours(const struct ledger *l);

const struct table *ledger_table(const struct ledger *l);
struct record *ledger_records(const struct ledger *l);
extern const char *const event_label[EVENTS];

struct event *ledger_event(const struct ledger *l, uint32_t k);
struct answer *ledger_answer(const struct ledger *l, uint32_t k);

enum { LEDGER_TRIES = 1000 };
struct record ledger_read(const struct ledger *l, uint32_t i);
struct record ledger_read_from(const struct ledger *l, const void *bytes,
                               uint32_t i);

#endif
