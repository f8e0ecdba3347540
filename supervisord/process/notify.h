/* SPDX-License-Identifier: MIT */
/* What a service says of itself. */
#ifndef SUPERVISORD_PROCESS_NOTIFY_H
#define SUPERVISORD_PROCESS_NOTIFY_H

#include <stddef.h>
#include <stdint.h>

#include "sys/call.h"

void notify_ready(uint32_t service);
void notify_copy(char *to, size_t size, const char *from);
void notify_reload(uint32_t service);
void notify_hear(uint32_t service, char *text,
                 const struct control_sender *sender, const int32_t *fds,
                 uint32_t count);

#endif
