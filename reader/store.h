/* SPDX-License-Identifier: MIT */
/* Memory of the reader: what stays until the end of a reading, and blocks that
 * are given back earlier. say_fail() leaves a reading from anywhere;
 * store_forget() then frees all of it. */
#ifndef READER_STORE_H
#define READER_STORE_H

#include <stddef.h>
#include <stdint.h>

enum {
	STORE_MAX = 512 << 20, /* bytes in use at a time: then it ends */
};

void *store_take(size_t size);

void *block_new(size_t size);
void *block_raw(size_t size);
void *block_grow(void *block, size_t size);
void block_free(void *block);

const char *text_keep(const char *text, size_t length);

void store_forget(void);

#endif
