/* SPDX-License-Identifier: MIT */
/* Why a transition happened. */
#ifndef LOG_REASON_H
#define LOG_REASON_H

#include <stdint.h>

enum { REASON_BYTES = 256 };

struct event;

void reason_write(char to[REASON_BYTES], uint32_t k, const struct event *e);

#endif
