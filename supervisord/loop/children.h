/* SPDX-License-Identifier: MIT */
/* Processes that end. */
#ifndef SUPERVISORD_LOOP_CHILDREN_H
#define SUPERVISORD_LOOP_CHILDREN_H

#include <stdbool.h>
#include <stdint.h>

#include "model/ledger.h"

void children_hint(int32_t pid);            /* SIGCHLD was about it */
void children_reap(void);                   /* all, when that is due */
uint64_t children_reap_ms(void);            /* when it is; NEVER_MS */
void child_ended(int32_t pid, bool own, union ending ending);

#endif
