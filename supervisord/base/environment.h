/* SPDX-License-Identifier: MIT */
/* The environment that supervisord was given. */
#ifndef SUPERVISORD_BASE_ENVIRONMENT_H
#define SUPERVISORD_BASE_ENVIRONMENT_H

#include <stdbool.h>

/* Where connate reports to its own manager; no service gets it. */
#define ENVIRONMENT_OWN "NOTIFY_SOCKET"
/* How long that may hear nothing of connate, in microseconds; no service gets
 * it. */
#define ENVIRONMENT_WATCHDOG "WATCHDOG_USEC"

bool environment_is_own(const char *entry);       /* of these two */
const char *environment_entry(const char *name); /* NAME=value, or NULL */
char **environment_take(char **envp);            /* what services inherit */

#endif
