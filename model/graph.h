/* SPDX-License-Identifier: MIT */
/* What an edge means for starting and stopping (the columns `met` and
 * `waits` of edge.def). Pure. */
#ifndef MODEL_GRAPH_H
#define MODEL_GRAPH_H

#include <stdbool.h>

#include "model/ledger.h"
#include "model/table.h"

/* Edges (table.h), from at[0] up to before *end. */
struct edges {
	const uint32_t *at, *end;
};

struct edges edges_from(const struct table *t, uint32_t service);
struct edges edges_to(const struct table *t, uint32_t service);

union phase phase_seen(union phase p, bool settled);
bool edge_met(enum edge_kind kind, union phase depended);
bool edge_moves(enum edge_kind kind);
bool edge_holds(enum edge_kind kind, union phase depending);

#endif
