/* SPDX-License-Identifier: MIT */
/* What has been decided about one service, and the caller is to carry out. */
#ifndef MODEL_CHANGE_H
#define MODEL_CHANGE_H

#include <stdbool.h>
#include <stdint.h>

#include "model/ledger.h"
#include "model/state.h"

/* from == to where only its target changes, or where its process is (still) to
 * be started. */
struct change {
	uint32_t service;
	enum state from, to;
	union phase phase;  /* to be stored: one store commits it */
	enum effect effect;
	uint32_t facts;     /* why: a set of enum fact */
	bool swaps;         /* instead of all that: it takes the place of its
	                       other one (overlap.h) */
};

#endif
