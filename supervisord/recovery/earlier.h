/* SPDX-License-Identifier: MIT */
/* Services that an earlier session has left. */
#ifndef SUPERVISORD_RECOVERY_EARLIER_H
#define SUPERVISORD_RECOVERY_EARLIER_H

void earlier_give_way(void);               /* to a session that runs */
void earlier_find(void);

#endif
