/* SPDX-License-Identifier: MIT */
/* The process group of a service that stops, when the process that leads it has
 * ended. */
#ifndef SUPERVISORD_PROCESS_GROUPS_H
#define SUPERVISORD_PROCESS_GROUPS_H

#include <stdbool.h>
#include <stdint.h>

#include "model/ledger.h"

bool groups_await(uint32_t service, union ending ending);
bool groups_is_own(uint32_t service);
void groups_child_ended(int32_t pid);
int groups_signal(uint32_t service, int signal); /* 0 or -errno */
void groups_look(void);
void groups_hint(uint32_t service, int32_t group);
uint64_t groups_look_ms(void);

#endif
