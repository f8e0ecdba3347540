/* SPDX-License-Identifier: MIT */
/* Reaping in two steps (waitid(2)): peek at a zombie, then release it. In
 * between the caller stores, or sends, what it has to. */
#ifndef SYS_REAP_H
#define SYS_REAP_H

#include <stdbool.h>

#include "sys/kernel.h"

bool reap_peek(int which, int pid, siginfo_t *how);
void reap_release(int pid);

#endif
