/* SPDX-License-Identifier: MIT */
/* The services that are started at certain times, and when they are due. */
#ifndef CONCTL_SESSION_TIMER_H
#define CONCTL_SESSION_TIMER_H

#include <stdbool.h>
#include <stdint.h>

#include "model/ledger.h"

/* The clocks at one moment, in milliseconds. */
struct clocks {
	int64_t monotonic;
	int64_t boot;               /* goes on while the machine is suspended */
	int64_t real;               /* since 1970; may be set */
};

#define TIMER_NEVER INT64_MAX

struct clocks clocks_now(void);

bool timer_is(uint32_t service);
struct table_every timer_every(uint32_t service);
uint32_t timer_calendars(uint32_t service);
const char *timer_text(uint32_t service, uint32_t k);

bool timer_can_start(uint32_t service, const struct record *r);
int64_t timer_base(uint32_t service, const struct record *r,
                   const struct clocks *now);
int64_t timer_due(uint32_t service, int64_t base_ms, bool has_run,
                  const struct clocks *now);
int64_t timer_due_real(uint32_t service, const struct record *r,
                       const struct clocks *now);

#endif
