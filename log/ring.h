/* SPDX-License-Identifier: MIT */
/* The last lines of each service in memory that conctl reads (model/ring.h). */
#ifndef LOG_RING_H
#define LOG_RING_H

#include <stdbool.h>
#include <stdint.h>

bool ring_is_wanted(void);
void ring_open(int fd, const char *manager);
void ring_add(uint32_t writer, const char *bytes, uint32_t length);

#endif
