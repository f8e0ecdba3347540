/* SPDX-License-Identifier: MIT */
/* What a service says of itself. */
#ifndef SUPERVISORD_PROCESS_NOTIFY_H
#define SUPERVISORD_PROCESS_NOTIFY_H

#include <stdint.h>

void notify_ready(uint32_t service);
void notify_reload(uint32_t service);
void notify_hear(uint32_t service, char *text, int32_t pid, uint32_t uid);

#endif
