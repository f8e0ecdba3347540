/* SPDX-License-Identifier: MIT */
/* The model's tables as something that can be wrong: one wrong entry at a
 * time. Link mutable.c instead of the model's own state.c, rules.c, graph.c
 * and target.c: it is those, with tables in memory that can be written. */
#ifndef T_MUTABLE_H
#define T_MUTABLE_H

#include <stdint.h>

/* How many rows hold: never two, if the table is right. */
unsigned mutable_holding(unsigned state, uint32_t facts);

/* Is the fault in the effect (a row is gone, or goes elsewhere; a column is
 * different), or in when (a guard bit is gone)? */
enum fault { FAULT_WHAT, FAULT_WHEN };

/* Puts in each fault in turn, visits, takes it out again. */
typedef void mutable_visit(enum fault fault, const char *says);
void mutable_each(mutable_visit *visit);

#endif
