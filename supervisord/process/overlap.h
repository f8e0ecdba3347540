/* SPDX-License-Identifier: MIT */
/* A restart with overlap: the two generations of a service change places. */
#ifndef SUPERVISORD_PROCESS_OVERLAP_H
#define SUPERVISORD_PROCESS_OVERLAP_H

#include <stdint.h>

void overlap_swap(uint32_t second);

#endif
