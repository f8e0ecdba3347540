/* SPDX-License-Identifier: MIT */
/* Services that run although the ledger does not say so. */
#ifndef SUPERVISORD_RECOVERY_REDISCOVER_H
#define SUPERVISORD_RECOVERY_REDISCOVER_H

#include <stdbool.h>

bool rediscover(void);                      /* it had to look */

#endif
