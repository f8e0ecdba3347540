/* SPDX-License-Identifier: MIT */
/* How services came up. Moments are of CLOCK_MONOTONIC in milliseconds; 0: that
 * has not happened. */
#ifndef CONCTL_SHOW_STARTS_H
#define CONCTL_SHOW_STARTS_H

#include <stdbool.h>
#include <stdint.h>

#include "model/ledger.h"

enum { START_KEYS = 2 };

struct start {
	uint64_t wanted_ms;
	uint64_t begun_ms;          /* nothing blocked it any more */
	uint64_t settled_ms;        /* it was up, or had failed, or was not
	                               wanted any more */
	uint64_t entered_ms;        /* its last event */
	uint32_t setup_ms, start_ms; /* spans, of all attempts up to now */
	uint32_t attempts;
	enum state state;           /* that it has reached */
	bool known;                 /* its beginning is among the events */
	uint64_t key[START_KEYS];   /* to sort by, the first one before the
	                               second */
	uint32_t next, row;         /* of a path; of a chart */
	bool critical, on_path;
};

/* Of each service its first start that is known, or its last start. */
enum occasion { FIRST_START, LAST_START };

bool starts_read(enum occasion which);
struct start *start_of(uint32_t service);
uint64_t start_took_ms(const struct start *s);
uint32_t start_blocked_by(uint32_t service);
uint32_t starts_path(uint32_t last);
uint32_t start_last(void);
uint32_t starts_sort(void);
uint32_t start_sorted(uint32_t k);
uint64_t starts_boot(void);
uint64_t session_ms_at(uint64_t at_ms);

#endif
