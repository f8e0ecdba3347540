/* SPDX-License-Identifier: MIT */
/* What is left when all services are down. */
#ifndef SUPERVISORD_LOOP_REST_H
#define SUPERVISORD_LOOP_REST_H

#include <stdbool.h>

#include "supervisord/tree/proc.h"

bool rest_is_over(void);

/* Can it be found, so that it was told to end when rest_is_over()? */
static inline bool rest_knows(void)
{
	return proc_usable();
}

#endif
