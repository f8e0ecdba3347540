/* SPDX-License-Identifier: MIT */
/* What is linked in from the configuration: its table, its functions, and
 * working memory of just the size that it needs. Defined by the table.c that
 * concheck writes. */
#ifndef SUPERVISORD_IMAGE_H
#define SUPERVISORD_IMAGE_H

#include <stdint.h>

#include "model/world.h"

/* A function of the configuration: 0, or -errno. */
typedef int image_call(void);

enum { CHILD_SLOTS = 32 };          /* how many may be on their way to exec */

struct image_memory {
	uint32_t services;
	uint32_t vector_max;
	uint32_t pids_mask;
	struct work *works;
	uint32_t *dirty, *hard, *soft, *waiting, *touched, *due, *pids;
	const char **vectors;       /* 2 × CHILD_SLOTS of vector_max each */
};

extern image_call *const image_calls[];
extern const uint32_t image_table[];    /* struct table */
extern const struct image_memory image_memory;

/* Together, so that its pages can be given back once they are copied. */
#define IMAGE_TABLE __attribute__((section(".rodata.table"), aligned(64)))

/* The power of two from x up, for x below 2^25. */
#define IMAGE_OR1(x) ((x) | (x) >> 1)
#define IMAGE_OR2(x) (IMAGE_OR1(x) | IMAGE_OR1(x) >> 2)
#define IMAGE_OR4(x) (IMAGE_OR2(x) | IMAGE_OR2(x) >> 4)
#define IMAGE_OR8(x) (IMAGE_OR4(x) | IMAGE_OR4(x) >> 8)
#define IMAGE_OR16(x) (IMAGE_OR8(x) | IMAGE_OR8(x) >> 16)

/* n: services. v: vector_max. */
#define IMAGE_MEMORY(n, v)                                                  \
	enum { IMAGE_N = (n) > 0 ? (n) : 1,                                 \
	       IMAGE_PIDS = 4 * (IMAGE_OR16(IMAGE_N) + 1) };                \
	static struct work image_works[IMAGE_N];                            \
	static uint32_t image_words[6][IMAGE_N], image_pids[IMAGE_PIDS];    \
	static const char *image_vectors[2 * CHILD_SLOTS * (v)];            \
	const struct image_memory image_memory = {                          \
		.services = (n),                                            \
		.vector_max = (v),                                          \
		.pids_mask = IMAGE_PIDS - 1,                                \
		.works = image_works,                                       \
		.dirty = image_words[0],                                    \
		.hard = image_words[1],                                     \
		.soft = image_words[2],                                     \
		.waiting = image_words[3],                                  \
		.touched = image_words[4],                                  \
		.due = image_words[5],                                      \
		.pids = image_pids,                                         \
		.vectors = image_vectors,                                   \
	};

#endif
