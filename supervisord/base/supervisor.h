/* SPDX-License-Identifier: MIT */
/* What all rooms of supervisord share: one struct, and the time-outs. All that
 * must outlive the process is in the ledger or is a descriptor that connate
 * holds; what is in struct supervisor may be lost at any instant.
 */
#ifndef SUPERVISORD_BASE_SUPERVISOR_H
#define SUPERVISORD_BASE_SUPERVISOR_H

#include <stdbool.h>
#include <stdint.h>

#include "model/board.h"
#include "model/descriptor.h"
#include "model/ledger.h"
#include "model/link.h"
#include "model/moment.h"
#include "model/world.h"
#include "sys/call.h"

/* All time-outs and limits of supervisord; those of services are theirs. */
enum {
	LAUNCH_AGAIN_MS = 100,      /* after clone found no memory or no pid */
	ROOM_MS = 60000,            /* without such a refusal: the next one is
	                               said again */
	STOP_COMMAND_MS = 1000,     /* from the end of the command of .stop to
	                               SIGTERM */
	SLOT_WAIT_US = 1000,        /* for a free slot of the child pool */
	STALL_MS = 100,             /* so late a wake-up, or an exec that takes
	                               so long, does not count */
	SLOT_STUCK_MS = 100,        /* all slots taken for so long: children
	                               hang, and others need none */
	NEWS_AGAIN_MS = 100,        /* after the link had no room */
	EXEC_LOOK_MS = 1,           /* first look whether exec is done … */
	EXEC_LOOK_MAX_MS = 256,     /* … doubled up to this */
	GUARD_SIGNAL = 40,          /* to a guard, with a pid: see guard.c */
	DAEMON_SETTLED_MS = 5000,   /* after its last fork: it is a daemon */
	REAP_MAX = 256,             /* exits in one pass */
	CHILDREN_FEW = 128,         /* with more, all are looked at later … */
	REAP_SOON_MS = 10,          /* … by this */
	REQUESTS_MAX = 64,          /* requests read in one pass */
	SUCCEED_AGAIN_MS = 1000,    /* after it could not become connate */
	CHECK_MS = 2,               /* after a restart of supervisord: are the
	                               services' processes there? … */
	CHECK_FIRST_MS = 100,       /* … after the first start */
	CHECK_MANY = 256,           /* services checked in one pass */
	ORPHAN_FIND_MS = 2,         /* after a start: which are orphans? */
	ORPHAN_LOOK_MS = 500,       /* without pidfds (before Linux 5.3) */
	GROUP_LOOK_MS = 10,         /* is a process group gone? The first look
	                               … */
	GROUP_LOOK_MAX_MS = 500,    /* … doubled up to this */
	REST_LOOK_MS = 2,           /* is what is left gone? The first look … */
	REST_LOOK_MAX_MS = 500,     /* … doubled up to this */
	SETTLE_MAX = 4096,          /* changes in one pass */
	OVERDUE_MS = 5000,          /* before a transition is named … */
	OVERDUE_PAUSE_MS = 1000,    /* … at most so often … */
	OVERDUE_NAMES = 4,          /* … and so many at a time */
	SAME_END_MS = 1000,         /* requests for the end count as one */
	LINK_WAIT_MS = 1000,        /* for room on the link, at boot */
};

struct supervisor {
	struct ledger *ledger;
	struct record *records;     /* of the ledger, by service */
	struct board_entry *board;  /* by table_service.board_entry */
	struct world world;
	uint64_t now_ms;            /* of this pass: CLOCK_MONOTONIC */
	int connate;                /* its pid */
	char **argv;                /* of supervisord */
	char **command;             /* of connate's command line; or NULL */
	const char *folder;         /* where the command starts; NULL: in the
	                               working directory */
	char **envp;                /* what services inherit */
	const char *lock;           /* the entry in a service's environment
	                               that names the lock file: TABLE_LOCK_IS
	                               and its path; NULL: there is none */
	struct rlimit64 files;      /* RLIMIT_NOFILE as services get it */
	bool files_raised;          /* supervisord's own is higher */
	bool link_lost;             /* connate has died */
	bool drained, locked, kept; /* connate has said so … */
	bool adopted;               /* connate was told so … */
	enum adopt adopts;          /* … with this */
	bool reached;               /* it was told REACHED, or need not be */
	uint64_t news_at_ms;        /* when connate is to be told again, or
	                               succeeded; NEVER_MS */
};

extern struct supervisor supervisor;

void supervisor_read_clock(void);           /* into now_ms */
struct record *record_of(uint32_t service);
struct work *work_of(uint32_t service);
struct said *demand_of(uint32_t service);   /* with .on_demand */
struct health *health_of(uint32_t service); /* with .check */

static inline const struct table *table_in_force(void)
{
	return supervisor.world.table;
}

static inline const struct table_service *configured(uint32_t service)
{
	return table_service(supervisor.world.table, service);
}

static inline struct board_entry *board_entry_of(uint32_t service)
{
	return &supervisor.board[configured(service)->board_entry];
}

static inline const char *name_of(uint32_t service)
{
	return table_name(supervisor.world.table, service);
}

#endif
