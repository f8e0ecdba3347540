/* SPDX-License-Identifier: MIT */
/* The processes of a service, by more than their numbers. */
#ifndef SUPERVISORD_PROCESS_PROCESSES_H
#define SUPERVISORD_PROCESS_PROCESSES_H

#include <stdbool.h>
#include <stdint.h>

#include "supervisord/base/publish.h"

struct process;

int processes_signal(uint32_t service, enum service_process which, int signal,
                     bool group);           /* 0 or -errno */
bool processes_is(uint32_t service, enum service_process which,
                  const struct process *p);
int processes_tell_guard(uint32_t service, int32_t main); /* 0 or -errno */
bool processes_guarded(uint32_t service);   /* by a guard, now */
bool processes_has_program(uint32_t service); /* behind a guard that ended */
void processes_check(uint32_t service, bool watched);

#endif
