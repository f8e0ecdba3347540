/* SPDX-License-Identifier: MIT */
/* The capabilities that are effective, of those that were given. */
#ifndef SUPERVISORD_BASE_PRIVILEGE_H
#define SUPERVISORD_BASE_PRIVILEGE_H

#include <stdint.h>

void privilege_begin(uint64_t kept); /* effective at rest */
void privilege_raise(void);          /* all, until … */
void privilege_lower(void);          /* … as often as it was raised */
int privilege_of_child(void);        /* all, for good: 0 or -errno */

#endif
