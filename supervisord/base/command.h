/* SPDX-License-Identifier: MIT */
/* The command on the command line of connate. */
#ifndef SUPERVISORD_BASE_COMMAND_H
#define SUPERVISORD_BASE_COMMAND_H

#include <stdbool.h>
#include <stdint.h>

#include "model/state.h"

enum { COMMAND_EXIT_USAGE = 2 };            /* as a wrong command line */

bool command_runs(uint32_t service);        /* this service runs it */
enum target command_target(uint32_t service); /* of a new service */
const char *command_path(const char *name);
void command_enter(void);                   /* its folder … */
void command_leave(void);

#endif
