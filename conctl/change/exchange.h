/* SPDX-License-Identifier: MIT */
/* One request through the request pipe, and its answer in the ledger. */
#ifndef CONCTL_CHANGE_EXCHANGE_H
#define CONCTL_CHANGE_EXCHANGE_H

#include <linux/errno.h>
#include <stdbool.h>
#include <stdint.h>

#include "model/ledger.h"
#include "model/request.h"

struct order;

/* Failures on our side, besides others of errno(3). MOVED: another table is in
 * force, so the request means something else. */
enum {
	EXCHANGE_GONE = -ESRCH,     /* connate */
	EXCHANGE_LATE = -ETIMEDOUT,
	EXCHANGE_MOVED = -ESTALE,
};

struct exchange {
	int fd;
	bool opened;                /* connate's pipe could be */
	bool outlives_table;        /* the request means the same with any */
	uint64_t deadline_ms;
	uint32_t answers;           /* counters of the ledger when the … */
	uint32_t starts;            /* … request was sent last */
	uint64_t lost_ms;           /* when to send it again; or NEVER_MS */
	uint64_t check_ms;          /* when to check that connate is there */
	uint64_t look_ms;           /* when to look whether it was read */
	uint32_t looks;             /* that found it read, but not answered */
	bool resent;                /* that has been explained */
};

/* What is asked next: the caller sets verb, argument and ranges. */
extern struct request exchange_request;

struct exchange exchange_for(const struct order *o, bool outlives_table);
int exchange_open(struct exchange *x);
int exchange_run(struct exchange *x, struct answer *answer);
void exchange_close(struct exchange *x);

#endif
