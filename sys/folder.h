/* SPDX-License-Identifier: MIT */
/* The working folder. */
#ifndef SYS_FOLDER_H
#define SYS_FOLDER_H

#include <stddef.h>

/* To /, so that no file system is busy because of us; in path, which has room
 * for that many bytes, stands where we were. 0, or -errno, and then we stay:
 * the folder has no name by which we could come back (-ENOENT: it was removed,
 * or is not below our root), or one that is too long (-ERANGE; getcwd(2)). */
int folder_leave(char *path, size_t size);

#endif
