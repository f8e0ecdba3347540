/* SPDX-License-Identifier: MIT */
/* The pidfds of orphans, unread in their socket. */
#ifndef SUPERVISORD_RECOVERY_PIDFDS_H
#define SUPERVISORD_RECOVERY_PIDFDS_H

#include <stdint.h>

#include "model/ledger.h"

enum pidfds_end {
	PIDFDS_UNKNOWN,  /* it cannot be told how the process ended */
	PIDFDS_KNOWN,
	PIDFDS_UNREAPED, /* not yet: another event comes when it is reaped */
};

uint32_t pidfds_sent(void);
enum pidfds_end pidfds_how(uint32_t message, uint64_t key, int32_t pid,
                           union ending *how);

/* What the epoll of orphans stores with a pidfd. A version without the number
 * of the message has 0 in its place, and reads the pid alone. */
static inline uint64_t pidfds_data(uint32_t message, int32_t pid)
{
	return (uint64_t)message << 32 | (uint32_t)pid;
}

#endif
