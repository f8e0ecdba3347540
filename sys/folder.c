/* SPDX-License-Identifier: MIT */
/* The working directory. */
#include "sys/folder.h"

#include "sys/call.h"

/* Changes the working directory to /, so that no file system is busy because of
 * this process, and writes the former one to path, which has room for `size`
 * bytes. 0; or -errno, and it has not changed: the directory has no path by
 * which to return (-ENOENT: it was removed, or is not below the root of this
 * process), or one that is too long (-ERANGE; getcwd(2)). */
int folder_leave(char *path, size_t size)
{
	long error = sys_getcwd(path, size);

	if (error < 0)
		return (int)error;
	return path[0] == '/' ? sys_chdir("/") : -ENOENT; /* (unreachable) */
}
