/* SPDX-License-Identifier: MIT */
/* Descriptors at their numbers. */
#ifndef SYS_FD_H
#define SYS_FD_H

#include <stddef.h>

/* fd becomes `number`, whatever that was before, with these flags (O_CLOEXEC
 * or 0). A negative fd is an error already and comes back, so that what made
 * it can stand in the call. 0, or -errno; fd is closed in any case. */
int fd_move(int fd, int number, int flags);

/* The beginning of a file below a folder, at most size bytes, as one read gives
 * them: how many, or -errno. */
long fd_read_file(int folder, const char *name, void *bytes, size_t size);

#endif
