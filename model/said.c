/* SPDX-License-Identifier: MIT */
/* Where the array is, and an entry of it. Knows no kernel. */
#include "model/said.h"

#include <stddef.h>

#include "model/trust.h"

/* Is there something to be kept of this service? */
static bool said_is_kept(const struct table *t, uint32_t i)
{
	struct table_service s = table_service_read(t, i);

	return s.ready == READY_KIND_SD_NOTIFY || s.on_demand != TARGET_DOWN ||
	       s.check.kind != ACTION_NONE;
}

/* How many entries the ledger of a table has: 0 if no service of it speaks, is
 * started on demand, or is checked. O(services). */
uint32_t said_entries(const struct table *t)
{
	for (uint32_t i = 0; i < t->services; i++)
		if (said_is_kept(t, i))
			return t->pipes;
	return 0;
}

static uint64_t array_offset(const struct ledger *l)
{
	return (ledger_bytes(l) + LEDGER_ALIGN - 1) &
	       ~(uint64_t)(LEDGER_ALIGN - 1);
}

/* Bytes of the memfd of a ledger with so many entries; l need have no more than
 * its size. */
uint64_t said_bytes(const struct ledger *l, uint32_t entries)
{
	return entries == 0 ? ledger_bytes(l)
	                    : array_offset(l) + LEDGER_ALIGN +
	                              (uint64_t)entries * sizeof(struct said);
}

/* Where entry k is, in bytes from the start of the ledger. The length of an
 * entry stands LEDGER_ALIGN before entry 0. */
uint64_t said_offset(const struct ledger *l, uint32_t k)
{
	return said_bytes(l, 1) + (k - 1ull) * sizeof(struct said);
}

static void *entry_at(const struct ledger *l, uint32_t k)
{
	return (unsigned char *)(uintptr_t)l + said_offset(l, k);
}

static uint64_t *length_of(const struct ledger *l)
{
	return (uint64_t *)entry_at(l, 0) - LEDGER_ALIGN / 8;
}

/* Begins the array of a ledger that is not in force yet and has room for it;
 * nothing, if no service speaks. */
void said_begin(struct ledger *l)
{
	if (said_entries(ledger_table(l)) > 0)
		*length_of(l) = sizeof(struct said);
}

/* Has a ledger of `size` bytes that was checked an entry of this version for
 * each service that speaks? */
bool said_is_ours(const struct ledger *l, uint64_t size)
{
	uint32_t entries = said_entries(ledger_table(l));

	return said_bytes(l, entries) <= size &&
	       (entries == 0 || *length_of(l) == sizeof(struct said));
}

/* The entry of the socket of that number, in a ledger for which said_is_ours()
 * and in which a service speaks. */
struct said *said_entry(const struct ledger *l, uint32_t k)
{
	return entry_at(l, k);
}
