/* SPDX-License-Identifier: MIT */
/* Everything that deciding looks at: the table, the records, and working
 * memory that is derived from both, so that it may be lost. Knows no kernel
 * and no clock: time is handed in.
 *
 * A change is decided here (settle_next, target_next) and carried out by the
 * caller: store change.phase in the record, call world_changed(), then do the
 * effect. Nothing here writes a record.
 */
#ifndef MODEL_WORLD_H
#define MODEL_WORLD_H

#include <stdbool.h>
#include <stdint.h>

#include "model/ledger.h"
#include "model/state.h"
#include "model/table.h"

/* Working memory of one service. The counters count edges: see edge.def. */
struct work {
	uint32_t unmet;     /* its edges that keep it from starting */
	uint32_t unbound;   /* its BINDS edges whose other end is not up */
	uint32_t holding;   /* edges to it whose owner must stop first */
	uint32_t due_at;    /* place in world.due, or NOT_DUE */
	uint64_t due_ms;    /* when to look at it again; NEVER_MS */
	uint16_t own : 1;   /* its process is our child, not pid1's */
	uint16_t execed : 1; /* its program is known to be running */
	uint16_t dirty : 1; /* it stands in world.queue */
	uint16_t wished : 1; /* the wish being spread has reached it */
	uint16_t wish : 2;  /* enum target: what is wished, until applied */
	uint16_t member : 2; /* enum member */
	uint16_t waiting : 1; /* it waits for a place in the child pool */
	uint16_t held : 1;  /* no process could be made: not before due_ms */
	uint16_t instead : 1; /* .stop's command failed: SIGTERM instead */
	uint16_t reloads : 1; /* its helper is .reload's, not .stop's */
	uint16_t own_helper : 1; /* its helper is our child, not pid1's */
	uint16_t orphan : 1; /* its process is neither ours nor pid1's */
	uint16_t slot;      /* of the child pool; NO_SLOT */
	uint32_t refused;   /* so many edges to it are of who wants it no more */
};

/* Whether a group of it goes down with the wish that is being spread. */
enum member { MEMBER_OF_NONE, MEMBER_QUEUED, MEMBER_KEPT };

enum { NOT_DUE = UINT32_MAX, NO_SLOT = UINT16_MAX };

/* A ring of services, each in it at most once, so it cannot overflow. */
struct queue {
	uint32_t *item;     /* max of them */
	uint32_t first, count, max;
};

enum { WORLD_ARRAYS = 5 };

struct world {
	const struct table *table;
	const struct record *records;
	struct work *works;
	struct queue dirty; /* to be judged */
	struct queue hard;  /* to be wished: needs follow … */
	struct queue soft;  /* … before members of groups */
	uint32_t *touched;  /* whom the wish being spread has reached */
	uint32_t touched_count;
	uint32_t *due;      /* heap of services by due_ms */
	uint32_t due_count;
	uint32_t *pids;     /* hash by pid: see pids.c; 0 is free */
	uint32_t pids_mask; /* a power of two, less 1; above 4 × services */
	uint32_t busy;      /* services that are not settled down or failed */
	uint32_t passing;   /* services in a state that has a clock */
	uint64_t hurried_ms; /* see clock_runs_out() */
};

/* What is to become of a service. from == to when only its target changes,
 * or when its process is (still) to be started. */
struct change {
	uint32_t service;
	enum state from, to;
	union phase phase;  /* to be stored: one store commits it */
	enum effect effect;
	uint32_t facts;     /* why */
};

/* world.c: how many bytes its working memory takes, and where in it everything
 * is. The memory is aligned to 8 and need not be cleared. */
static inline uint64_t world_bytes(uint32_t services)
{
	uint64_t slots = 4; /* for pids: a power of two above 4 × services */

	while (slots <= 4ull * services)
		slots *= 2;
	return services * (sizeof(struct work) + WORLD_ARRAYS * 4ull) +
	       slots * 4;
}

void world_place(struct world *w, void *memory, uint32_t services);

/* world.c: from nothing but table and records: counters, dirty services (all
 * of them), deadlines, pids. O(services + edges). */
void world_rebuild(struct world *w, uint64_t now_ms);

/* A record's phase went from `before` to what it is now. Adjusts the counters
 * of the neighbours and marks who must be judged again. O(edges of it). */
void world_changed(struct world *w, uint32_t service, union phase before);

/* The end is hurried from now on: every deadline is set again. O(services). */
void world_hurry(struct world *w, uint64_t now_ms);

/* To be judged (again). O(1). */
void world_touch(struct world *w, uint32_t service);

const struct table_profile *world_profile(const struct world *w,
                                          uint32_t service);

/* facts.c: the facts about a service now. O(1). */
uint32_t facts_gather(const struct world *w, uint32_t service,
                      uint64_t now_ms);

/* rules.c: the row that holds, or NULL. Pure. */
struct rule {
	uint8_t in, to;     /* enum state */
	uint32_t all, none; /* sets of enum fact */
};

const struct rule *rule_pick(enum state state, uint32_t facts);

/* phase.c: the phase after taking that row. Pure. */
union phase phase_next(union phase phase, enum state to, uint32_t facts,
                       uint32_t exits, uint64_t now_ms);

/* phase.c: is the process that this state is about still to be started? */
bool phase_pending(union phase phase, union life life);

/* phase.c: is the command of .stop still to be started? */
bool phase_asks(const struct table_service *s, const struct record *r);

/* settle.c: decides about the next dirty service. False: all is quiet. */
bool settle_next(struct world *w, uint64_t now_ms, struct change *change);

/* target.c: a wish and what follows from it (edge.def). First all wishes,
 * then target_next() until it is false; each call gives one service whose
 * target changes. The first wish that reaches a service wins, so it ends. */
void target_set(struct world *w, uint32_t service, enum target target);
bool target_next(struct world *w, struct change *change);

/* clock.c: when the clock of its state runs out, or NEVER_MS. In a hurry, since
 * hurried_ms (0: there is none), a state that has a clock lasts no longer than
 * HURRY_MS from there on, FOREVER included. now_ms: to read the phase's time
 * by (moment_full). Pure. */
enum { HURRY_MS = 1000 };
uint64_t clock_runs_out(const struct table_profile *p, union phase phase,
                        uint64_t hurried_ms, uint64_t now_ms);

/* clock.c: the same of a service. */
uint64_t clock_of(const struct world *w, uint32_t service,
                  uint64_t now_ms);

/* clock.c: the heap of deadlines. O(log services). */
void due_set(struct world *w, uint32_t service, uint64_t due_ms);
uint64_t due_next(const struct world *w);       /* NEVER_MS when empty */
void due_expire(struct world *w, uint64_t now_ms); /* touches who is due */

/* pids.c: which service a process belongs to, and as what. Expected O(1). own
 * says whose child it is: two records may hold the same number for a moment,
 * when pid1 has reaped one and its message is still under way. */
enum role {
	ROLE_LIFE,          /* life.pid */
	ROLE_HELPER,        /* record.helper: .stop's or .reload's command */
};

void pid_add(struct world *w, uint32_t service, enum role role);
void pid_remove(struct world *w, uint32_t service, enum role role,
                int32_t pid);
uint32_t pid_find(const struct world *w, int32_t pid, bool own,
                  enum role *role);

/* queue.c */
void queue_push(struct queue *q, uint32_t item);
bool queue_pop(struct queue *q, uint32_t *item);

#endif
