/* SPDX-License-Identifier: MIT */
/* The pipes of loggers, and the sockets of READY_FD and READY_SD_NOTIFY. */
#ifndef SUPERVISORD_IO_PIPES_H
#define SUPERVISORD_IO_PIPES_H

#include <stdbool.h>
#include <stdint.h>

#include "model/table.h"

void pipes_open_all(void);
int pipes_open(uint32_t pipe, enum ready_kind kind);
void pipes_begin(uint32_t logger);          /* its input */
void pipes_end(uint32_t logger);
uint32_t pipes_next(uint32_t logger, uint32_t writer);
void pipes_say_lost(uint32_t service);
uint64_t pipes_raise_limit(uint32_t pipes); /* of open files */

#endif
