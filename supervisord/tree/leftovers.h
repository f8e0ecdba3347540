/* SPDX-License-Identifier: MIT */
/* What is left of a service whose guard was killed. */
#ifndef SUPERVISORD_TREE_LEFTOVERS_H
#define SUPERVISORD_TREE_LEFTOVERS_H

#include <stdint.h>

void leftovers_end(uint32_t service, int32_t pid, uint32_t user);

#endif
