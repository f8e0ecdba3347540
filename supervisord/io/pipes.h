/* SPDX-License-Identifier: MIT */
/* The pipes of loggers, and the sockets of READY_FD. */
#ifndef SUPERVISORD_IO_PIPES_H
#define SUPERVISORD_IO_PIPES_H

#include <stdint.h>

void pipes_open_all(void);
uint64_t pipes_raise_limit(uint32_t pipes); /* of open files */

#endif
