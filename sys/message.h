/* SPDX-License-Identifier: MIT */
/* One-line messages on standard error. Knows no service. */
#ifndef SYS_MESSAGE_H
#define SYS_MESSAGE_H

enum { MESSAGE_BYTES = 512 };

void message(const char *part, ...) __attribute__((sentinel));
void message_bare(const char *part, ...) __attribute__((sentinel));

#endif
