/* SPDX-License-Identifier: MIT */
/* Changes of state, decided by the model and carried out. */
#ifndef SUPERVISORD_LOOP_SETTLE_H
#define SUPERVISORD_LOOP_SETTLE_H

void settle(void);

#endif
