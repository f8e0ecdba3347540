/* SPDX-License-Identifier: MIT */
/* The working folder. */
#include "sys/folder.h"

#include "sys/call.h"

int folder_leave(char *path, size_t size)
{
	long error = sys_getcwd(path, size);

	if (error < 0)
		return (int)error;
	return path[0] == '/' ? sys_chdir("/") : -ENOENT; /* (unreachable) */
}
