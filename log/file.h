/* SPDX-License-Identifier: MIT */
/* The file of a batch: opened, turned, written. */
#ifndef LOG_FILE_H
#define LOG_FILE_H

#include <stdbool.h>
#include <stdint.h>

struct stat;

bool file_is_old(const struct stat *status);
bool file_is_wanted(void);
uint64_t file_room(uint32_t writer);
int file_write(void);

#endif
