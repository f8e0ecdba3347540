/* SPDX-License-Identifier: MIT */
/* What services with READY_SD_NOTIFY have said of themselves: an array behind
 * the tail of the ledger, by the number of their socket. It begins at the next
 * multiple of LEDGER_ALIGN with a word that has the length of an entry. A
 * ledger for which no service speaks has none; a version that does not know it
 * ignores it, and one that misses it makes another ledger (merge.h).
 *
 * The entry of the first socket of a service with .on_demand has in `run` whether
 * its target was asked to be down.
 *
 * The entry of a stored descriptor has its name in `status`, and in `run` whether
 * it is watched.
 *
 * The entry of the checks of a service is a struct health.
 *
 * An entry has no sum: what is in it a service could say, and killed while it
 * is written the message is read again. It counts for one process of the
 * service alone. Pure. */
#ifndef MODEL_SAID_H
#define MODEL_SAID_H

#include <stdbool.h>
#include <stdint.h>

#include "model/ledger.h"

enum { SAID_STATUS = 128, SAID_NUMBER = 16 };

/* Texts end with NUL; what is longer is cut. Empty: it was not said. */
struct said {
	uint32_t run;               /* life.exits + 1 of the process that has
	                               said it; 0: nothing was said */
	uint32_t watchdog_ms;       /* how long it may be silent; 0: for ever */
	uint64_t alive_ms;          /* the last sign of life */
	uint64_t extended_ms;       /* until when it asks for time … */
	uint32_t extended;          /* … in this state: enum state */
	uint32_t reloading;         /* 1: RELOADING has followed reload_us */
	char status[SAID_STATUS];   /* STATUS */
	char error[SAID_NUMBER];    /* ERRNO */
	char exit[SAID_NUMBER];     /* EXIT_STATUS */
	char stopping[SAID_NUMBER]; /* STOPPING */
	uint64_t reload_us;         /* when it was asked to reload, and has not
	                               done so yet; 0: it was not */
};

/* FAILED: unhealthy, and the service is to be stopped and tried again. */
enum health_state {
	HEALTH_UNKNOWN,             /* no check has ended yet, or none counts */
	HEALTH_HEALTHY,
	HEALTH_UNHEALTHY,
	HEALTH_FAILED,
	HEALTHS,
};

/* What the helper of a service with .check does: it checks, or it is to end, as
 * it does so, and the command of .reload follows. */
enum helps { HELPS_NOT, HELPS_CHECK, HELPS_UNTIL_RELOAD };

/* What the checks of a service have found, by prepare/. */
struct __attribute__((may_alias)) health {
	uint32_t run;               /* as in struct said: of the process that
	                               was checked */
	uint32_t failures;          /* in a row */
	uint64_t at_ms;             /* when the last check ended */
	uint64_t since_ms;          /* when it came to this state */
	uint32_t state;             /* enum health_state */
	uint32_t helps;             /* enum helps; whatever `run` is */
	char reason[SAID_STATUS];   /* the first line of the last check that
	                               failed, or how it ended */
	uint8_t unused[56];
};

_Static_assert(sizeof(struct said) == 216, "an ABI");
_Static_assert(sizeof(struct health) == sizeof(struct said), "an entry");

uint32_t said_entries(const struct table *t);
uint64_t said_bytes(const struct ledger *l, uint32_t entries);
uint64_t said_offset(const struct ledger *l, uint32_t k);
void said_begin(struct ledger *l);
bool said_is_ours(const struct ledger *l, uint64_t size);
struct said *said_entry(const struct ledger *l, uint32_t k);

#endif
