/* SPDX-License-Identifier: MIT */
/* Whose processes count: those of the user of a service. */
#ifndef SUPERVISORD_PROCESS_OWNER_H
#define SUPERVISORD_PROCESS_OWNER_H

#include <stdbool.h>
#include <stdint.h>

/* folder: of a process, by proc_open(). */
uint32_t owner_of(uint32_t service);        /* a user id */
bool owner_is(uint32_t service, int folder);
bool owner_is_ours(int folder);             /* supervisord's user */
bool owner_is_known(int folder);            /* the user of any service */

#endif
