/* SPDX-License-Identifier: MIT */
/* memcpy(3), memmove(3), memset(3), memcmp(3). */
#ifndef SYS_MEMORY_H
#define SYS_MEMORY_H

#include <stddef.h>

void *memcpy(void *restrict to, const void *restrict from, size_t size);
void *memmove(void *to, const void *from, size_t size);
void *memset(void *to, int byte, size_t size);
int memcmp(const void *a, const void *b, size_t size);

#endif
