/* SPDX-License-Identifier: MIT */
/* Another configuration takes over from the one of a ledger. Services are
 * matched by name. A service that runs, and is not in the new one, stands
 * behind the others as gone: it is to be stopped by the rules that it was
 * started by. Pure: reads the old ledger and the table of the image, writes the
 * new ledger, which no other process has yet.
 *
 * Indexes of the image's own services, profiles, words and texts stay as they
 * are in the image. A service keeps the numbers of its pipes and of its board
 * entry; one that had none gets a number that no service had. */
#ifndef MODEL_MERGE_H
#define MODEL_MERGE_H

#include <stdbool.h>
#include <stdint.h>

#include "model/ledger.h"
#include "model/table.h"

struct merge {
	const struct table *image;
	const struct ledger *old;   /* it has passed ledger_check() */
	uint64_t old_size;          /* bytes of it, with its tail; 0: what was
	                               said is not carried over */
	uint32_t former;            /* which former image the old one becomes,
	                               + 1; 0: there is no room for it */
	uint32_t *scratch;          /* merge_scratch() words */

	/* Set by merge_measure(). */
	uint32_t *where;            /* by old index: the new one; TABLE_NONE */
	uint32_t *from;             /* by new index: the old one; TABLE_NONE */
	uint32_t *used;             /* by number: 1 where it is taken */
	uint32_t services;
	bool calls;                 /* one that is gone needs a function of the
	                               old image */
	uint32_t former_used;       /* bit k: former image k is needed */
	struct table head;          /* of the table that is made; .pipes is at
	                               least as many as that has */

	/* While it is being made. */
	struct table *to;           /* NULL: it is only measured */
	uint32_t lists, texts;
};

uint64_t merge_scratch(const struct merge *m);
void merge_measure(struct merge *m);
uint32_t merge_said(const struct merge *m);
void merge_fill(struct merge *m, struct ledger *to);
bool merge_is_new(const struct merge *m, uint32_t service);

#endif
