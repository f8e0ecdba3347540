/* SPDX-License-Identifier: MIT */
/* The sockets of .listen. */
#ifndef SUPERVISORD_IO_SOCKETS_H
#define SUPERVISORD_IO_SOCKETS_H

#include <stdint.h>

int sockets_open(uint32_t service);
void sockets_open_all(void);
void socket_drop_file(int fd);

#endif
