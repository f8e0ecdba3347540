/* SPDX-License-Identifier: MIT */
/* What was read, as lines. */
#ifndef LOG_SPLIT_H
#define LOG_SPLIT_H

#include <stdbool.h>
#include <stdint.h>

int split_go_on(void);
long split_read(uint32_t writer, int fd);
int split_end(uint32_t writer, bool cut);
int split_say_dropped(uint32_t writer, bool at_once);

#endif
