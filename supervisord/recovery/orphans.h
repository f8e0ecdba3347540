/* SPDX-License-Identifier: MIT */
/* Services whose parent does not tell supervisord of their end. */
#ifndef SUPERVISORD_RECOVERY_ORPHANS_H
#define SUPERVISORD_RECOVERY_ORPHANS_H

#include <stdbool.h>
#include <stdint.h>

void orphan_open(void);                     /* what a predecessor had */
void orphan_know(void);                     /* which they are, at once */
bool orphan_is_watched(uint32_t service);   /* its end is noticed */
int orphan_fd(void);                        /* to poll; -1: none */
void orphan_read(void);
void orphan_look(void);                     /* at those without a pidfd */
uint64_t orphan_look_ms(void);              /* when to; NEVER_MS */
void orphan_adopted(uint32_t service);      /* it has another process */

#endif
