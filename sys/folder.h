/* SPDX-License-Identifier: MIT */
/* The working directory. */
#ifndef SYS_FOLDER_H
#define SYS_FOLDER_H

#include <stddef.h>

int folder_leave(char *path, size_t size);

#endif
