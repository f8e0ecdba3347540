/* SPDX-License-Identifier: MIT */
/* The newline of READY_FD. */
#ifndef SUPERVISORD_IO_READY_H
#define SUPERVISORD_IO_READY_H

#include <stdint.h>

void ready_open(void);
void ready_tidy(void);                      /* after ready_open() */
int ready_fd(void);                         /* to poll; -1: none */
void ready_read(void);
void ready_drain(uint32_t service);         /* before it starts */

#endif
