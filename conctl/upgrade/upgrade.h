/* SPDX-License-Identifier: MIT */
/* The commands for an upgrade in place: each takes the order and returns an
 * exit code, after it has explained any but EXIT_DONE and that of a
 * difference. */
#ifndef CONCTL_UPGRADE_UPGRADE_H
#define CONCTL_UPGRADE_UPGRADE_H

struct order;

int exec_run(const struct order *o);
int diff_run(const struct order *o);

#endif
