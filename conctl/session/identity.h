/* SPDX-License-Identifier: MIT */
/* Whether a process is connate itself. A process is its folder in /proc. */
#ifndef CONCTL_SESSION_IDENTITY_H
#define CONCTL_SESSION_IDENTITY_H

#include <stdbool.h>

struct ledger;
struct stat;

bool process_is_connate(int pid, int folder, const struct ledger *header,
                        const struct stat *ledger);
int connate_above(int folder, const struct stat *ledger);
bool pids_are_ours(int folder);

#endif
