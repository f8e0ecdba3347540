/* SPDX-License-Identifier: MIT */
/* Files, and what is in them. */
#include "config/call/file.h"

#include "model/text.h"
#include "sys/call.h"

enum { MODE_BITS = 07777 };

/* One that exists is not opened: it may be a FIFO, or not be writable. */
int call_touch(const char *path, unsigned mode)
{
	int error = sys_utimensat_now(AT_FDCWD, path);
	int fd;

	if (error != -ENOENT)
		return error;
	fd = call_open(path, O_WRONLY | O_CREAT | O_NONBLOCK, mode);
	return fd < 0 ? fd : call_close(fd, 0);
}

/* In one piece: the kernel takes each write to a setting for a value. */
int call_write(const char *path, const char *text)
{
	int fd = call_open(path, O_WRONLY | O_TRUNC, 0);

	if (fd < 0)
		return fd;
	return call_close(fd, call_write_all(fd, text, text_length(text)));
}

int call_create(const char *path, const char *text, unsigned mode)
{
	struct call_part part;
	int fd = call_part_open(&part, path);

	if (fd < 0)
		return fd;
	return call_part_end(&part, fd, mode,
	                     call_write_all(fd, text, text_length(text)));
}

static int pour(int from, int to)
{
	char block[CALL_BLOCK_BYTES];
	long length;
	int error = 0;

	do {
		length = call_read_all(from, block, sizeof(block));
		if (length > 0)
			error = call_write_all(to, block, (size_t)length);
	} while (length == CALL_BLOCK_BYTES && error == 0);
	return length < 0 ? (int)length : error;
}

static int copy_from(int from, const char *path, unsigned mode)
{
	struct call_part part;
	struct stat status;
	int error = sys_fstat(from, &status);
	int fd;

	if (error < 0)
		return error;
	if ((status.st_mode & S_IFMT) == S_IFDIR)
		return -EISDIR;
	fd = call_part_open(&part, path);
	if (fd < 0)
		return fd;
	if (mode == 0)
		mode = status.st_mode & MODE_BITS;
	return call_part_end(&part, fd, mode, pour(from, fd));
}

int call_copy(const char *from, const char *to, unsigned mode)
{
	int fd = call_open_read(from);
	int error;

	if (fd < 0)
		return fd;
	error = copy_from(fd, to, mode);
	(void)sys_close(fd); /* it was only read */
	return error;
}
