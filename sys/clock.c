/* SPDX-License-Identifier: MIT */
/* The time, for deadlines. */
#include "sys/clock.h"

#include "sys/call.h"

/* CLOCK_MONOTONIC in milliseconds: it does not jump, and stands still while the
 * machine is suspended (clock_gettime(2)). Cannot fail. */
uint64_t clock_now_ms(void)
{
	struct __kernel_timespec t = { 0, 0 };

	(void)sys_clock_gettime(CLOCK_MONOTONIC, &t); /* it cannot fail */
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* The time from now_ms to until_ms, for a call that waits; 0 if that is
 * over. */
struct __kernel_timespec clock_left(uint64_t now_ms, uint64_t until_ms)
{
	uint64_t left = until_ms > now_ms ? until_ms - now_ms : 0;

	return (struct __kernel_timespec){
		.tv_sec = (long long)(left / 1000),
		.tv_nsec = (long long)(left % 1000 * 1000000),
	};
}
