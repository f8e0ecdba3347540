/* SPDX-License-Identifier: MIT */
/* The session: the connate that is talked to, its ledger and its table.
 *
 * The ledger may belong to a user whom we do not trust, and it changes while it
 * is read. `head` is a copy of its header and table, made once and checked: all
 * offsets and indexes come from it. `live` is the memory itself: it may hold
 * any bytes at any instant, so each word of it is read once, into a variable,
 * and brought into its range (record.h, event.h). */
#ifndef CONCTL_SESSION_MAPPING_H
#define CONCTL_SESSION_MAPPING_H

#include <stdbool.h>
#include <stdint.h>

#include "conctl/session/find.h"
#include "model/ledger.h"

struct stat;

struct session {
	struct found connate;
	int folder;                 /* connate's in /proc; -1: not open */
	uint32_t owner;             /* its user, and that of all we open */
	const struct locator *locator;
	const struct ledger *head;
	const struct table *table;  /* of head */
	const volatile struct ledger *live;
	uint64_t size;              /* bytes of live, which may go on behind
	                               what head says (model/said.h) */
	uint64_t device, inode;     /* of the ledger that is mapped */
};
extern struct session session;

/* A time in a ledger is never later than that; so sums of times have room. */
#define TIME_MOST_MS (1ull << 50)

static inline uint64_t time_read(uint64_t ms)
{
	return ms < TIME_MOST_MS ? ms : TIME_MOST_MS;
}

/* One word of the live memory, as it is now. */
static inline uint32_t load(const volatile uint32_t *word)
{
	return __atomic_load_n(word, __ATOMIC_ACQUIRE);
}

static inline uint64_t load_long(const volatile uint64_t *word)
{
	return __atomic_load_n(word, __ATOMIC_ACQUIRE);
}

/* The address in the live memory of what lies there by `head`. */
static inline const volatile void *live_at(const void *in_head)
{
	return (const volatile char *)session.live +
	       ((uintptr_t)in_head - (uintptr_t)session.head);
}

/* Why a ledger was refused, and the layout that it has. */
struct mismatch {
	const char *reason;
	uint32_t version;
};

int mapping_open(int folder, uint32_t owner);
void mapping_header(int fd, struct ledger *header);
bool mapping_continues(int folder, uint32_t owner, struct ledger *header,
                       struct stat *status);
int mapping_use(int fd, const struct ledger *header,
                const struct stat *status);
struct mismatch mapping_mismatch(void);

const struct ledger *session_keep(void);
const struct table *session_former(void);

#endif
