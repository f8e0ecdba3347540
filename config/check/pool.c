/* SPDX-License-Identifier: MIT */
/* Runs of bytes, each distinct one stored once. Knows not what they mean. */
#include <stdlib.h>
#include <string.h>

#include "config/check/check.h"

static size_t pool_hash(const void *bytes, size_t size)
{
	const unsigned char *byte = bytes;
	uint64_t h = 0xcbf29ce484222325ull;

	for (size_t k = 0; k < size; k++)
		h = (h ^ byte[k]) * 0x100000001b3ull;
	return (size_t)(h ^ h >> 29);
}

/* Where these bytes are, or the free slot where they would be. */
static size_t pool_slot(const struct pool *p, const void *bytes, size_t size)
{
	size_t k = pool_hash(bytes, size) & (p->slots - 1);

	while (p->slot[k].size != 0 &&
	       (p->slot[k].size != size ||
	        memcmp(p->bytes + p->slot[k].at, bytes, size) != 0))
		k = (k + 1) & (p->slots - 1);
	return k;
}

static void make_room(struct pool *p)
{
	struct pool old = *p;

	p->slots = old.slots == 0 ? 64 : 2 * old.slots;
	p->slot = memory_new(p->slots, sizeof(*p->slot));
	for (size_t k = 0; k < old.slots; k++)
		if (old.slot[k].size != 0)
			p->slot[pool_slot(p, p->bytes + old.slot[k].at,
			                  old.slot[k].size)] = old.slot[k];
	free(old.slot);
}

/* Always anew, and never shared: what is to be changed later. */
size_t pool_append(struct pool *p, const void *bytes, size_t size)
{
	size_t at = p->used;

	if (p->used + size > p->room) {
		p->room = 2 * (p->used + size);
		p->bytes = memory_grow(p->bytes, p->room, 1);
	}
	memcpy(p->bytes + at, bytes, size);
	p->used += size;
	return at;
}

size_t pool_add(struct pool *p, const void *bytes, size_t size)
{
	size_t k;

	if (size == 0)
		return 0;
	if (2 * p->taken >= p->slots)
		make_room(p);
	k = pool_slot(p, bytes, size);
	if (p->slot[k].size == 0) {
		p->slot[k].at = pool_append(p, bytes, size);
		p->slot[k].size = size;
		p->taken++;
	}
	return p->slot[k].at;
}
