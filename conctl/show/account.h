/* SPDX-License-Identifier: MIT */
/* A line of the history that connate-log writes, taken apart. */
#ifndef CONCTL_SHOW_ACCOUNT_H
#define CONCTL_SHOW_ACCOUNT_H

#include <stdbool.h>
#include <stdint.h>

#include "conctl/show/line.h"
#include "model/state.h"

/* Up to KIND_HEALTH: of a service. Others are of connate. */
enum account_kind {
	KIND_STATE, KIND_RELOAD, KIND_SWAP, KIND_HEALTH, KIND_BOOT,
	KIND_SESSION, KIND_SUPERVISORD, KIND_SUCCESSION, KIND_UPGRADE,
	KIND_ROLLBACK, KIND_LOST,
	KINDS,
};

static inline bool kind_is_of_service(enum account_kind kind)
{
	return kind <= KIND_HEALTH;
}

extern const char *const account_kinds[KINDS];

enum { ACCOUNT_NAME = 64, ACCOUNT_WORDS = 256 };

/* Texts are as they were before they were escaped, cut to their room; "": it is
 * not in the line. Numbers: below 0: the same. */
struct account {
	uint64_t key;               /* as in line.h */
	char time[LINE_TIME + 1];
	enum account_kind kind;
	char service[ACCOUNT_NAME], why[ACCOUNT_WORDS];
	char target[16], signal[16];
	enum state from, to;        /* STATES: none */
	int64_t exit, pid, attempt, count;
	const char *facts;          /* [..] in the line, or NULL */
	uint32_t facts_length;
};

bool account_read(const struct text_line *l, struct account *a);

#endif
