/* SPDX-License-Identifier: MIT */
/* A world without a kernel: a table and records in memory, a supervisord that
 * decides by the model and carries out as supervisord/ does, and a kernel of
 * which only the processes are left. It may be killed at any store. Must not
 * know what is right: it notes what happens, and the tests judge.
 */
#ifndef T_MODEL_H
#define T_MODEL_H

#include <setjmp.h>
#include <stdbool.h>
#include <stdint.h>

#include "model/change.h"
#include "model/clock.h"
#include "model/due.h"
#include "model/facts.h"
#include "model/graph.h"
#include "model/phase.h"
#include "model/pids.h"
#include "model/rebuild.h"
#include "model/rules.h"
#include "model/settle.h"
#include "model/target.h"
#include "model/world.h"

enum { SPEC_CODE = 143 };           /* an exit code that may be listed */

/* A service as a table has it. */
struct spec {
	char name[16];
	bool setup, run, cleanup, notify;
	bool guarded, daemonizes;       /* by a guard */
	bool asks;                      /* .stop is a command */
	bool started;                   /* it has a command of .started */
	bool checked;                   /* it has a .check */
	uint32_t watchdog_ms;           /* 0: it does not speak */
	enum target target;
	uint32_t settle_ms;
	bool timed;                 /* .every */
	bool good_code, last_code;      /* SPEC_CODE is in .success, in
	                                   .never_retry */
	struct table_profile profile;   /* its lists are filled in */
};

/* `from` depends on `to`. A conflict holds both ways and is said once. */
struct arc {
	uint32_t from, to;
	enum edge_kind kind;
};

/* A service that only runs, with the times that DESIGN gives. */
struct spec spec_plain(const char *name);

/* A table that table_check() passes; free() it. */
struct table *table_build(const struct spec *specs, uint32_t services,
                          const struct arc *arcs, uint32_t count);

/* The process of a service, in the kernel. */
struct process {
	int32_t pid;                /* 0: none */
	bool zombie;                /* it has ended, with … */
	union ending ending;        /* … this; not reaped yet */
	bool told, killed;          /* stop signal; SIGKILL */
	bool drains;                /* it comes to the end of its input */
	uint32_t failure;           /* what its way to exec will fail with */
	uint32_t ends;              /* processes that have ended, ever */
	int32_t main;               /* of a guard: the program; 0: none … */
	bool rest;                  /* … and more that it has started */
	int32_t helper;             /* 0: none */
	bool helper_zombie, helper_killed;
	union ending helper_ending;
	uint32_t helpers;           /* ever */
};

struct moment {                     /* one thing that happened */
	uint32_t service;
	enum state from, to;        /* the same: an effect */
	enum effect effect;
};

enum {
	MOMENTS = 512,              /* kept */
	SLOTS = 32,                 /* of the child pool, unless said */
	AGAIN_MS = 100,             /* after the kernel refused a process */
	STOP_COMMAND_MS = 1000,     /* from the end of a command to SIGTERM */
	CHECK_AGAIN_MS = 10000,     /* after what checks a service has failed */
};

/* What runs for some seconds crosses the end of 40 bits (moment_full). */
#define FIRST_MS ((1ull << 40) - 5000)

struct fake {
	struct table *table;
	struct record *records;
	struct process *processes;
	struct said *said;
	struct world world;
	struct world recount;       /* for fake_check() */
	struct queue waiting;       /* for a place in the child pool */
	uint64_t now_ms;
	int32_t next_pid;
	uint32_t slots, slots_used;
	uint32_t refuse;            /* how many launches the kernel refuses */
	bool slow;                  /* exec is done when fake_exec() says so */
	bool hold;                  /* more happens before it settles */
	uint32_t commits, commits_max; /* since the last event; a bound */
	uint32_t stores;            /* commits, ever */
	uint32_t crash_in;          /* at which commit to die; 0: never */
	jmp_buf crashed;
	const char *wrong;          /* what must never be, and was; or NULL */
	struct moment moments[MOMENTS];
	uint32_t moment_count;
};

/* A world in which nothing has been wished yet. */
void fake_begin(struct fake *f, struct table *table);
void fake_end(struct fake *f);

/* Carries out until all is quiet. False: it does not become quiet. */
bool fake_settle(struct fake *f);

/* The events of a world; each settles. */
void fake_set_target(struct fake *f, const uint32_t *services, uint32_t count,
               enum target target);
void fake_exec(struct fake *f, uint32_t service);
void fake_ready(struct fake *f, uint32_t service);
/* It gives a sign of life, or asks for so much time from now on. */
void fake_says(struct fake *f, uint32_t service, uint64_t more_ms);
void fake_exits(struct fake *f, uint32_t service, int code);

/* prepare/ has found that a condition does not hold. */
void fake_skips(struct fake *f, uint32_t service);
void fake_dies(struct fake *f, uint32_t service, int signal);
/* Under a guard: its program ends as above, what is left of it does, it does
 * what a daemon does, and the guard is killed. */
void fake_rest_ends(struct fake *f, uint32_t service);
void fake_daemonizes(struct fake *f, uint32_t service);
void fake_guard_dies(struct fake *f, uint32_t service);

/* The commands of .stop, .reload and .started. */
void fake_reload(struct fake *f, uint32_t service);
/* The checks of .check have failed as often as they may, or succeed again. */
void fake_checked(struct fake *f, uint32_t service, bool well);
void fake_helper_ends(struct fake *f, uint32_t service, union ending ending);
void fake_tick(struct fake *f, uint64_t ms);    /* from deadline to deadline */
void fake_resume(struct fake *f);   /* supervisord was killed; another came */

/* Why this quiet world is none, or NULL: every counter, the deadlines and the
 * pids are what world_rebuild() makes of the records, no row holds, nothing
 * that is due to be launched is forgotten. */
const char *fake_check(struct fake *f);

#endif
