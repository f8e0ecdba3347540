/* SPDX-License-Identifier: MIT */
/* Paths on the build machine, and as a service with a .chroot would see them.
 * What concheck has no right to look at is taken for right. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "config/check/check.h"

/* openat2(2), from Linux 5.6 on; the headers here may be older. */
#ifndef SYS_openat2
#define SYS_openat2 437
#endif

struct how {
	uint64_t flags, mode, resolve;
};

enum { RESOLVE_INSIDE = 0x10 }; /* RESOLVE_IN_ROOT */

/* Opens a path as it is after chroot(2) to root, symbolic links, too. */
static int open_in_root(const char *root, const char *path)
{
	struct how how = { O_PATH | O_CLOEXEC, 0, RESOLVE_INSIDE };
	int folder = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	int fd, error;

	if (folder < 0)
		return -1;
	fd = (int)syscall(SYS_openat2, folder, path, &how, sizeof(how));
	error = errno;
	close(folder);
	errno = error;
	return fd;
}

/* Why a path cannot be opened, continuing it; NULL: that says nothing of the
 * path. */
static const char *why_missing(int error)
{
	switch (error) {
	case ENOENT:
	case ENOTDIR:
		return "does not exist";
	case ELOOP:
		return "is a loop of symbolic links";
	case ENAMETOOLONG:
		return "is too long for a path";
	}
	return NULL;
}

/* Opens a path inside of root; NULL: as it is. What cannot be looked up is
 * UNKNOWN, and nothing is wrong with it. Close it with host_path_close(). */
struct host_path host_path_open(const char *root, const char *path)
{
	struct host_path p = { .kind = HOST_PATH_FOUND };

	p.fd = root == NULL ? open(path, O_PATH | O_CLOEXEC)
	                    : open_in_root(root, path);
	if (p.fd < 0) {
		p.why = why_missing(errno);
		p.kind = p.why != NULL ? HOST_PATH_MISSING : HOST_PATH_UNKNOWN;
	} else if (fstat(p.fd, &p.status) != 0) {
		close(p.fd);
		p.kind = HOST_PATH_UNKNOWN;
	}
	return p;
}

/* Closes a path that was opened; it is UNKNOWN then. */
void host_path_close(struct host_path *p)
{
	if (p->kind == HOST_PATH_FOUND)
		close(p->fd);
	p->kind = HOST_PATH_UNKNOWN;
}

/* Reads at most `size` bytes from offset `at` on of a path that was FOUND, a
 * regular file: to open another kind could do something. Their number; -1: it
 * may not be read. */
long host_path_read(const struct host_path *p, void *bytes, size_t size,
                    long at)
{
	char name[32];
	ssize_t got;
	int fd;

	(void)snprintf(name, sizeof(name), "/proc/self/fd/%d", p->fd);
	fd = open(name, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	got = pread(fd, bytes, size, at);
	close(fd);
	return (long)got;
}

/* Why a path is no folder, continuing it; or NULL. */
const char *host_path_folder(const char *root, const char *path)
{
	struct host_path p = host_path_open(root, path);
	const char *why = p.why;

	if (p.kind == HOST_PATH_FOUND && !S_ISDIR(p.status.st_mode))
		why = "is not a folder";
	host_path_close(&p);
	return why;
}

static const char *why_no_program(const struct host_path *p)
{
	if (p->kind != HOST_PATH_FOUND)
		return p->why;
	if (S_ISDIR(p->status.st_mode))
		return "is a folder";
	if (!S_ISREG(p->status.st_mode))
		return "is not a file";
	if ((p->status.st_mode & 0111) == 0)
		return "is not executable";
	return NULL;
}

/* The same as host_path_open(), for a path that is to be an executable file:
 * why it is none is in the result. */
struct host_path host_path_open_program(const char *root, const char *path)
{
	struct host_path p = host_path_open(root, path);

	p.why = why_no_program(&p);
	return p;
}

/* Why a path is no executable file, continuing it; or NULL. */
const char *host_path_program(const char *root, const char *path)
{
	struct host_path p = host_path_open_program(root, path);

	host_path_close(&p);
	return p.why;
}

/* Is a path certainly an executable file? */
bool host_path_has_program(const char *root, const char *path)
{
	struct host_path p = host_path_open_program(root, path);
	bool found = p.kind == HOST_PATH_FOUND && p.why == NULL;

	host_path_close(&p);
	return found;
}

/* The folder of a path, in new memory; "/" for one without. */
const char *host_path_parent(const char *path)
{
	const char *slash = strrchr(path, '/');
	size_t size = slash != NULL ? (size_t)(slash - path) : 0;
	char *folder;

	if (size == 0)
		return "/";
	folder = memory_new(size + 1, 1);
	memcpy(folder, path, size);
	return folder;
}
