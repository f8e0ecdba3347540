/* SPDX-License-Identifier: MIT */
/* Why a service is in its state. */
#ifndef CONCTL_SHOW_REASON_H
#define CONCTL_SHOW_REASON_H

#include <stdbool.h>
#include <stdint.h>

#include "model/graph.h"
#include "model/ledger.h"

struct out;

void reason_write(struct out *out, uint32_t service, const struct record *r);
bool reason_unmet(uint32_t service, enum edge_kind *kind, uint32_t *other);

#endif
