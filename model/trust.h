/* SPDX-License-Identifier: MIT */
/* What a supervisord finds in the ledger of a former one: as it was stored,
 * torn because the former one was killed in the middle of an update, or changed
 * by another process. Pure.
 *
 * Every update of a record, and of the words of the header that supervisord
 * goes by, is stored as a whole in the tail first, then its sum, then in its
 * place. It has happened as soon as that sum is there. So one that is torn can
 * be told, and finished; what is neither whole nor torn was changed.
 *
 * The tail is behind the answers, and is not counted in ledger.size: a version
 * that does not know it ignores it. A ledger without one is never written to:
 * its contents go into a new one (merge.h). A later version may have more behind
 * the tail; this one knows of said.h and ignores the rest.
 */
#ifndef MODEL_TRUST_H
#define MODEL_TRUST_H

#include <stdint.h>

#include "model/ledger.h"

/* The words of the header that only supervisord stores, and goes by: see the
 * list in trust.c. */
enum { HEAD_WORDS = 14 };

struct head {
	uint64_t word[HEAD_WORDS];
};

struct tail {
	struct record record;       /* the last update of a record … */
	uint32_t service, unused;   /* … of this one */
	uint64_t record_sum;        /* tail_sum(); 0: it is being stored */
	struct head head;           /* the last update of the header */
	uint64_t head_sum;          /* head_sum() of it; 0: as above */
	uint64_t stored_sum;        /* head_sum() of what the header has */
};

uint64_t ledger_bytes(const struct ledger *l);
struct tail *ledger_tail(const struct ledger *l);

uint32_t record_sum(const struct record *r);
uint64_t tail_sum(const struct tail *t);

struct head ledger_head(const struct ledger *l);
void ledger_head_store(struct ledger *l, const struct head *h);
uint64_t head_sum(const struct head *h);
void ledger_trust_all(struct ledger *l);

/* What is to be thought of a record, or of the header. */
enum trust {
	TRUST_WHOLE,                /* as it was stored */
	TRUST_LAUNCHED,             /* … and then the kernel stored a pid */
	TRUST_TORN,                 /* it is to become what the tail has */
	TRUST_CHANGED,              /* not to be believed */
};

enum trust record_trust(const struct ledger *l, uint32_t service);
enum trust head_trust(const struct ledger *l);

#endif
