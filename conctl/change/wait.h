/* SPDX-License-Identifier: MIT */
/* Waiting until services are where they should be. */
#ifndef CONCTL_CHANGE_WAIT_H
#define CONCTL_CHANGE_WAIT_H

#include <stdbool.h>
#include <stdint.h>

struct order;

enum aim { AIM_UP, AIM_DOWN, AIM_RESTART, AIM_ONCE, AIM_SETTLED };

struct goal {
	enum aim aim;
	bool asked;                 /* we have set the targets, … */
	uint64_t since_ms;          /* … at this moment of CLOCK_MONOTONIC */
};

int wait_for(const struct order *o, const struct goal *g);

#endif
