/* SPDX-License-Identifier: MIT */
/* Memory for as long as one import takes: it is taken from large blocks, and
 * given back all at once. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "import/memory.h"

enum { BLOCK_SIZE = 1 << 16, UNIT = 16 };

struct block {
	struct block *next;
	size_t used, size;
	_Alignas(UNIT) unsigned char bytes[];
};

static struct block *blocks;

static struct block *block_new(size_t size)
{
	struct block *b = NULL;

	if (size < BLOCK_SIZE)
		size = BLOCK_SIZE;
	if (size < SIZE_MAX / 2)
		b = calloc(1, sizeof(struct block) + size);
	if (b == NULL) {
		fputs("connate-import: out of memory\n", stderr);
		exit(2);
	}
	b->size = size;
	b->next = blocks;
	blocks = b;
	return b;
}

/* Returns `size` bytes of 0, aligned for all types. Ends the program with 2 if
 * there are none. */
void *memory_new(size_t size)
{
	size_t whole = (size + UNIT - 1) / UNIT * UNIT;
	struct block *b = blocks;
	void *found;

	if (b == NULL || b->size - b->used < whole)
		b = block_new(whole);
	found = b->bytes + b->used;
	b->used += whole;
	return found;
}

/* Returns a copy of `old_size` bytes at `old` in a room of `new_size`. */
void *memory_grow(const void *old, size_t old_size, size_t new_size)
{
	void *found = memory_new(new_size);

	if (old_size > 0)
		memcpy(found, old, old_size);
	return found;
}

/* Gives all of it back; nothing that memory_new() has returned may be used
 * afterwards. */
void memory_end(void)
{
	while (blocks != NULL) {
		struct block *b = blocks;

		blocks = b->next;
		free(b);
	}
}
