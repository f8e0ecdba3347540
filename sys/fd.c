/* SPDX-License-Identifier: MIT */
/* Descriptors at their numbers. Knows none of them. */
#include "sys/fd.h"

#include "sys/call.h"

int fd_move(int fd, int number, int flags)
{
	int error;

	if (fd < 0 || fd == number)
		return fd < 0 ? fd : 0;
	error = sys_dup3(fd, number, flags);
	(void)sys_close(fd);        /* the copy is what we keep */
	return error < 0 ? error : 0;
}

long fd_read_file(int folder, const char *name, void *bytes, size_t size)
{
	int fd = sys_openat(folder, name, O_RDONLY | O_CLOEXEC, 0);
	long got;

	if (fd < 0)
		return fd;
	got = sys_read(fd, bytes, size);
	(void)sys_close(fd);        /* it was only read */
	return got;
}
