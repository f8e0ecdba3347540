/* SPDX-License-Identifier: MIT */
/* .restart = OVERLAP: a service has two places in the table, each with a record,
 * so that each rule about processes holds for both of its generations
 * (doc/why/0043). Pure.
 *
 *     first    the service, for all that depends on it: the generation that
 *              serves
 *     second   without edges, stands behind it, and its target is down: empty;
 *              or the next generation, which starts while its target is up; or
 *              the former one, which stops
 *
 * When the next generation is up, the processes of the two change places. */
#ifndef MODEL_OVERLAP_H
#define MODEL_OVERLAP_H

#include "model/change.h"
#include "model/world.h"

bool overlap_may(const struct world *w, uint32_t service);
bool overlap_judge(const struct world *w, uint32_t service,
                   struct change *change);

#endif
