/* SPDX-License-Identifier: MIT */
/* Waiting until the ledger changes or a process of the session ends. */
#ifndef CONCTL_SESSION_WATCH_H
#define CONCTL_SESSION_WATCH_H

#include <stdbool.h>
#include <stdint.h>

struct pollfd;

enum { WATCH_FDS = 4 };

void session_wait(uint32_t seen, uint64_t until_ms);
void session_wait_with(uint32_t seen, uint64_t until_ms, struct pollfd *fds,
                       uint32_t count);
bool watch_ended(void);

#endif
