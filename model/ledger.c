/* SPDX-License-Identifier: MIT */
/* The layout of the ledger and the reading of it. Knows no kernel. */
#include "model/ledger.h"

#include <stddef.h>

/* The largest that passes has an end that its 32 bits can say. */
_Static_assert((uint64_t)LEDGER_HEADER + TABLE_BYTES_MAX +
                               (uint64_t)SERVICES_MAX * STRUCTURE_MAX +
                               (LEDGER_EVENTS + LEDGER_ANSWERS) *
                                       STRUCTURE_MAX +
                               3 * LEDGER_ALIGN <=
                       UINT32_MAX,
               "struct ledger.size");

static uint64_t align_up(uint64_t offset)
{
	return (offset + LEDGER_ALIGN - 1) & ~(uint64_t)(LEDGER_ALIGN - 1);
}

/* For a table, and lengths in l, that are within their bounds: so no sum
 * exceeds 32 bits. */
static struct ledger layout_of(const struct table *table, struct ledger l)
{
	uint64_t record_at = align_up((uint64_t)LEDGER_HEADER + table->size);
	uint64_t event_at = align_up(record_at + (uint64_t)table->services *
	                                                 l.record_bytes);
	uint64_t answer_at =
		align_up(event_at + (uint64_t)LEDGER_EVENTS * l.event_bytes);

	l.table_at = LEDGER_HEADER;
	l.record_at = (uint32_t)record_at;
	l.event_at = (uint32_t)event_at;
	l.answer_at = (uint32_t)answer_at;
	l.size = (uint32_t)(answer_at +
	                    (uint64_t)LEDGER_ANSWERS * l.answer_bytes);
	return l;
}

/* The header of a new ledger for a table that table_check() has passed: magic,
 * version, the offsets and lengths of its parts, and its size. All else is
 * 0. */
struct ledger ledger_layout(const struct table *table)
{
	return layout_of(table, (struct ledger){
					.magic = LEDGER_MAGIC,
					.version = LEDGER_VERSION,
					.services = table->services,
					.record_bytes = sizeof(struct record),
					.event_bytes = sizeof(struct event),
					.answer_bytes = sizeof(struct answer),
				});
}

static void *bytes_at(const void *bytes, uint64_t offset)
{
	return (unsigned char *)(uintptr_t)bytes + offset;
}

/* The table in a ledger. */
const struct table *ledger_table(const struct ledger *l)
{
	return bytes_at(l, l->table_at);
}

/* The records, l->services of them. Only where ledger_is_ours(); otherwise use
 * ledger_read(). */
struct record *ledger_records(const struct ledger *l)
{
	return bytes_at(l, l->record_at);
}

/* The words of a kind of event, for people and for what is written down. */
const char *const event_label[EVENTS] = {
	[EVENT_STATE] = "state",
	[EVENT_RELOAD] = "reload",
	[EVENT_SWAP] = "swap",
	[EVENT_HEALTH] = "health",
};

/* Entry k of the ring of events; k is taken modulo its length. */
struct event *ledger_event(const struct ledger *l, uint32_t k)
{
	return bytes_at(l, l->event_at +
	                           (k & (LEDGER_EVENTS - 1)) * l->event_bytes);
}

/* Entry k of the ring of answers; k is taken modulo its length. */
struct answer *ledger_answer(const struct ledger *l, uint32_t k)
{
	return bytes_at(l, l->answer_at + (k & (LEDGER_ANSWERS - 1)) *
	                                          l->answer_bytes);
}

/* Are all structures of a ledger that was checked just as long as those of this
 * version? Only then may it be written, and its records be indexed without
 * ledger_read(). */
bool ledger_is_ours(const struct ledger *l)
{
	const struct table *t = ledger_table(l);

	return l->record_bytes == sizeof(struct record) &&
	       l->event_bytes == sizeof(struct event) &&
	       l->answer_bytes == sizeof(struct answer) &&
	       t->service_bytes == sizeof(struct table_service) &&
	       t->profile_bytes == sizeof(struct table_profile);
}

static bool length_is_valid(uint32_t bytes, uint32_t least)
{
	return bytes >= least && bytes <= STRUCTURE_MAX && bytes % 8 == 0;
}

static bool lengths_are_valid(const struct ledger *l)
{
	return length_is_valid(l->record_bytes, RECORD_LEAST) &&
	       length_is_valid(l->event_bytes, EVENT_LEAST) &&
	       length_is_valid(l->answer_bytes, ANSWER_LEAST);
}

static bool layout_is_equal(const struct ledger *l, const struct ledger *want)
{
	return l->table_at == want->table_at &&
	       l->record_at == want->record_at &&
	       l->event_at == want->event_at &&
	       l->answer_at == want->answer_at && l->size == want->size &&
	       l->services == ledger_table(l)->services;
}

/* The same of a copy of the first `size` bytes of a ledger, header and table,
 * whose memory of `whole` bytes may belong to a process that we do not trust.
 * Then the copy says where everything is; nothing else in that memory is
 * believed. */
const char *ledger_check_copy(const void *bytes, uint64_t size, uint64_t whole)
{
	const struct ledger *l = bytes;
	struct ledger want;
	const char *reason;

	if (size < LEDGER_HEADER || l->magic != LEDGER_MAGIC)
		return "it is no ledger, or not one yet";
	if (l->version != LEDGER_VERSION)
		return "its layout is of another version";
	if (l->size > whole || l->size < LEDGER_HEADER ||
	    l->table_at != LEDGER_HEADER)
		return "it is cut off";
	if (size > l->size)
		size = l->size;
	reason = table_check(ledger_table(l), size - LEDGER_HEADER);
	if (reason != NULL)
		return reason;
	if (!lengths_are_valid(l))
		return "its parts are of a length that no version has";
	want = layout_of(ledger_table(l), *l);
	return layout_is_equal(l, &want) ? NULL
	                                 : "its parts do not fit its table";
}

/* Why these `size` bytes are no ledger that this version can read, as words for
 * a person; or NULL. Checks the header, the offsets and the table, so that the
 * functions of this file are safe, for as long as header and table stay as they
 * are. O(size of the table). */
const char *ledger_check(const void *bytes, uint64_t size)
{
	return ledger_check_copy(bytes, size, size);
}

/* How many bytes such a copy has to have, by the header: at most LEDGER_HEADER
 * + TABLE_BYTES_MAX + LEDGER_ALIGN. 0: the header is none that this version can
 * read. */
uint64_t ledger_copy_bytes(const struct ledger *header, uint64_t whole)
{
	uint64_t most = (uint64_t)LEDGER_HEADER + TABLE_BYTES_MAX +
	                LEDGER_ALIGN;

	return header->record_at >= LEDGER_HEADER + TABLE_LEAST &&
	                       header->record_at <= most &&
	                       header->record_at <= whole
	               ? header->record_at
	               : 0;
}

/* A copy of record i that was not being written meanwhile. After LEDGER_TRIES
 * torn reads, as its writer was stopped in the middle, the copy is returned as
 * it is: each field in it was stored, but maybe not all at once. Fields that a
 * shorter record of another version lacks are 0. */
struct record ledger_read(const struct ledger *l, uint32_t i)
{
	return ledger_read_from(l, l, i);
}

/* The same of the memory at `bytes`, which has its parts where l says. Its
 * records may hold anything. */
struct record ledger_read_from(const struct ledger *l, const void *bytes,
                               uint32_t i)
{
	const struct record *r =
		bytes_at(bytes, l->record_at + (uint64_t)i * l->record_bytes);
	struct record copy = { 0 };
	uint32_t size = l->record_bytes < sizeof(copy) ? l->record_bytes
	                                               : sizeof(copy);

	for (int try = 0; try < LEDGER_TRIES; try++) {
		uint32_t before = __atomic_load_n(&r->sequence,
		                                  __ATOMIC_ACQUIRE);

		__builtin_memcpy(&copy, r, size);
		__atomic_thread_fence(__ATOMIC_ACQUIRE);
		if ((before & 1) == 0 &&
		    __atomic_load_n(&r->sequence, __ATOMIC_RELAXED) == before)
			break;
	}
	return copy;
}

/* Is it in that list of the table (table_service.success)? Of all places that
 * ask, one looks. */
__attribute__((noinline)) bool
ending_is_in(const struct table *t, struct table_list list, union ending e)
{
	uint32_t end = (uint32_t)e.status +
	               (e.code == ENDING_EXITED ? 0 : SIGNAL_ENDS);

	for (; list.count > 0 && e.code != 0; list.count--)
		if (*table_list(t, list.at++) == end)
			return true;
	return false;
}
