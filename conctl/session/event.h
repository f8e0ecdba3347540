/* SPDX-License-Identifier: MIT */
/* The ledger's ring of events, read while it is written. Event k is the k-th of
 * the session, modulo 2^32. */
#ifndef CONCTL_SESSION_EVENT_H
#define CONCTL_SESSION_EVENT_H

#include <stdbool.h>
#include <stdint.h>

#include "model/ledger.h"

uint32_t events_now(void);
uint32_t events_first(void);
bool event_at(uint32_t k, struct event *e);
bool event_next(uint32_t *at, uint32_t end, struct event *e, uint32_t *missed);

#endif
