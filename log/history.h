/* SPDX-License-Identifier: MIT */
/* What became of the services, written down by a process beside the logger. */
#ifndef LOG_HISTORY_H
#define LOG_HISTORY_H

#include <stdbool.h>

void history_begin(char *const *envp);
bool history_is_due(void);
void history_go_on(void);
void history_reap(void);
void history_finish(void);

#endif
