/* SPDX-License-Identifier: MIT */
/* One-line messages on standard error. Built from parts, cut at
 * MESSAGE_BYTES, written with one write(2), and never waited for: what a
 * reader that does not read leaves no room for is lost. Knows no service. */
#ifndef SYS_MESSAGE_H
#define SYS_MESSAGE_H

enum { MESSAGE_BYTES = 512 };

/* The parts end with NULL: message("connate: ", path, ": ", reason, NULL).
 * A newline is added. */
void message(const char *part, ...) __attribute__((sentinel));

#endif
