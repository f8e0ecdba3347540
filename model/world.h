/* SPDX-License-Identifier: MIT */
/* Everything that deciding looks at: the table, the records, and working
 * memory that is derived from both, so that it may be lost. Knows no kernel
 * and no clock: time is handed in.
 *
 * A change is decided in the model (settle.h, target.h) and carried out by the
 * caller: store change.phase in the record, call world_changed(), then do the
 * effect. Nothing in the model writes a record.
 */
#ifndef MODEL_WORLD_H
#define MODEL_WORLD_H

#include <stdbool.h>
#include <stdint.h>

#include "model/ledger.h"
#include "model/queue.h"
#include "model/said.h"
#include "model/state.h"
#include "model/table.h"

/* Working memory of one service. The counters count edges: see edge.def. */
struct work {
	uint32_t unmet;     /* its edges that keep it from starting */
	uint32_t unbound;   /* its BINDS edges whose other end is not up */
	uint32_t holding;   /* edges to it whose owner must stop first */
	uint32_t due_at;    /* index in world.due, or NOT_DUE */
	uint64_t due_ms;    /* when to look at it again; NEVER_MS */
	uint16_t own : 1;   /* its process is a child of supervisord */
	uint16_t execed : 1; /* its program is known to be running */
	uint16_t dirty : 1; /* it stands in world.dirty */
	uint16_t target_spread : 1; /* the change of targets has reached it */
	uint16_t new_target : 2; /* enum target: of that change */
	uint16_t member : 2; /* enum member */
	uint16_t waiting : 1; /* it waits for a slot of the child pool */
	uint16_t stop_delayed : 1; /* the stop goes on at due_ms: there was no
	                        room for the command of .stop, or it has
	                        ended, and the program has a moment to end; the
	                        start: there was no room for that of .started */
	uint16_t stop_by_signal : 1; /* .stop's command has ended: SIGTERM is
	                        to be sent */
	uint16_t own_helper : 1; /* its helper is a child of supervisord */
	uint16_t orphan : 1; /* its process is a child neither of supervisord
	                        nor of connate */
	uint16_t hopeless : 1; /* see hopeless.c */
	uint16_t settled : 1; /* while it is up: for .settle, or longer */
	uint8_t slot;       /* of the child pool; NO_SLOT */
	uint8_t helper_kind; /* enum helper_kind: what its helper is for */
	uint32_t keepers_checked; /* how many edges to it do not keep it up,
	                        from its first one on; see target.c */
};

/* Is it a member of a group that goes down? QUEUED: it stands in
 * world.members. KEPT: another service that is up needs it, so far. */
enum member { MEMBER_OF_NONE, MEMBER_QUEUED, MEMBER_KEPT };

/* What a helper is for. NOTHING: the command of .started was killed as the
 * service left STARTING, so its end says nothing. CHECK: what checks it, which
 * is stored (world_checks()); in struct work it is RELOAD, as it is ended with
 * its program, too. */
enum helper_kind {
	HELPER_STOP,
	HELPER_RELOAD,
	HELPER_START,
	HELPER_NOTHING,
	HELPER_CHECK,
};

enum { NOT_DUE = UINT32_MAX, NO_SLOT = UINT8_MAX };

enum { WORLD_ARRAYS = 5 };

struct world {
	const struct table *table;
	const struct record *records;
	const struct said *said; /* said_entry() 0, if a service speaks */
	struct work *works;
	struct queue dirty; /* services that are to be judged */
	struct queue targets; /* services with a new target; then … */
	struct queue members; /* … members of groups that go down */
	uint32_t *reached;  /* services that the change of targets reached */
	uint32_t reached_count;
	uint32_t *due;      /* heap of services by due_ms */
	uint32_t due_count;
	uint32_t *pids;     /* hash by pid: see pids.c; 0 is free */
	uint32_t pids_mask; /* a power of two, less 1; above 4 × services */
	uint32_t busy;      /* services that are not settled down or failed */
	uint32_t passing;   /* services in a state that has a clock */
	uint64_t hurried_ms; /* see clock_runs_out() */
	uint64_t stalled_ms; /* until then nothing could be heard */
};

/* Entries of world.pids: a power of two above 4 × services, as each has up to
 * two pids and at most half of the entries may be in use. */
static inline uint64_t world_pid_slots(uint32_t services)
{
	uint64_t slots = 4;

	while (slots <= 4ull * services)
		slots *= 2;
	return slots;
}

/* Bytes of the working memory for so many services. */
static inline uint64_t world_bytes(uint32_t services)
{
	return services * (sizeof(struct work) + WORLD_ARRAYS * 4ull) +
	       world_pid_slots(services) * 4;
}

void world_place(struct world *w, void *memory, uint32_t services);
void world_count(struct world *w, uint32_t service, union phase p);
void world_changed(struct world *w, uint32_t service, union phase before);
void world_settled(struct world *w, uint32_t service);
void world_touch(struct world *w, uint32_t service);
uint32_t world_socket(const struct world *w, uint32_t service);
const struct said *world_said(const struct world *w, uint32_t service);
bool world_checks(const struct world *w, uint32_t service);
const struct health *world_health(const struct world *w, uint32_t service);
const struct table_profile *world_profile(const struct world *w,
                                          uint32_t service);

#endif
