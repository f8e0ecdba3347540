/* SPDX-License-Identifier: MIT */
/* The commands of .stop, .reload and .started. */
#ifndef SUPERVISORD_PROCESS_HELPER_H
#define SUPERVISORD_PROCESS_HELPER_H

#include <stdint.h>

#include "model/ledger.h"

void helper_ask(uint32_t service);          /* .stop, if it is due */
void helper_follow(uint32_t service);       /* .started */
int helper_reload(uint32_t service);        /* 0 or -errno */
void helper_ended(uint32_t service, int32_t pid, union ending ending);
void helper_kill(uint32_t service);

#endif
