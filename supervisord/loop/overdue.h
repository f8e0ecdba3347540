/* SPDX-License-Identifier: MIT */
/* Services that take long to start or to stop are named. */
#ifndef SUPERVISORD_LOOP_OVERDUE_H
#define SUPERVISORD_LOOP_OVERDUE_H

#include <stdint.h>

#include "model/state.h"

void overdue_note(enum state state);        /* a service has entered it */
void overdue_look(void);
uint64_t overdue_look_ms(void);             /* when to look; NEVER_MS */

#endif
