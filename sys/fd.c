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

enum { FILES_MAX = 65536 };

/* Closes the descriptors from first to last; before Linux 5.9 (close_range(2))
 * those below FILES_MAX. */
void fd_close_all(int first, int last)
{
	if (sys_close_range((unsigned)first, (unsigned)last, 0) < 0)
		for (int fd = first; fd <= last && fd < FILES_MAX; fd++)
			(void)sys_close(fd); /* most are not open */
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

/* "/proc/self/fd/", and the number of a descriptor. */
static const char *own_path(int fd, char path[32])
{
	static const char folder[] = "/proc/self/fd/";
	unsigned digits = 1, left = (unsigned)fd;
	char *at = path;

	for (const char *from = folder; *from != '\0';)
		*at++ = *from++;
	for (unsigned n = left; n >= 10; n /= 10)
		digits++;
	for (at[digits] = '\0'; digits > 0; left /= 10)
		at[--digits] = (char)('0' + left % 10);
	return path;
}

/* Executes the file that is open as fd, which may be O_PATH and close-on-exec.
 * Without execveat(2) (before Linux 3.19, in emulators, or refused by a
 * sandbox) it is executed by its name in /proc. Returns only on error:
 * -errno. */
int fd_exec(int fd, char *const *argv, char *const *envp)
{
	char path[32];
	int error = sys_execveat(fd, "", argv, envp, AT_EMPTY_PATH);

	return call_is_missing(error)
	               ? sys_execve(own_path(fd, path), argv, envp)
	               : error;
}
