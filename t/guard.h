/* SPDX-License-Identifier: MIT */
/* Bytes that end where the memory ends: a process that reads behind them dies, with
 * or without a sanitizer. And numbers that are the same on every machine. */
#ifndef T_GUARD_H
#define T_GUARD_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct guarded {
	unsigned char *memory;
	size_t room;
};

static inline struct guarded guard_make(size_t room)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	struct guarded g = { NULL, (room + page - 1) / page * page };
	void *memory = mmap(NULL, g.room + page, PROT_READ | PROT_WRITE,
	                    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		abort();
	g.memory = memory;
	if (mprotect(g.memory + g.room, page, PROT_NONE) != 0)
		abort();
	return g;
}

/* Room for `size` bytes, aligned to 8, that end at the wall (or at most 7
 * bytes before it); filled from `bytes`. */
static inline void *guard_put(struct guarded g, const void *bytes, size_t size)
{
	unsigned char *at = g.memory + g.room - ((size + 7) & ~(size_t)7);

	memcpy(at, bytes, size);
	return at;
}

/* xorshift64*; seed is not 0. */
static inline uint32_t guard_random(uint64_t *seed)
{
	*seed ^= *seed >> 12;
	*seed ^= *seed << 25;
	*seed ^= *seed >> 27;
	return (uint32_t)(*seed * 0x2545f4914f6cdd1dull >> 32);
}

#endif
