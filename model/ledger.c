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

static uint64_t aligned(uint64_t offset)
{
	return (offset + LEDGER_ALIGN - 1) & ~(uint64_t)(LEDGER_ALIGN - 1);
}

/* Of a table, and lengths, that are within their bounds: so no sum is cut. */
static struct ledger layout(const struct table *table, struct ledger l)
{
	uint64_t record_at = aligned((uint64_t)LEDGER_HEADER + table->size);
	uint64_t event_at = aligned(
		record_at + (uint64_t)table->services * l.record_bytes);
	uint64_t answer_at =
		aligned(event_at + (uint64_t)LEDGER_EVENTS * l.event_bytes);

	l.table_at = LEDGER_HEADER;
	l.record_at = (uint32_t)record_at;
	l.event_at = (uint32_t)event_at;
	l.answer_at = (uint32_t)answer_at;
	l.size = (uint32_t)(answer_at +
	                    (uint64_t)LEDGER_ANSWERS * l.answer_bytes);
	return l;
}

struct ledger ledger_layout(const struct table *table)
{
	return layout(table, (struct ledger){
				     .magic = LEDGER_MAGIC,
				     .version = LEDGER_VERSION,
				     .services = table->services,
				     .record_bytes = sizeof(struct record),
				     .event_bytes = sizeof(struct event),
				     .answer_bytes = sizeof(struct answer),
			     });
}

static void *part(const void *bytes, uint64_t offset)
{
	return (unsigned char *)(uintptr_t)bytes + offset;
}

const struct table *ledger_table(const struct ledger *l)
{
	return part(l, l->table_at);
}

struct record *ledger_records(const struct ledger *l)
{
	return part(l, l->record_at);
}

struct event *ledger_event(const struct ledger *l, uint32_t k)
{
	return part(l, l->event_at + (k & (LEDGER_EVENTS - 1)) * l->event_bytes);
}

struct answer *ledger_answer(const struct ledger *l, uint32_t k)
{
	return part(l,
	            l->answer_at + (k & (LEDGER_ANSWERS - 1)) * l->answer_bytes);
}

bool ledger_is_ours(const struct ledger *l)
{
	const struct table *t = ledger_table(l);

	return l->record_bytes == sizeof(struct record) &&
	       l->event_bytes == sizeof(struct event) &&
	       l->answer_bytes == sizeof(struct answer) &&
	       t->service_bytes == sizeof(struct table_service) &&
	       t->profile_bytes == sizeof(struct table_profile);
}

static bool length_fits(uint32_t bytes, uint32_t least)
{
	return bytes >= least && bytes <= STRUCTURE_MAX && bytes % 8 == 0;
}

static bool lengths_fit(const struct ledger *l)
{
	return length_fits(l->record_bytes, RECORD_LEAST) &&
	       length_fits(l->event_bytes, EVENT_LEAST) &&
	       length_fits(l->answer_bytes, ANSWER_LEAST);
}

static bool layout_equal(const struct ledger *l, const struct ledger *want)
{
	return l->table_at == want->table_at &&
	       l->record_at == want->record_at &&
	       l->event_at == want->event_at &&
	       l->answer_at == want->answer_at && l->size == want->size &&
	       l->services == ledger_table(l)->services;
}

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
	if (!lengths_fit(l))
		return "its parts are of a length that no version has";
	want = layout(ledger_table(l), *l);
	return layout_equal(l, &want) ? NULL : "its parts do not fit its table";
}

const char *ledger_check(const void *bytes, uint64_t size)
{
	return ledger_check_copy(bytes, size, size);
}

uint64_t ledger_copy_bytes(const struct ledger *header, uint64_t whole)
{
	uint64_t most = (uint64_t)LEDGER_HEADER + TABLE_BYTES_MAX +
	                LEDGER_ALIGN;

	return header->record_at >= LEDGER_HEADER + sizeof(struct table) &&
	                       header->record_at <= most &&
	                       header->record_at <= whole
	               ? header->record_at
	               : 0;
}

struct record ledger_read(const struct ledger *l, uint32_t i)
{
	return ledger_read_from(l, l, i);
}

struct record ledger_read_from(const struct ledger *l, const void *bytes,
                               uint32_t i)
{
	const struct record *r =
		part(bytes, l->record_at + (uint64_t)i * l->record_bytes);
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
