/* SPDX-License-Identifier: MIT */
/* Waiting for a name. */
#include "config/call/file.h"

#include <linux/inotify.h>

#include "model/text.h"
#include "sys/call.h"
#include "sys/clock.h"
#include "sys/memory.h"

/* No event tells of a folder that does not exist yet, of a mount, or of what
 * the kernel itself makes below /sys and /proc: then we look so often. */
enum { LOOK_MS = 100 };

static int wait_find(const char *path)
{
	struct stat status;

	return sys_fstatat(AT_FDCWD, path, &status, 0);
}

/* A descriptor that has something to read when a name comes into the folder
 * of path, or -errno. */
static int watch(const char *path)
{
	char folder[PATH_MAX];
	size_t length = text_length(path);
	int fd;

	while (length > 0 && path[length - 1] != '/')
		length--;
	if (length >= sizeof(folder) - 1)
		return -ENAMETOOLONG;
	memcpy(folder, path, length);
	if (length == 0)
		folder[length++] = '.';
	folder[length] = '\0';
	fd = sys_inotify_init(IN_CLOEXEC | IN_NONBLOCK);
	if (fd >= 0) /* if that fails we look instead */
		(void)sys_inotify_add_watch(fd, folder,
		                            IN_CREATE | IN_MOVED_TO);
	return fd;
}

static void pause_for(int fd, uint64_t now_ms, uint64_t until_ms)
{
	struct pollfd poll = { .fd = fd, .events = POLLIN };
	uint64_t look_ms = now_ms + LOOK_MS;
	struct __kernel_timespec left =
		clock_left(now_ms, look_ms < until_ms ? look_ms : until_ms);

	/* A negative one is left out (poll(2)); EINTR is a look more. */
	(void)sys_ppoll(&poll, 1, &left);
}

/* Watched before it is looked for, so that it cannot come in between. A new
 * watch each time: the folder may be another one now. */
int call_wait_path(const char *path, unsigned ms)
{
	uint64_t now_ms = clock_now_ms(), until_ms = now_ms + ms;
	int error;

	do {
		int fd = watch(path);

		error = wait_find(path);
		if (error == -ENOENT)
			pause_for(fd, now_ms, until_ms);
		if (fd >= 0)
			(void)sys_close(fd); /* nothing was written */
		now_ms = clock_now_ms();
	} while (error == -ENOENT && now_ms < until_ms);
	if (error == -ENOENT)
		error = wait_find(path); /* it came while we were waiting */
	return error == -ENOENT ? -ETIMEDOUT : error;
}
