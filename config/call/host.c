/* SPDX-License-Identifier: MIT */
/* The machine's name, and its network interfaces. */
#include "config/call/file.h"

#include <linux/sockios.h>

#include "model/text.h"
#include "sys/call.h"
#include "sys/memory.h"

int call_hostname(const char *name)
{
	return sys_sethostname(name, text_length(name));
}

static bool line_is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* Ends the line, with the blanks before its end; returns the next one. */
static char *end_line(char *line)
{
	char *end = line, *next;

	while (*end != '\0' && *end != '\n')
		end++;
	next = *end == '\n' ? end + 1 : end;
	while (end > line && line_is_blank(end[-1]))
		end--;
	*end = '\0';
	return next;
}

int call_hostname_from(const char *path)
{
	char text[CALL_BLOCK_BYTES];
	long length = call_read_text(path, text, sizeof(text));
	char *next;

	if (length < 0)
		return (int)length;
	for (char *line = text; *line != '\0'; line = next) {
		while (line_is_blank(*line))
			line++;
		next = end_line(line);
		if (*line != '\0' && *line != '#')
			return call_hostname(line);
	}
	return -EINVAL;
}

/* Any socket takes these requests; this kind is in every kernel. */
int call_interface_up(const char *name)
{
	struct interface_request r = { .name = "" };
	size_t length = text_length(name);
	int fd, error;

	if (length == 0 || length >= sizeof(r.name))
		return -ENODEV;
	memcpy(r.name, name, length);
	fd = sys_socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return fd;
	error = sys_ioctl(fd, SIOCGIFFLAGS, &r);
	if (error >= 0 && (r.flags & IFF_UP) == 0) {
		r.flags |= IFF_UP;
		error = sys_ioctl(fd, SIOCSIFFLAGS, &r);
	}
	(void)sys_close(fd); /* nothing was sent */
	return error;
}
