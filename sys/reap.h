/* SPDX-License-Identifier: MIT */
/* Peek, record, release: the two ends of reaping (waitid(2)). What is done
 * in between is the caller's, and must be done before the release. */
#ifndef SYS_REAP_H
#define SYS_REAP_H

#include <stdbool.h>

#include "sys/kernel.h"

/* A child that has ended, of those that which and pid say (P_ALL, P_PID). It
 * stays a zombie. False: there is none. Never blocks. */
bool reap_peek(int which, int pid, siginfo_t *how);

/* The zombie goes, and with it its number. */
void reap_release(int pid);

#endif
