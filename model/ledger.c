/* SPDX-License-Identifier: MIT */
/* The layout of the ledger and the reading of it. Knows no kernel. */
#include "model/ledger.h"

#include <stddef.h>

static uint32_t aligned(uint32_t offset)
{
	return (offset + LEDGER_ALIGN - 1) & ~(uint32_t)(LEDGER_ALIGN - 1);
}

struct ledger ledger_layout(const struct table *table)
{
	struct ledger l = {
		.magic = LEDGER_MAGIC,
		.version = LEDGER_VERSION,
		.services = table->services,
		.table_at = LEDGER_HEADER,
	};

	l.record_at = aligned(l.table_at + table->size);
	l.event_at = l.record_at +
	             table->services * (uint32_t)sizeof(struct record);
	l.answer_at = l.event_at + LEDGER_EVENTS * sizeof(struct event);
	l.size = l.answer_at + LEDGER_ANSWERS * sizeof(struct answer);
	return l;
}

const struct table *ledger_table(const struct ledger *l)
{
	return (const void *)((const unsigned char *)l + l->table_at);
}

struct record *ledger_records(const struct ledger *l)
{
	return (void *)((unsigned char *)(uintptr_t)l + l->record_at);
}

struct event *ledger_events(const struct ledger *l)
{
	return (void *)((unsigned char *)(uintptr_t)l + l->event_at);
}

struct answer *ledger_answers(const struct ledger *l)
{
	return (void *)((unsigned char *)(uintptr_t)l + l->answer_at);
}

static bool layout_equal(const struct ledger *l, const struct ledger *want)
{
	return l->table_at == want->table_at &&
	       l->record_at == want->record_at &&
	       l->event_at == want->event_at &&
	       l->answer_at == want->answer_at && l->size == want->size &&
	       l->services == want->services;
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
	want = ledger_layout(ledger_table(l));
	return layout_equal(l, &want) ? NULL : "its parts do not fit its table";
}

struct record ledger_read(const struct ledger *l, uint32_t i)
{
	const struct record *r = ledger_records(l) + i;
	struct record copy = { 0 };

	for (int try = 0; try < LEDGER_TRIES; try++) {
		uint32_t before = __atomic_load_n(&r->sequence,
		                                  __ATOMIC_ACQUIRE);

		copy = *(const volatile struct record *)r;
		__atomic_thread_fence(__ATOMIC_ACQUIRE);
		if ((before & 1) == 0 &&
		    __atomic_load_n(&r->sequence, __ATOMIC_RELAXED) == before)
			break;
	}
	return copy;
}
