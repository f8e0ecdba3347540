/* SPDX-License-Identifier: MIT */
/* Another configuration takes over from the one of a ledger. Services are
 * matched by name. What runs, and is not in the new one, stands behind its
 * services as gone: to be stopped by the rules that it was started by. Pure:
 * reads the one ledger and the table of the image, writes the other ledger,
 * which is nobody's yet.
 *
 * Indexes of the image's own services, profiles, words and texts stay as they
 * are in the image. Numbers of pipes and board entries are those that a service
 * had; one that had none gets a number that nobody had. */
#ifndef MODEL_MERGE_H
#define MODEL_MERGE_H

#include <stdbool.h>
#include <stdint.h>

#include "model/ledger.h"
#include "model/table.h"

struct merge {
	const struct table *image;
	const struct ledger *old;   /* it has passed ledger_check() */
	uint32_t former;            /* which former image the old one becomes,
	                               + 1; 0: there is no room for it */
	uint32_t *scratch;          /* merge_scratch() words */

	/* Set by merge_measure(). */
	uint32_t *where;            /* of an old one here, or TABLE_NONE */
	uint32_t *from;             /* of one here there, or TABLE_NONE */
	uint32_t *used;
	uint32_t services;
	bool calls;                 /* a gone one needs a function of the old */
	uint32_t former_used;       /* bit k: former image k is needed */
	struct table head;          /* of the table that is made */

	/* While it is being made. */
	struct table *to;           /* NULL: it is only measured */
	uint32_t lists, texts;
};

/* How many words of scratch memory it takes. */
uint64_t merge_scratch(const struct merge *m);

/* What comes of it: m->services, m->head, m->calls. */
void merge_measure(struct merge *m);

/* The whole ledger, at `to`: ledger_layout(&m->head).size bytes of zeros. Its
 * magic number is stored last. */
void merge_fill(struct merge *m, struct ledger *to);

/* Has it been seen for the first time, so that its target is the one of its
 * configuration? */
bool merge_is_new(const struct merge *m, uint32_t service);

#endif
