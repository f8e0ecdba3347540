/* SPDX-License-Identifier: MIT */
/* The ledger of our connate, mapped read-only, and its events. */
#ifndef LOG_SOURCE_H
#define LOG_SOURCE_H

#include <stdbool.h>
#include <stdint.h>

#include "model/ledger.h"

/* The ledger that is mapped; NULL: none is. */
extern const struct ledger *source;
extern uint64_t source_mapped;      /* its inode; 0: none was mapped yet */

int source_open(uint32_t connate);
void source_close(void);
uint64_t source_inode(uint32_t connate);
uint32_t source_events(void);
bool source_event(uint32_t k, struct event *e);
void source_wait(uint32_t seen, bool again);

#endif
