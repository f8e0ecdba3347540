/* SPDX-License-Identifier: MIT */
/* Services that an earlier session has left. */
#ifndef SUPERVISORD_RECOVERY_EARLIER_H
#define SUPERVISORD_RECOVERY_EARLIER_H

void earlier_find(void);

#endif
