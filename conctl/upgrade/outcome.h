/* SPDX-License-Identifier: MIT */
/* What has become of each service in an upgrade. */
#ifndef CONCTL_UPGRADE_OUTCOME_H
#define CONCTL_UPGRADE_OUTCOME_H

struct order;
struct table;

void outcomes_print(const struct order *o, const struct table *former);

#endif
