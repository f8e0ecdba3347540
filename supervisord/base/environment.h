/* SPDX-License-Identifier: MIT */
/* The environment that supervisord was given. */
#ifndef SUPERVISORD_BASE_ENVIRONMENT_H
#define SUPERVISORD_BASE_ENVIRONMENT_H

/* Where connate reports to its own manager; no service gets it. */
#define ENVIRONMENT_OWN "NOTIFY_SOCKET"

const char *environment_entry(const char *name); /* NAME=value, or NULL */
char **environment_take(char **envp);            /* what services inherit */

#endif
