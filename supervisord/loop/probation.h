/* SPDX-License-Identifier: MIT */
/* The probation of an image that has taken over (model/ledger.h, enum
 * stage). */
#ifndef SUPERVISORD_LOOP_PROBATION_H
#define SUPERVISORD_LOOP_PROBATION_H

#include <stdbool.h>
#include <stdint.h>

struct change;

void probation_note(const struct change *change);
bool probation_is_over(void);               /* connate is to be told */
uint64_t probation_due_ms(void);            /* when to look; NEVER_MS */
void probation_end(void);                   /* connate was told */

#endif
