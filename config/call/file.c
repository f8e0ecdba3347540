/* SPDX-License-Identifier: MIT */
/* Opening, reading and writing to the end. Knows no helper. */
#include "config/call/file.h"

#include "sys/call.h"

/* Opens a path, which begins at the working directory, close-on-exec, and not
 * as a terminal. flags: as in open(2). A file that is made has exactly this
 * mode: fchmod(2) after it would leave a moment with another one. A descriptor,
 * or -errno. */
int call_open(const char *path, int flags, unsigned mode)
{
	int umask = sys_umask(0);
	int fd = sys_openat(AT_FDCWD, path, flags | O_CLOEXEC | O_NOCTTY, mode);

	(void)sys_umask((uint32_t)umask); /* it cannot fail */
	return fd;
}

/* Opens a path for reading; a device or a FIFO does not make the caller wait. A
 * descriptor, or -errno. */
int call_open_read(const char *path)
{
	return call_open(path, O_RDONLY | O_NONBLOCK, 0);
}

/* Reads up to the end of the file, or `size` bytes. Their number, or -errno. */
long call_read_all(int fd, void *room, size_t size)
{
	size_t length = 0;
	long got;

	do {
		got = sys_read(fd, (char *)room + length, size - length);
		if (got > 0)
			length += (size_t)got;
	} while ((got > 0 && length < size) || got == -EINTR);
	return got < 0 ? got : (long)length;
}

/* Writes all `size` bytes. 0, or -errno. */
int call_write_all(int fd, const void *bytes, size_t size)
{
	const char *at = bytes;
	long took;

	while (size > 0) {
		took = sys_write(fd, at, size);
		if (took == -EINTR)
			continue;
		if (took <= 0)
			return took < 0 ? (int)took : -EIO;
		at += took;
		size -= (size_t)took;
	}
	return 0;
}

/* Closes a file that was written; error: the first one until then. The first
 * error of all, or 0. */
int call_close(int fd, int error)
{
	int closed = sys_close(fd);

	return error < 0 ? error : closed;
}

/* Reads the first size - 1 bytes of a file, and puts a NUL behind them. Their
 * number, or -errno. */
long call_read_text(const char *path, char *room, size_t size)
{
	int fd = call_open_read(path);
	long length;

	if (fd < 0)
		return fd;
	length = call_read_all(fd, room, size - 1);
	(void)sys_close(fd); /* it was only read */
	if (length >= 0)
		room[length] = '\0';
	return length;
}
