/* SPDX-License-Identifier: MIT */
/* Sums over what supervisord stores, and what they tell. Knows no kernel. */
#include "model/trust.h"

#include <stddef.h>

#include "model/phase.h"

enum {
	WORD_LIFE = 1,              /* before it: sequence, failure */
	WORD_MAIN = 7,              /* with the helper */
	WORD_SUM = 11,              /* with lost */
	RECORD_WORDS = sizeof(struct record) / 8,
};

_Static_assert(offsetof(struct record, life) == 8 * WORD_LIFE, "see above");
_Static_assert(offsetof(struct record, main) == 8 * WORD_MAIN, "see above");
_Static_assert(offsetof(struct record, lost) == 8 * WORD_SUM, "see above");

/* Any number but 0, so that the sum of a block of zeros is not 0. */
static const uint64_t sum_begin = 0x9ae16a3b2f90404full;

/* A multiplication carries upwards only, so the upper half is added to the
 * lower: each bit of a word reaches all bits of the sum within two words. */
static uint64_t sum_add_word(uint64_t sum, uint64_t word)
{
	sum = (sum ^ word) * 0x9fb21c651e98df25ull;
	return sum ^ sum >> 32;
}

static uint64_t sum_of(const uint64_t *words, size_t count, uint64_t last)
{
	uint64_t sum = sum_begin;

	for (size_t k = 0; k < count; k++)
		sum = sum_add_word(sum, words[k]);
	sum = sum_add_word(sum_add_word(sum, last), 0);
	return sum != 0 ? sum : 1;
}

/* The sum of a record: of all that only supervisord stores in it, so not of
 * sequence, failure and main, nor of the sum itself. Not 0 for a record of
 * zeros. */
uint32_t record_sum(const struct record *r)
{
	uint64_t words[RECORD_WORDS];

	__builtin_memcpy(words, r, sizeof(words));
	words[WORD_MAIN] = (uint32_t)r->helper;
	words[WORD_SUM] = r->lost;
	return (uint32_t)sum_of(words + WORD_LIFE, RECORD_WORDS - WORD_LIFE,
	                        WORD_SUM);
}

/* The sum of the record in the tail, and of its service. Never 0. */
uint64_t tail_sum(const struct tail *t)
{
	uint64_t words[RECORD_WORDS];

	__builtin_memcpy(words, &t->record, sizeof(words));
	return sum_of(words, RECORD_WORDS, t->service);
}

/* A row each: a field of the header of at most 64 bits. */
#define HEAD(X)          \
	X(escalation.word)     \
	X(planned.word)  \
	X(signals)       \
	X(exec_id)       \
	X(reexec_id)     \
	X(session_ms)    \
	X(image)         \
	X(halt)          \
	X(seeded)        \
	X(locked)        \
	X(untidy)        \
	X(exec_images)   \
	X(orphans)       \
	X(hung_up)

#define X(field) +1
_Static_assert(0 HEAD(X) == HEAD_WORDS, "a row each");
#undef X

/* The words of the header that only supervisord stores, and goes by. */
struct head ledger_head(const struct ledger *l)
{
	struct head h;
	size_t k = 0;

#define X(field) h.word[k++] = l->field;
	HEAD(X)
#undef X
	return h;
}

/* Stores these words in the header. When, and what is stored before and after,
 * is argued in supervisord/base/publish.c. */
void ledger_head_store(struct ledger *l, const struct head *h)
{
	size_t k = 0;

#define X(field) l->field = (__typeof__(l->field))h->word[k++];
	HEAD(X)
#undef X
}

/* The sum of these words. Never 0. */
uint64_t head_sum(const struct head *h)
{
	return sum_of(h->word, HEAD_WORDS, HEAD_WORDS);
}

static uint64_t tail_offset(const struct ledger *l)
{
	return ((uint64_t)l->size + LEDGER_ALIGN - 1) &
	       ~(uint64_t)(LEDGER_ALIGN - 1);
}

/* Bytes of the memfd of a ledger with a tail; l need have no more than its
 * size. */
uint64_t ledger_bytes(const struct ledger *l)
{
	return tail_offset(l) + sizeof(struct tail);
}

/* The tail of a ledger, behind its answers, aligned to LEDGER_ALIGN. */
struct tail *ledger_tail(const struct ledger *l)
{
	return (void *)((unsigned char *)(uintptr_t)l + tail_offset(l));
}

/* Sums up a ledger that is not in force yet: every record and the header are
 * taken as they are. */
void ledger_trust_all(struct ledger *l)
{
	struct record *r = ledger_records(l);
	struct tail *t = ledger_tail(l);

	for (uint32_t i = 0; i < l->services; i++)
		r[i].sum = record_sum(&r[i]);
	t->head = ledger_head(l);
	t->head_sum = t->stored_sum = head_sum(&t->head);
}

/* The kernel stores the pid at clone, of the process that is to be launched or
 * of a helper; only after that supervisord makes the sum. */
static bool record_is_launched(const struct record *r)
{
	struct record before = *r;

	before.life.pid = 0;
	if (record_sum(&before) == r->sum &&
	    phase_pending(before.phase, before.life))
		return true;
	before.life = r->life;
	before.helper = 0;
	return record_sum(&before) == r->sum;
}

/* Whether a record is as it was stored. The ledger has passed ledger_check(),
 * and has a tail. */
enum trust record_trust(const struct ledger *l, uint32_t service)
{
	const struct record *r = ledger_records(l) + service;
	const struct tail *t = ledger_tail(l);

	if (r->sum == record_sum(r))
		return TRUST_WHOLE;
	if (record_is_launched(r))
		return TRUST_LAUNCHED;
	return t->service == service && t->record_sum == tail_sum(t)
	               ? TRUST_TORN
	               : TRUST_CHANGED;
}

/* The same of the header; never LAUNCHED, as the kernel stores nothing
 * there. */
enum trust head_trust(const struct ledger *l)
{
	const struct tail *t = ledger_tail(l);
	struct head h = ledger_head(l);

	if (t->head_sum == head_sum(&t->head))
		return head_sum(&h) == t->head_sum ? TRUST_WHOLE : TRUST_TORN;
	return t->stored_sum == head_sum(&h) ? TRUST_WHOLE : TRUST_CHANGED;
}
