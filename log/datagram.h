/* SPDX-License-Identifier: MIT */
/* Datagrams to the sockets of others. */
#ifndef LOG_DATAGRAM_H
#define LOG_DATAGRAM_H

#include <stddef.h>

int datagram_send(const char *path, const char *text, size_t length);
int datagram_send_fd(const char *path, const char *text, size_t length, int fd);

#endif
