/* SPDX-License-Identifier: MIT */
/* Why a transition happened. */
#ifndef CONCTL_SHOW_WHY_H
#define CONCTL_SHOW_WHY_H

#include <stdint.h>

struct event;
struct out;

void why_write(struct out *out, uint32_t k, const struct event *e);

#endif
