/* SPDX-License-Identifier: MIT */
/* Memory of the reader. Knows nothing of what is stored. */
#include "reader/store.h"

#include <stdlib.h>
#include <string.h>

#include "reader/say.h"

enum {
	CHUNK = 256 << 10,
	TEXTS = 1 << 14, /* lists of kept texts: a power of 2 */
	CLASSES = 6,     /* blocks of up to 64, 128, … 2048 bytes are kept
	                    when they are given back */
	CLASS_LEAST = 64,
};

/* A block, in a ring with all others; its bytes follow. */
struct block {
	struct block *next, *last;
	size_t size;
	size_t unused; /* bytes are aligned to 16 */
};

struct text {
	struct text *next;
	size_t length;
	char bytes[];
};

static struct block blocks = { &blocks, &blocks, 0, 0 };
static unsigned char *chunk;
static size_t chunk_left, in_use;
static struct text *texts[TEXTS];
static struct block *spare[CLASSES];

static void count_in(size_t size)
{
	if (size > STORE_MAX || in_use > STORE_MAX - size)
		say_fail("the configuration takes more than %d MB of memory",
		         STORE_MAX >> 20);
	in_use += size;
}

static void link_in(struct block *b)
{
	b->next = &blocks;
	b->last = blocks.last;
	b->last->next = b;
	blocks.last = b;
}

/* The class of blocks of that size, or CLASSES. */
static int class_of(size_t size)
{
	int class = 0;

	while (class < CLASSES && size > (size_t)CLASS_LEAST << class)
		class++;
	return class;
}

/* All blocks of a class are equally long. */
static size_t whole_size(size_t size)
{
	int class = class_of(size);

	return class < CLASSES ? (size_t)CLASS_LEAST << class : size;
}

/* Not zeroed, aligned to 16 bytes. Does not return without memory, as all
 * here. */
void *block_raw(size_t size)
{
	int class = class_of(size);
	struct block *b = class < CLASSES ? spare[class] : NULL;

	size = whole_size(size);
	count_in(size);
	if (b != NULL)
		spare[class] = b->next;
	else
		b = malloc(sizeof(*b) + size);
	if (b == NULL)
		say_fail("out of memory");
	b->size = size;
	link_in(b);
	return b + 1;
}

void *block_new(size_t size)
{
	return memset(block_raw(size), 0, size);
}

/* A block that is larger, or a new one for NULL; what is new is not zeroed. */
void *block_grow(void *block, size_t size)
{
	struct block *old;
	void *made;

	if (block == NULL)
		return block_new(size);
	old = (struct block *)block - 1;
	if (size <= old->size)
		return block;
	made = block_raw(size);
	memcpy(made, block, old->size);
	block_free(block);
	return made;
}

void block_free(void *block)
{
	struct block *b;

	if (block == NULL)
		return;
	b = (struct block *)block - 1;
	b->next->last = b->last;
	b->last->next = b->next;
	in_use -= b->size;
	if (class_of(b->size) == CLASSES) {
		free(b);
		return;
	}
	b->next = spare[class_of(b->size)];
	spare[class_of(b->size)] = b;
}

/* Zeroed, aligned to 16 bytes; stays until store_forget(). */
void *store_take(size_t size)
{
	void *taken;

	size = (size + 15) & ~(size_t)15;
	if (size > CHUNK / 4)
		return block_new(size);
	if (size > chunk_left) {
		chunk = block_new(CHUNK);
		chunk_left = CHUNK;
	}
	taken = chunk;
	chunk += size;
	chunk_left -= size;
	return taken;
}

/* The text with a NUL behind it: each distinct one is kept once. */
const char *text_keep(const char *text, size_t length)
{
	uint64_t h = 0xcbf29ce484222325ull;
	struct text **list, *t;

	for (size_t k = 0; k < length; k++)
		h = (h ^ (unsigned char)text[k]) * 0x100000001b3ull;
	list = &texts[(h ^ h >> 29) & (TEXTS - 1)];
	for (t = *list; t != NULL; t = t->next)
		if (t->length == length && memcmp(t->bytes, text, length) == 0)
			return t->bytes;
	t = store_take(sizeof(*t) + length + 1);
	t->next = *list;
	t->length = length;
	memcpy(t->bytes, text, length);
	*list = t;
	return t->bytes;
}

/* Gives back all that was taken since the last call. */
void store_forget(void)
{
	while (blocks.next != &blocks)
		block_free(blocks.next + 1);
	for (int k = 0; k < CLASSES; k++)
		while (spare[k] != NULL) {
			struct block *next = spare[k]->next;

			free(spare[k]);
			spare[k] = next;
		}
	chunk = NULL;
	chunk_left = 0;
	memset(texts, 0, sizeof(texts));
}
