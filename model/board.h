/* SPDX-License-Identifier: MIT */
/* The board: a memfd of its own, beside the ledger, to which a child on its way
 * to exec and a guard write. A service has an entry on it, and keeps it when
 * another image or another configuration takes over; so a child or a guard need
 * not know that another ledger is in force by now. The layout never changes: a
 * guard may be of another version than the supervisord that reads it.
 *
 * supervisord copies both words of an entry into the record; it sets them to 0
 * before a launch (publish.c). Behind the entries are numbers that supervisord
 * leaves to its successor (orphans.c).
 *
 * supervisord gives it its full size and seals that, so that no other process
 * can shorten it for those that have mapped it (SIGBUS; mmap(2)).
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

/* Bytes of the entries; and of the whole board, with 16 for each service behind
 * the entries: more than is needed today, as it cannot grow. Only the pages
 * exist that are used. */
enum {
	BOARD_BYTES = SERVICES_MAX * sizeof(struct board_entry),
	BOARD_ALL_BYTES = BOARD_BYTES + SERVICES_MAX * 16,
};

#endif
