/* SPDX-License-Identifier: MIT */
/* The time, for deadlines. Knows no deadline. */
#ifndef SYS_CLOCK_H
#define SYS_CLOCK_H

#include <stdint.h>

struct __kernel_timespec;

uint64_t clock_now_ms(void);
struct __kernel_timespec clock_left(uint64_t now_ms, uint64_t until_ms);

#endif
