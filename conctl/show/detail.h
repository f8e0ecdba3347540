/* SPDX-License-Identifier: MIT */
/* All that is known of one service. */
#ifndef CONCTL_SHOW_DETAIL_H
#define CONCTL_SHOW_DETAIL_H

#include <stdint.h>

struct order;

void detail_print(const struct order *o, uint32_t service);

#endif
