/* SPDX-License-Identifier: MIT */
/* What is left when all services are down. */
#ifndef SUPERVISORD_LOOP_REST_H
#define SUPERVISORD_LOOP_REST_H

#include <stdbool.h>

bool rest_is_over(void);
bool rest_was_told(void);

#endif
