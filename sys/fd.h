/* SPDX-License-Identifier: MIT */
/* Descriptors at their numbers. */
#ifndef SYS_FD_H
#define SYS_FD_H

#include <stddef.h>

int fd_move(int fd, int number, int flags);
void fd_close_all(int first, int last);
int fd_exec(int fd, char *const *argv, char *const *envp);
long fd_read_file(int folder, const char *name, void *bytes, size_t size);

#endif
