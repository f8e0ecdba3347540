/* SPDX-License-Identifier: MIT */
/* A supervisord as a file, and the same with another table. */
#ifndef READER_IMAGE_H
#define READER_IMAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "model/table.h"
#include "reader/unit.h"

enum { IMAGE_MAX = 64 << 20 }; /* bytes of the file that is taken */

struct image {
	unsigned char *bytes;
	size_t size;
	size_t table_at;         /* where its table is, in the file … */
	size_t place_at;         /* … and the word that says so, in memory */
	const struct table *table;
	struct calls calls;      /* the functions that it has */
};

const char *image_read(const char *path, struct image *image);
bool image_is_for_here(const struct image *image);
const char *image_with(const struct image *image, const struct table *t,
                       unsigned char **bytes, size_t *size);
const char *image_write(int fd, const unsigned char *bytes, size_t size);

#endif
