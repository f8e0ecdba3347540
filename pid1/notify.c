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

/* A variable that it has set for us; NULL: it has not. */
const char *notify_value(const struct pid1 *p, const char *name)
{
	return text_value(p->envp, name, text_length(name));
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

enum { TEXT_BYTES = 64 };

/* Sends a text, with the descriptor fd, below 0: none. 0 or -errno. */
static int notify_send(const struct pid1 *p, const char *state, int fd)
{
	const char *path = notify_value(p, "NOTIFY_SOCKET");
	struct sockaddr_un to;
	struct iovec part = { (void *)(uintptr_t)state, text_length(state) };
	struct control_fd control = { .length = CONTROL_FD_LENGTH,
		                      .level = SOL_SOCKET,
		                      .type = SCM_RIGHTS,
		                      .fd = fd };
	struct msghdr header = { .name = &to,
		                 .parts = &part,
		                 .part_count = 1,
		                 .control = &control,
		                 .control_length =
		                         fd < 0 ? 0 : sizeof(control) };
	int socket;
	long sent;

	if (path == NULL || !address_make(&to, path, &header.name_length))
		return -EINVAL;
	socket = sys_socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (socket < 0)
		return socket;
	sent = sys_sendmsg(socket, &header, MSG_DONTWAIT | MSG_NOSIGNAL);
	(void)sys_close(socket); /* it is on its way, or refused */
	return sent < 0 ? (int)sent : 0;
}

/* Sends these words with a number behind them, and the descriptor fd, below 0:
 * none. 0 or -errno; -EINVAL without NOTIFY_SOCKET, or with one that is no
 * address. At most 40 bytes of words. */
int notify_say(const struct pid1 *p, const char *words, uint64_t number, int fd)
{
	char text[TEXT_BYTES];
	struct digits d;
	const char *digits = text_number(&d, (int64_t)number);
	size_t at = text_length(words);

	__builtin_memcpy(text, words, at);
	__builtin_memcpy(text + at, digits, text_length(digits) + 1);
	return notify_send(p, text, fd);
}

/* Is it worth trying again? The queue is full, or the kernel has no room. */
bool notify_may_pass(int error)
{
	const uint32_t errors = 1u << EAGAIN | 1u << ENOMEM | 1u << EMFILE |
	                        1u << ENFILE | 1u << EINTR;

	return error == -ENOBUFS || (error > -32 && (errors >> -error & 1) != 0);
}

/* NOTIFY: says it, once. STOPPING=1 only the first time. The time of RELOADING=1
 * is not before that of the signal which asked for it. ms: of NOTIFY_EXTEND. Does
 * nothing without NOTIFY_SOCKET, or for what it does not know. */
void notify_order(struct pid1 *p, enum notify what, int32_t ms)
{
	/* as in enum notify; fewer bytes than pointers */
	const char *words = "STOPPING=\0"
	                    "RELOADING=1\nMONOTONIC_USEC=\0"
	                    "WATCHDOG=\0"
	                    "EXTEND_TIMEOUT_USEC=";
	uint64_t number = 1;

	if (what > NOTIFY_EXTEND ||
	    (what == NOTIFY_STOPPING && p->said_stopping))
		return;
	p->said_stopping |= what == NOTIFY_STOPPING;
	if (what == NOTIFY_RELOADING)
		number = (clock_now_ms() + 1) * 1000;
	if (what == NOTIFY_EXTEND)
		number = (uint64_t)ms * 1000;
	for (unsigned k = 0; k < (unsigned)what; k++)
		words += text_length(words) + 1;
	(void)notify_say(p, words, number, -1); /* it helps, no more */
}

/* Sends READY=1, if that is owed; where that fails for a reason that may pass
 * it stays owed. A connate that has taken the place of another one says who it
 * is. */
void notify_owed(struct pid1 *p)
{
	bool succeeds = p->report.successions != 0;

	if (!p->owes_ready)
		return;
	p->owes_ready = notify_may_pass(
		notify_say(p, succeeds ? "READY=1\nMAINPID=" : "READY=",
	                   succeeds ? (uint64_t)p->self : 1, -1));
	p->retry_soon |= p->owes_ready;
}
