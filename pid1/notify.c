/* SPDX-License-Identifier: MIT */
/* Another service manager that has started connate as its service, with
 * NOTIFY_SOCKET, is told when all services are up, and when the end begins
 * (sd_notify(3)). It knows connate by its pid, so it is connate that sends
 * this. Nothing here waits. */
#include <linux/un.h>

#include "model/text.h"
#include "pid1/pid1.h"

static const char *socket_path(char *const *envp)
{
	static const char name[] = "NOTIFY_SOCKET";

	return text_value(envp, name, sizeof(name) - 1);
}

/* Makes an address_make, of *length bytes, of a path; or, with @ in front, of
 * an abstract name (unix(7)). False: it is neither, or too long. */
static bool address_make(struct sockaddr_un *to, const char *path, int *length)
{
	size_t size = text_length(path);

	if ((path[0] != '/' && path[0] != '@') || size >= sizeof(to->sun_path))
		return false;
	to->sun_family = AF_UNIX;
	__builtin_memcpy(to->sun_path, path, size);
	if (path[0] == '@')
		to->sun_path[0] = '\0';
	*length = (int)(offsetof(struct sockaddr_un, sun_path) + size);
	return true;
}

/* 0 or -errno. */
static int notify_send(const char *path, const char *state)
{
	struct sockaddr_un to;
	struct iovec part = { (void *)(uintptr_t)state, text_length(state) };
	struct msghdr header = { .name = &to, .parts = &part, .part_count = 1 };
	int fd;
	long sent;

	if (!address_make(&to, path, &header.name_length))
		return -EINVAL;
	fd = sys_socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return fd;
	sent = sys_sendmsg(fd, &header, MSG_DONTWAIT | MSG_NOSIGNAL);
	(void)sys_close(fd); /* it is on its way, or refused */
	return sent < 0 ? (int)sent : 0;
}

/* Is it worth trying again? The queue is full, or the kernel has no room. */
static bool may_pass(int error)
{
	return error == -EAGAIN || error == -ENOMEM || error == -ENOBUFS ||
	       error == -EMFILE || error == -ENFILE || error == -EINTR;
}

/* Sends it a message once, such as STOPPING=1. Does nothing without
 * NOTIFY_SOCKET. */
void notify_say(struct pid1 *p, const char *state)
{
	const char *path = socket_path(p->envp);

	if (path != NULL)
		(void)notify_send(path, state); /* it helps, no more */
}

/* Sends READY=1, if that is owed; where that fails for a reason that may pass
 * it stays owed. */
void notify_owed(struct pid1 *p)
{
	const char *path = socket_path(p->envp);

	if (!p->owes_ready)
		return;
	p->owes_ready = path != NULL && may_pass(notify_send(path, "READY=1"));
	p->retry_soon |= p->owes_ready;
}
