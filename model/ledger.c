/* SPDX-License-Identifier: MIT */
/* The layout of the ledger and the reading of it. Knows no kernel. */
#include "model/ledger.h"

#include <stddef.h>

static uint32_t aligned(uint32_t offset)
{
	return (offset + LEDGER_ALIGN - 1) & ~(uint32_t)(LEDGER_ALIGN - 1);
}

static struct ledger layout(const struct table *table, struct ledger l)
{
	l.table_at = LEDGER_HEADER;
	l.record_at = aligned(l.table_at + table->size);
	l.event_at = aligned(l.record_at + table->services * l.record_bytes);
	l.answer_at = aligned(l.event_at + LEDGER_EVENTS * l.event_bytes);
	l.size = l.answer_at + LEDGER_ANSWERS * l.answer_bytes;
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

static void *part(const struct ledger *l, uint32_t offset)
{
	return (unsigned char *)(uintptr_t)l + offset;
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

static bool lengths_fit(const struct ledger *l)
{
	return l->record_bytes >= RECORD_LEAST && l->record_bytes % 8 == 0 &&
	       l->event_bytes >= EVENT_LEAST && l->event_bytes % 8 == 0 &&
	       l->answer_bytes >= ANSWER_LEAST && l->answer_bytes % 8 == 0;
}

static bool layout_equal(const struct ledger *l, const struct ledger *want)
{
	return l->table_at == want->table_at &&
	       l->record_at == want->record_at &&
	       l->event_at == want->event_at &&
	       l->answer_at == want->answer_at && l->size == want->size &&
	       l->services == ledger_table(l)->services;
}

const char *ledger_check(const void *bytes, uint64_t size)
{
	const struct ledger *l = bytes;
	struct ledger want;
	const char *reason;

	if (size < LEDGER_HEADER || l->magic != LEDGER_MAGIC)
		return "it is no ledger, or not one yet";
	if (l->version != LEDGER_VERSION)
		return "its layout is of another version";
	if (l->size > size || l->size < LEDGER_HEADER ||
	    l->table_at != LEDGER_HEADER)
		return "it is cut off";
	reason = table_check(ledger_table(l), l->size - l->table_at);
	if (reason != NULL)
		return reason;
	want = layout(ledger_table(l), *l);
	return lengths_fit(l) && layout_equal(l, &want) ? NULL : "its parts do not fit its table";
}

struct record ledger_read(const struct ledger *l, uint32_t i)
{
	const struct record *r = part(l, l->record_at + i * l->record_bytes);
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
