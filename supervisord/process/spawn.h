/* SPDX-License-Identifier: MIT */
/* Starting a process: the pool of children on their way to exec. */
#ifndef SUPERVISORD_PROCESS_SPAWN_H
#define SUPERVISORD_PROCESS_SPAWN_H

#include <stdbool.h>
#include <stdint.h>

#include "model/pids.h"

struct table_action;

enum spawned {
	SPAWNED,
	SPAWN_WAITS,                /* for a slot; then it is tried again */
	SPAWN_REFUSED,              /* the kernel had no room */
};

/* The memory that it needs, for so many slots. */
uint64_t spawn_vector_bytes(uint32_t slots);
void spawn_place(void *vectors, uint32_t *waiting, uint32_t services);

enum spawned spawn(uint32_t service, enum role role,
                   const struct table_action *action);
uint32_t spawn_failure(uint32_t service);   /* of its helper; 0: none */
void spawn_look(void);                      /* which have done exec? */
void spawn_resume(uint32_t service);
uint64_t spawn_look_ms(void);               /* when to look; NEVER_MS */
void spawn_await_slot(void);

/* In a guard, which has one child. */
int spawn_guarded(uint32_t service);        /* its pid, or -errno … */
bool spawn_arrived(void);                   /* … and has it done exec? */

#endif
