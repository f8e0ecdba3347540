/* SPDX-License-Identifier: MIT */
/* What a table of concheck needs to compile, and no more, so that load.c can
 * look at it. Knows nothing of the real one but its names. */
#ifndef SUPERVISORD_IMAGE_H
#define SUPERVISORD_IMAGE_H

#include <stdint.h>

typedef int image_call(void);

extern image_call *const image_calls[];
extern const uint32_t image_table[];

#define IMAGE_TABLE __attribute__((aligned(8)))

#endif
