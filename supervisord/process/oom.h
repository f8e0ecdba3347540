/* SPDX-License-Identifier: MIT */
/* Protection from the kernel's killer when memory runs out. */
#ifndef SUPERVISORD_PROCESS_OOM_H
#define SUPERVISORD_PROCESS_OOM_H

#include <stdbool.h>
#include <stdint.h>

void oom_look(bool shared);                 /* a child shares our memory */
uint64_t oom_look_ms(void);                 /* when to look; NEVER_MS */
bool oom_yield(void);                       /* before clone, fork, exec */

#endif
