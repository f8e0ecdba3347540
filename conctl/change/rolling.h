/* SPDX-License-Identifier: MIT */
/* Services that are changed one after another. */
#ifndef CONCTL_CHANGE_ROLLING_H
#define CONCTL_CHANGE_ROLLING_H

#include <stdbool.h>
#include <stdint.h>

struct order;

struct rolling {
	char **names;
	uint32_t count, at;         /* those before `at` had their turn */
};

int rolling_begin(struct rolling *r);
bool rolling_next(struct rolling *r, const struct order *o, struct order *part);
void rolling_say_left(const struct rolling *r);

#endif
