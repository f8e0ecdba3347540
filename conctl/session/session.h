/* SPDX-License-Identifier: MIT */
/* Reaching connate, and noticing what has become of it. A function that takes a
 * service, a record or the session's table needs session_open() before it. */
#ifndef CONCTL_SESSION_SESSION_H
#define CONCTL_SESSION_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "conctl/session/mapping.h"

/* MOVED: another ledger is mapped, so all indexes of services mean something
 * else; its events, answers and counters continue those of the former one. */
enum check { CHECK_SAME, CHECK_MOVED, CHECK_GONE };

enum { CHECK_MS = 1000 };           /* between checks, while waiting */

int session_open(const struct locator *l);
bool session_check_due(uint64_t *next_ms);
enum check session_check(void);
int session_pipe(void);

void session_gone(void);
void session_refused(int error);

#endif
