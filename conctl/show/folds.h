/* SPDX-License-Identifier: MIT */
/* Crash loops in a history. */
#ifndef CONCTL_SHOW_FOLDS_H
#define CONCTL_SHOW_FOLDS_H

#include <stdbool.h>
#include <stdint.h>

#include "conctl/show/account.h"

/* SHOW: as it is; INSIDE: a line of a crash loop that was shown as one;
 * FOLDED: its first end. */
enum fold { FOLD_SHOW, FOLD_INSIDE, FOLD_FOLDED };

/* A crash loop. */
struct loop {
	uint32_t count;             /* of its ends */
	char last[LINE_TIME + 1];   /* the time of the last one */
};

void folds_begin(bool second);
enum fold folds_take(const struct account *a, const struct loop **loop);

#endif
