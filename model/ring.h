/* SPDX-License-Identifier: MIT */
/* The last lines of each service in memory: a memfd that connate-log writes and
 * connate keeps (.fd_store), and that conctl maps as it maps the ledger. It
 * outlives each of them but connate and the machine. Its layout, and the reading
 * of one entry while it is written. Pure.
 *
 *     head | entries | bytes of the first entry | … of the second one | …
 *
 * The bytes of an entry are lines as connate-log writes them to its files, each
 * ended by a newline: byte n that was ever written stands at n modulo `room`.
 * `begun` is stored before bytes are, `written` behind them. So a reader that
 * has copied bytes knows afterwards which of them may have been overwritten
 * meanwhile, and a reader that is stopped holds up nobody.
 *
 * `change` is bumped whenever an entry has changed: a futex. */
#ifndef MODEL_RING_H
#define MODEL_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RING_MAGIC 0x676e69722d6e6e63ull /* "cnn-ring" */

enum {
	RING_VERSION = 1,
	RING_ENTRIES = 4096,
	RING_NAME = 64,             /* a name of a service has 63 at most */
	RING_ROOM_LEAST = 4096,
	RING_ROOM_MOST = 1 << 20,
};

/* batch: of which the last bytes were, and where it began (log/ring.c). */
struct ring_entry {
	char name[RING_NAME];       /* "": it is free */
	uint64_t begun, written;    /* bytes, ever */
	uint64_t before;
	uint32_t batch, unused;
};

struct ring {
	uint64_t magic;             /* stored last: then the rest is valid */
	uint32_t version, room;     /* bytes of each entry */
	uint32_t change, unused;
	uint64_t reserved[5];
	struct ring_entry entry[RING_ENTRIES];
};

_Static_assert(sizeof(struct ring_entry) == 96, "an ABI");
_Static_assert(offsetof(struct ring, entry) == 64, "an ABI");

uint64_t ring_bytes(uint32_t room);
bool ring_is_ours(const volatile struct ring *r, uint64_t size);
uint32_t ring_find(const volatile struct ring *r, const char *name,
                   uint32_t length);
uint32_t ring_copy(const volatile struct ring *r, uint32_t room, uint32_t entry,
                   char *to, uint64_t *end);

/* Where the bytes of an entry begin. */
static inline uint64_t ring_offset(uint32_t room, uint32_t entry)
{
	return sizeof(struct ring) + (uint64_t)entry * room;
}

#endif
