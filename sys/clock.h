/* SPDX-License-Identifier: MIT */
/* The time, for deadlines. Knows nobody who waits for one. */
#ifndef SYS_CLOCK_H
#define SYS_CLOCK_H

#include <stdint.h>

struct __kernel_timespec;

/* CLOCK_MONOTONIC in milliseconds: it does not jump, and stands still while
 * the machine is suspended (clock_gettime(2)). */
uint64_t clock_now_ms(void);

/* From now until then, and 0 if that is over. */
struct __kernel_timespec clock_left(uint64_t now_ms, uint64_t until_ms);

#endif
