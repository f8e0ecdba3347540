/* SPDX-License-Identifier: MIT */
/* How many lines a service may write, and what was dropped of them. */
#ifndef LOG_RATE_H
#define LOG_RATE_H

#include <stdbool.h>
#include <stdint.h>

bool rate_takes(uint32_t writer, uint64_t now_s);
bool rate_is_due(uint32_t writer, uint64_t now_s);
void rate_drop(uint32_t writer, uint32_t lines);
const char *rate_say(uint32_t writer);
void rate_said(uint32_t writer);

#endif
