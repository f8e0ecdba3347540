/* SPDX-License-Identifier: MIT */
/* The one global variable of supervisord, and its clock. */
#include "supervisord/base/supervisor.h"

#include "sys/clock.h"

/* What a configuration calls reads it by its name (config/call), also where
 * supervisord is compiled as a whole. */
__attribute__((used)) struct supervisor supervisor;

/* Sets supervisor.now_ms, which stands still during a pass: CLOCK_MONOTONIC in
 * milliseconds (clock_gettime(2)). Cannot fail. */
void supervisor_read_clock(void)
{
	supervisor.now_ms = clock_now_ms();
}
