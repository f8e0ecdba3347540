/* SPDX-License-Identifier: MIT */
/* What programs say: the newline of READY_FD, messages of READY_SD_NOTIFY. */
#ifndef SUPERVISORD_PROCESS_READY_H
#define SUPERVISORD_PROCESS_READY_H

#include <stdbool.h>
#include <stdint.h>

void ready_open(void);
void ready_tidy(void);                      /* after ready_open() */
int ready_fd(void);                         /* to poll; -1: none */
bool ready_gathers(uint64_t *until);
void ready_read(void);
void ready_take(uint32_t service);
void ready_await(uint32_t service);         /* connections: .on_demand */
void ready_await_all(void);

#endif
