/* SPDX-License-Identifier: MIT */
/* Memory for as long as one import takes. */
#ifndef IMPORT_MEMORY_H
#define IMPORT_MEMORY_H

#include <stddef.h>

void *memory_new(size_t size);
void *memory_grow(const void *old, size_t old_size, size_t new_size);
void memory_end(void);

#endif
