/* SPDX-License-Identifier: MIT */
/* Which descriptors are open, and which survive an exec: none of them into a
 * service, all that are shared (model/descriptor.def) into another image of
 * supervisord or into connate. */
#include "supervisord/io/descriptors.h"

#include "model/text.h"
#include "supervisord/base/supervisor.h"

/* Is this descriptor open in this process (fcntl(2))? */
bool descriptor_is_open(int fd)
{
	return sys_fcntl(fd, F_GETFD, 0) >= 0;
}

/* Opens anew what descriptor `from` is open on: an open file of its own, with
 * these flags (open(2)). The descriptor, or -errno: without a /proc, or if it is
 * a socket. */
int descriptor_open_again(int from, int flags)
{
	char link[32] = "/proc/self/fd/";
	struct digits d;
	const char *text = text_number(&d, from);

	__builtin_memcpy(link + sizeof("/proc/self/fd/") - 1, text,
	                 text_length(text) + 1);
	return sys_openat(AT_FDCWD, link, flags | O_NOCTTY, 0);
}

/* Sets close-on-exec on each descriptor from 3 on, so that no service inherits
 * one. close_range(2) with CLOSE_RANGE_CLOEXEC is in Linux 5.11; before that,
 * each is set by itself. */
void descriptors_close_on_exec(void)
{
	int last = log_write_fd(supervisor.world.table->pipes);

	if (sys_close_range(3, ~0u, 1u << 2 /* CLOSE_RANGE_CLOEXEC */) == 0)
		return;
	for (int fd = 3; fd <= last; fd++)
		(void)sys_fcntl(fd, F_SETFD, FD_CLOEXEC); /* if it is open */
}

/* Clears close-on-exec on the shared descriptors, but for the signalfd, of
 * which each process makes its own. An epoll of thousands takes a millisecond
 * to close: it is kept too, and the successor closes it when it makes its
 * own. */
void descriptors_keep_on_exec(void)
{
	int last = log_write_fd(supervisor.world.table->pipes);

	for (int fd = FD_LOCK_WATCH; fd <= last; fd++)
		if (fd != FD_SIGNAL)
			(void)sys_fcntl(fd, F_SETFD, 0); /* if it is open */
}
