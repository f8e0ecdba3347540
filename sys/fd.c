/* SPDX-License-Identifier: MIT */
/* Descriptors at their numbers. Knows none of them. */
#include "sys/fd.h"

#include "sys/call.h"

/* Gives the descriptor fd the number `number`, closing what had it before, with
 * these flags: O_CLOEXEC or 0. 0; or -errno, and fd is closed all the same. A
 * negative fd is an error already and is returned, so that the call that opens
 * it can stand in this one. */
int fd_move(int fd, int number, int flags)
{
	int error;

	if (fd < 0 || fd == number)
		return fd < 0 ? fd : 0;
	error = sys_dup3(fd, number, flags);
	(void)sys_close(fd);        /* its copy has the number */
	return error < 0 ? error : 0;
}

/* Reads the beginning of a file below a folder (a descriptor, or AT_FDCWD): at
 * most `size` bytes, as one read(2) gives them. Their number; or -errno. */
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
