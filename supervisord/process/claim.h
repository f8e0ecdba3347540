/* SPDX-License-Identifier: MIT */
/* Which service a process is, by what it says of itself. */
#ifndef SUPERVISORD_PROCESS_CLAIM_H
#define SUPERVISORD_PROCESS_CLAIM_H

#include <stdbool.h>
#include <stdint.h>

#include "sys/kernel.h"

/* Of an environment, this much is kept. */
enum { CLAIM_BYTES = 2 * PATH_MAX };

/* folder: of the process, by proc_open(). */
uint32_t claim_service(int folder, int32_t pid, bool trusted);
bool claim_is(uint32_t service, int32_t pid);
bool claim_has_board(int folder);           /* it is of this session */
long claim_environment(int folder, char bytes[CLAIM_BYTES]);

void claims_hurry(void);
void claims_count(bool named);              /* those refused, from now on */
uint32_t claims_refused(void);
void claims_say_rest(void);                 /* that were not named */

#endif
