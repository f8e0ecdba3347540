/* SPDX-License-Identifier: MIT */
/* Which service a process belongs to, and as what. Pure. */
#ifndef MODEL_PIDS_H
#define MODEL_PIDS_H

#include "model/world.h"

enum role {
	ROLE_LIFE,          /* life.pid */
	ROLE_HELPER,        /* record.helper: the command of .stop, .reload or
	                       .started */
};

void pid_add(struct world *w, uint32_t service, enum role role);
void pid_remove(struct world *w, uint32_t service, enum role role,
                int32_t pid);
uint32_t pid_find(const struct world *w, int32_t pid, bool own,
                  enum role *role);

#endif
