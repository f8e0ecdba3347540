/* SPDX-License-Identifier: MIT */
/* Signals by name. */
#ifndef CONCTL_CHANGE_SIGNAL_H
#define CONCTL_CHANGE_SIGNAL_H

#include <stdint.h>

const char *signal_name(uint32_t k);

#endif
