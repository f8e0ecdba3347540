/* SPDX-License-Identifier: MIT */
/* All that connate-log has read and not yet written, in one mapping, which may
 * be a file that outlives it. */
#ifndef LOG_MEMORY_H
#define LOG_MEMORY_H

#include <stdbool.h>
#include <stdint.h>

enum {
	MEMORY_VERSION = 1,
	NAME_BYTES = 64,            /* a name of a service has 63 at most */
	LINE_BYTES = 8192,          /* a longer line is cut */
	WRITERS_MAX = 4096,
	READ_BYTES = 64 << 10,      /* what a pipe holds, if not enlarged */
	LINE_SHOWN = 6 * LINE_BYTES + 256, /* \u00xx for each byte */
	WRITE_BYTES = 4 * LINE_SHOWN,
};

/* One service that writes to us. */
struct writer {
	char name[NAME_BYTES];      /* "": this entry is free */
	uint32_t held;              /* bytes of a line that has not ended */
	uint32_t dropped;           /* lines, since that was said */
	uint32_t in_period;         /* lines that the rate has taken */
	uint32_t cut;               /* 1: the line's beginning is written */
	uint64_t period_at;         /* seconds since 1970 */
};

/* Two stores are ordered where a kill between them matters (memory.c, write.c).
 * `have` is not 0 as long as `in` counts; `length`, as long as `out` does. */
struct memory {
	uint64_t magic;
	uint32_t version, size;     /* MEMORY_VERSION; of all this */
	uint32_t reading;           /* writer + 1, while a read is under way */
	uint32_t writer;            /* whose bytes are in `in` */
	uint32_t have;              /* bytes in `in` */
	uint32_t done;              /* 2 × bytes of them that are written,
	                               and 1 if they end inside of a line */
	uint32_t done_next;         /* what `done` is when `out` is written */
	uint32_t length, written;   /* bytes in `out`; of these, in its file */
	uint32_t batch;             /* the number of `out` (ring.c) */
	uint64_t inode, before;     /* of the file; its size without `out` */
	struct writer writers[WRITERS_MAX];
	char in[READ_BYTES + LINE_BYTES];
	char out[WRITE_BYTES];
	char held[WRITERS_MAX][LINE_BYTES];
};

_Static_assert(sizeof(struct writer) == 88, "in a file");

extern struct memory *memory;

int memory_open(void);              /* 0 or -errno */
uint32_t memory_writer(const char *name, uint32_t length);

/* The store before is seen in the file no later than this one: a kill loses no
 * store, so only the compiler has to keep the order. */
static inline void memory_store(uint32_t *word, uint32_t value)
{
	__atomic_store_n(word, value, __ATOMIC_RELEASE);
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
}

#endif
