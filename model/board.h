/* SPDX-License-Identifier: MIT */
/* The board: a memfd of its own, beside the ledger, for what others than
 * supervisord have to store about a service while they live: a child on its
 * way to exec, and a guard. A service has an entry on it, which it keeps when
 * another image or another configuration takes over; so nobody has to be told
 * that the ledger is another one now. Its layout does not change, ever: a guard
 * may be of another version than the supervisord that reads it.
 *
 * supervisord copies both words into the record; it sets them to 0 before a
 * launch (publish.c). Behind the entries are numbers that supervisord leaves to
 * its successor (orphans.c).
 *
 * supervisord brings it to its full size and seals that, so that no other
 * process can cut it off under those that have mapped it (SIGBUS; mmap(2)).
 */
#ifndef MODEL_BOARD_H
#define MODEL_BOARD_H

#include <stdint.h>

#include "model/table.h"

struct board_entry {
	int32_t main;               /* record.main: by the kernel and a guard */
	uint32_t failure;           /* record.failure: by a child */
};

_Static_assert(sizeof(struct board_entry) == 8, "an ABI");

/* Bytes of the entries, and of all of it, with 16 for each service behind the
 * entries: more than they need today, as it cannot grow. Only those pages exist
 * that are used. */
enum {
	BOARD_BYTES = SERVICES_MAX * sizeof(struct board_entry),
	BOARD_ALL_BYTES = BOARD_BYTES + SERVICES_MAX * 16,
};

#endif
