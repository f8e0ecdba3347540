/* SPDX-License-Identifier: MIT */
/* A ring of indexes. Knows nothing of what they mean. */
#include "model/queue.h"

/* Adds an index at the end. The caller makes sure that it is not in the ring
 * already. O(1). */
void queue_push(struct queue *q, uint32_t item)
{
	uint32_t at = q->first + q->count++;

	q->item[at < q->max ? at : at - q->max] = item;
}

/* Takes the index that was added first, into *item. False: the ring is empty,
 * and *item is as before. O(1). */
bool queue_pop(struct queue *q, uint32_t *item)
{
	if (q->count == 0)
		return false;
	*item = q->item[q->first];
	q->first = q->first + 1 < q->max ? q->first + 1 : 0;
	q->count--;
	return true;
}
