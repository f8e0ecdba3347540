/* SPDX-License-Identifier: MIT */
/* The commands of .stop, .reload and .started, and what checks a service. */
#ifndef SUPERVISORD_PROCESS_HELPER_H
#define SUPERVISORD_PROCESS_HELPER_H

#include <stdbool.h>
#include <stdint.h>

#include "model/ledger.h"
#include "model/request.h"

void helper_ask(uint32_t service);          /* .stop, if it is due */
void helper_follow(uint32_t service);       /* .started */
int helper_reload(uint32_t service);        /* 0 or -errno */
void helper_check(uint32_t service);        /* .check, again and again */
bool helper_checks(uint32_t service);       /* is it that? */
void helper_checked(const struct request *r);
void helper_ended(uint32_t service, int32_t pid, union ending ending);
void helper_kill(uint32_t service);

#endif
