/* SPDX-License-Identifier: MIT */
/* If we are a service of somebody else, who has given us NOTIFY_SOCKET, that
 * one is told when all is up, and when we end: sd_notify(3). It knows us by our
 * pid, so it has to be us who say it. Nothing here waits. */
#include <linux/un.h>

#include "model/text.h"
#include "pid1/pid1.h"

static const char *place(char *const *envp)
{
	static const char name[] = "NOTIFY_SOCKET";

	return text_value(envp, name, sizeof(name) - 1);
}

/* A path, or with @ in front a name of the abstract kind (unix(7)): its length
 * in *length. Other kinds are not for us. */
static bool address(struct sockaddr_un *to, const char *path, int *length)
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

static int send(const char *path, const char *state)
{
	struct sockaddr_un to;
	struct iovec part = { (void *)(uintptr_t)state, text_length(state) };
	struct msghdr header = { .name = &to, .parts = &part, .part_count = 1 };
	int fd;
	long sent;

	if (!address(&to, path, &header.name_length))
		return -EINVAL;
	fd = sys_socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return fd;
	sent = sys_sendmsg(fd, &header, MSG_DONTWAIT | MSG_NOSIGNAL);
	(void)sys_close(fd); /* it is on its way, or refused */
	return sent < 0 ? (int)sent : 0;
}

/* Its queue is full, or the kernel has no room: that may pass. */
static bool passes(int error)
{
	return error == -EAGAIN || error == -ENOMEM || error == -ENOBUFS ||
	       error == -EMFILE || error == -ENFILE || error == -EINTR;
}

void notify_say(struct pid1 *p, const char *state)
{
	const char *path = place(p->envp);

	if (path != NULL)
		(void)send(path, state); /* it was worth a try */
}

void notify_owed(struct pid1 *p)
{
	const char *path = place(p->envp);

	if (!p->owes_ready)
		return;
	p->owes_ready = path != NULL && passes(send(path, "READY=1"));
	p->retry_soon |= p->owes_ready;
}
