/* SPDX-License-Identifier: MIT */
/* One line to standard error, if there is room for it. */
#include "sys/message.h"

#include <stdarg.h>

#include "sys/call.h"

/* A pipe that polls writable takes PIPE_BUF bytes at once (pipe(7)), so the
 * write after it does not block, save for a race with another writer. */
static int fd_is_writable(int fd)
{
	struct pollfd poll = { .fd = fd, .events = POLLOUT };
	struct __kernel_timespec now = { 0, 0 };

	return sys_ppoll(&poll, 1, &now) == 1 && (poll.revents & POLLOUT) != 0;
}

/* Writes one line to standard error: its parts, which end with NULL, cut at
 * MESSAGE_BYTES, and a newline. message("connate: ", path, ": ", reason, NULL).
 * One write(2), which does not wait: a line for which a reader has left no room
 * is lost. */
void message(const char *part, ...)
{
	char line[MESSAGE_BYTES];
	size_t length = 0;
	va_list parts;

	va_start(parts, part);
	for (; part != NULL; part = va_arg(parts, const char *))
		for (; *part != '\0' && length < sizeof(line) - 1; part++)
			line[length++] = *part;
	va_end(parts);
	line[length++] = '\n';
	if (fd_is_writable(2))
		(void)sys_write(2, line, length); /* or it is lost */
}
