/* SPDX-License-Identifier: MIT */
/* Taking up what another supervisord left, or beginning. */
#ifndef SUPERVISORD_RECOVERY_RESUME_H
#define SUPERVISORD_RECOVERY_RESUME_H

#include <stdint.h>

int resume(void);                           /* 0; else end, with this code */
void resume_check(void);                    /* when it is due */
uint64_t resume_check_ms(void);             /* that is; NEVER_MS */

#endif
