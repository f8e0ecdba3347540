/* SPDX-License-Identifier: MIT */
/* Another service manager that has started connate as its service, with
 * NOTIFY_SOCKET, is told when all services are up, when supervisord executes
 * another image, when the end begins, and that supervisord works (sd_notify(3)).
 * It knows connate by its pid, so it is connate that sends this. Nothing here
 * waits. */
#include <linux/un.h>

#include "model/text.h"
#include "pid1/pid1.h"
#include "sys/clock.h"
#include "sys/message.h"

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

enum { TEXT_BYTES = 64 };

/* Writes these words, a number behind them. */
static void text_write(char to[TEXT_BYTES], const char *words, uint64_t number)
{
	struct digits d;
	const char *digits = text_number(&d, (int64_t)number);
	size_t at = text_length(words);

	__builtin_memcpy(to, words, at);
	__builtin_memcpy(to + at, digits, text_length(digits) + 1);
}

/* NOTIFY: says it, once. STOPPING=1 only the first time. The time of RELOADING=1
 * is not before that of the signal which asked for it. Does nothing without
 * NOTIFY_SOCKET, or for what it does not know. */
void notify_order(struct pid1 *p, enum notify what)
{
	const char *path = socket_path(p->envp);
	char text[TEXT_BYTES] = "WATCHDOG=1";

	if (path == NULL || (what == NOTIFY_STOPPING && p->said_stopping))
		return;
	if (what == NOTIFY_STOPPING)
		__builtin_memcpy(text, "STOPPING=1", 11);
	if (what == NOTIFY_RELOADING)
		text_write(text, "RELOADING=1\nMONOTONIC_USEC=",
		           (clock_now_ms() + 1) * 1000);
	p->said_stopping |= what == NOTIFY_STOPPING;
	(void)notify_send(path, text); /* it helps, no more */
}

/* Sends READY=1, if that is owed; where that fails for a reason that may pass
 * it stays owed. A connate that has taken the place of another one says who it
 * is. */
void notify_owed(struct pid1 *p)
{
	const char *path = socket_path(p->envp);
	char text[TEXT_BYTES] = "READY=1";

	if (!p->owes_ready)
		return;
	if (p->report.successions != 0)
		text_write(text, "READY=1\nMAINPID=", (uint64_t)p->self);
	p->owes_ready = path != NULL && may_pass(notify_send(path, text));
	p->retry_soon |= p->owes_ready;
}
