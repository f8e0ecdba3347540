/* SPDX-License-Identifier: MIT */
/* The ledgers of other sessions. */
#ifndef SUPERVISORD_PROCESS_SESSIONS_H
#define SUPERVISORD_PROCESS_SESSIONS_H

#include <stdbool.h>
#include <stdint.h>

bool sessions_have(int32_t pid);            /* another session has it */
uint32_t sessions_service(int folder, int32_t pid); /* by its own ledger */
bool sessions_has_lock(int folder, const char *file); /* it is our lock file */
int32_t sessions_with_lock(int32_t *supervisord); /* another session has it */

#endif
