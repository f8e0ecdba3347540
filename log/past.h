/* SPDX-License-Identifier: MIT */
/* The file of --history: its end, and a line more. */
#ifndef LOG_PAST_H
#define LOG_PAST_H

#include <stdint.h>

enum { PAST_LINE = 4096 };          /* a line has no more bytes */

int past_last(char line[PAST_LINE]);
int past_add(const char *line, uint32_t length);

#endif
