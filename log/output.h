/* SPDX-License-Identifier: MIT */
/* Batches of lines, and where they go. */
#ifndef LOG_OUTPUT_H
#define LOG_OUTPUT_H

#include <stdbool.h>
#include <stdint.h>

#include "log/write.h"

bool output_line(uint32_t writer, const struct line *l);
int output_flush(uint32_t done);
int output_again(void);

#endif
