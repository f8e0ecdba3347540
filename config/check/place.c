/* SPDX-License-Identifier: MIT */
/* Paths as the build machine has them, and as a service with a .chroot would
 * see them. What we have no right to look at is believed. */
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

/* A symbolic link there means what it means after chroot(2). */
static int open_inside(const char *root, const char *path)
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

/* NULL: nothing is known, so nothing is wrong. */
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

struct place place_open(const char *root, const char *path)
{
	struct place p = { .kind = PLACE_FOUND };

	p.fd = root == NULL ? open(path, O_PATH | O_CLOEXEC)
	                    : open_inside(root, path);
	if (p.fd < 0) {
		p.why = why_missing(errno);
		p.kind = p.why != NULL ? PLACE_MISSING : PLACE_UNKNOWN;
	} else if (fstat(p.fd, &p.status) != 0) {
		close(p.fd);
		p.kind = PLACE_UNKNOWN;
	}
	return p;
}

void place_close(struct place *p)
{
	if (p->kind == PLACE_FOUND)
		close(p->fd);
	p->kind = PLACE_UNKNOWN;
}

/* How many bytes there are from `at` on, at most size; -1 if it may not be
 * read. Regular files only: to open another could do something. */
long place_read(const struct place *p, void *bytes, size_t size, long at)
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

const char *place_folder(const char *root, const char *path)
{
	struct place p = place_open(root, path);
	const char *why = p.why;

	if (p.kind == PLACE_FOUND && !S_ISDIR(p.status.st_mode))
		why = "is not a folder";
	place_close(&p);
	return why;
}

static const char *why_no_program(const struct place *p)
{
	if (p->kind != PLACE_FOUND)
		return p->why;
	if (S_ISDIR(p->status.st_mode))
		return "is a folder";
	if (!S_ISREG(p->status.st_mode))
		return "is not a file";
	if ((p->status.st_mode & 0111) == 0)
		return "is not executable";
	return NULL;
}

struct place place_open_program(const char *root, const char *path)
{
	struct place p = place_open(root, path);

	p.why = why_no_program(&p);
	return p;
}

const char *place_program(const char *root, const char *path)
{
	struct place p = place_open_program(root, path);

	place_close(&p);
	return p.why;
}

bool place_has_program(const char *root, const char *path)
{
	struct place p = place_open_program(root, path);
	bool found = p.kind == PLACE_FOUND && p.why == NULL;

	place_close(&p);
	return found;
}

const char *place_parent(const char *path)
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
