/* SPDX-License-Identifier: MIT */
/* Datagrams to the sockets of others: a syslog daemon, and who supervises us. */
#include "log/datagram.h"

#include "model/text.h"
#include "sys/call.h"

struct address {
	uint16_t family;
	char path[108];
};

/* Sends these bytes to the socket of that path; @ at its beginning stands for the
 * NUL of an abstract name (unix(7)). fd: passed with them; below 0: none. Does
 * not wait. What sendmsg(2) returns, or -ENAMETOOLONG. */
int datagram_send_fd(const char *path, const char *text, size_t length, int fd)
{
	static int own = -1;
	struct control_fd control = { .length = CONTROL_FD_LENGTH,
		                      .level = SOL_SOCKET,
		                      .type = SCM_RIGHTS, .fd = fd };
	struct address to = { .family = AF_UNIX };
	struct iovec part = { (void *)(uintptr_t)text, length };
	size_t size = text_length(path);
	struct msghdr message = {
		.name = &to,
		.name_length = (int32_t)(offsetof(struct address, path) + size),
		.parts = &part,
		.part_count = 1,
		.control = fd < 0 ? NULL : &control,
		.control_length = fd < 0 ? 0 : sizeof(control),
	};

	if (size >= sizeof(to.path))
		return -ENAMETOOLONG;
	__builtin_memcpy(to.path, path, size);
	if (path[0] == '@')
		to.path[0] = '\0';
	if (own < 0)
		own = sys_socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	return own < 0 ? own
	               : (int)sys_sendmsg(own, &message,
	                                  MSG_DONTWAIT | MSG_NOSIGNAL);
}

/* The same without a descriptor. */
int datagram_send(const char *path, const char *text, size_t length)
{
	return datagram_send_fd(path, text, length, -1);
}
