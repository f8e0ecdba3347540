/* SPDX-License-Identifier: MIT */
/* A ring of indexes. Pure. */
#ifndef MODEL_QUEUE_H
#define MODEL_QUEUE_H

#include <stdbool.h>
#include <stdint.h>

/* item has room for `max` indexes. Each index stands in it at most once, so
 * `max` is the number of things that there are, and it cannot overflow. */
struct queue {
	uint32_t *item;
	uint32_t first, count, max;
};

void queue_push(struct queue *q, uint32_t item);
bool queue_pop(struct queue *q, uint32_t *item);

#endif
