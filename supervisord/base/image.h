/* SPDX-License-Identifier: MIT */
/* What is linked in from the configuration: its table and its functions.
 * Defined by the table.c that concheck writes. */
#ifndef SUPERVISORD_BASE_IMAGE_H
#define SUPERVISORD_BASE_IMAGE_H

#include <stdint.h>

/* A function of the configuration: 0, or -errno. */
typedef int image_call(void);

enum { CHILD_SLOTS = 32 };          /* how many may be on their way to exec */

extern image_call *const image_calls[];
extern const uint32_t image_table[];    /* struct table */

/* Where the table is: connate-build gives an image another one by this word,
 * which is the only one with the address of a table (reader/image.c). */
extern const uint32_t *const image_place;

/* Together, so that its pages can be given back once they are copied. */
#define IMAGE_TABLE __attribute__((section(".rodata.table"), aligned(64)))

#endif
