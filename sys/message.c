/* SPDX-License-Identifier: MIT */
/* One line to standard error, if there is room for it. */
#include "sys/message.h"

#include <stdarg.h>

#include "sys/call.h"
#include "sys/stamp.h"

/* A pipe that polls writable takes PIPE_BUF bytes at once (pipe(7)), so the
 * write after it does not block, save for a race with another writer. */
static int fd_is_writable(int fd)
{
	struct pollfd poll = { .fd = fd, .events = POLLOUT };
	struct __kernel_timespec now = { 0, 0 };

	return sys_ppoll(&poll, 1, &now) == 1 && (poll.revents & POLLOUT) != 0;
}

/* The time, for a file or a pipe, which a person reads later. A terminal shows
 * what happens now; the journal and syslog, which are behind sockets, add the
 * time themselves. Writes it to `line`, and returns its length. */
static size_t time_put(char *line)
{
	struct __kernel_timespec now = { 0, 0 };
	struct stat status;

	if (sys_fstat(2, &status) < 0 || ((status.st_mode & S_IFMT) != S_IFREG &&
	                                  (status.st_mode & S_IFMT) != S_IFIFO))
		return 0;
	(void)sys_clock_gettime(CLOCK_REALTIME, &now); /* it cannot fail */
	return stamp_write(line, (uint64_t)now.tv_sec);
}

/* Writes the line: what it begins with, then the parts. */
static void line_write(char *line, size_t length, const char *part,
                       va_list *parts)
{
	for (; part != NULL; part = va_arg(*parts, const char *))
		for (; *part != '\0' && length < MESSAGE_BYTES - 1; part++)
			line[length++] = *part;
	line[length++] = '\n';
	if (fd_is_writable(2))
		(void)sys_write(2, line, length); /* or it is lost */
}

/* Writes one line to standard error: the time, if that is a file or a pipe, its
 * parts, which end with NULL, all cut at MESSAGE_BYTES, and a newline.
 * message("connate: ", path, ": ", reason, NULL). One write(2), which does not
 * wait: a line for which a reader has left no room is lost. */
void message(const char *part, ...)
{
	char line[MESSAGE_BYTES];
	va_list parts;

	va_start(parts, part);
	line_write(line, time_put(line), part, &parts);
	va_end(parts);
}

/* The same without the time: what a service itself prints. */
void message_bare(const char *part, ...)
{
	char line[MESSAGE_BYTES];
	va_list parts;

	va_start(parts, part);
	line_write(line, 0, part, &parts);
	va_end(parts);
}
