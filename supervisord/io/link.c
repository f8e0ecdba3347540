/* SPDX-License-Identifier: MIT */
/* The link to connate: supervisord's end (model/link.def has the messages).
 * Sending never waits, but for room at boot. What a message means is not known
 * here: the listener does that. */
#include "supervisord/io/link.h"

#include "supervisord/base/supervisor.h"
#include "sys/message.h"

static const struct link_listener *listener;

/* Sets what hears each message from now on: once, before the first
 * link_receive(). */
void link_listen(const struct link_listener *l)
{
	listener = l;
}

static long send_now(struct link *m, int fd)
{
	struct iovec part = { m, sizeof(*m) };
	struct control_fd control = { .length = CONTROL_FD_LENGTH,
		                      .level = SOL_SOCKET,
		                      .type = SCM_RIGHTS,
		                      .fd = fd };
	struct msghdr header = { .parts = &part, .part_count = 1 };

	if (fd >= 0) {
		header.control = &control;
		header.control_length = sizeof(control);
	}
	return sys_sendmsg(FD_LINK, &header, MSG_DONTWAIT | MSG_NOSIGNAL);
}

/* ADOPTED, by which connate learns also how long what is left has, if it has to
 * begin the end itself. */
struct link link_adopted(int32_t pid, enum adopt how)
{
	return link_make(LINK_ADOPTED, pid, (int32_t)how,
	                 (int32_t)table_max_rest_ms(table_in_force()));
}

/* Sends a message, with the descriptor fd attached unless it is -1 (unix(7),
 * SCM_RIGHTS); fd stays open here. 0, or -errno: -EAGAIN if the link has no
 * room, -EPIPE or -ECONNRESET if connate has died. */
int link_send(struct link m, int fd)
{
	long sent = send_now(&m, fd);

	return sent < 0 ? (int)sent : 0;
}

/* The same; while the link has no room it waits for some, at most LINK_WAIT_MS.
 * For boot alone: connate reads then. */
int link_send_waiting(struct link m, int fd)
{
	struct pollfd room = { .fd = FD_LINK, .events = POLLOUT };
	struct __kernel_timespec limit = { .tv_sec = LINK_WAIT_MS / 1000 };
	int error = link_send(m, fd);

	if (error != -EAGAIN)
		return error;
	(void)sys_ppoll(&room, 1, &limit);
	return link_send(m, fd);
}

static void connate_is_gone(void)
{
	message("supervisord: connate is gone; taking its place", NULL);
	supervisor.link_lost = supervisor.drained = supervisor.kept = true;
	supervisor.news_at_ms = 0;
}

/* The message at the head of the link, and its length. With MSG_PEEK it stays
 * there. */
static long receive(struct link *m, unsigned flags)
{
	struct iovec part = { m, sizeof(*m) };
	struct msghdr header = { .parts = &part, .part_count = 1 };
	long got;

	do {
		got = sys_recvmsg(FD_LINK, &header, MSG_DONTWAIT | flags);
	} while (got == -EINTR);
	return got;
}

/* Has all messages heard that are on the link; never waits. Peek, record,
 * release, as with a zombie: when supervisord is killed in between, its
 * successor finds the message again, and hearing it twice does no harm. At the
 * end of the link, supervisor.link_lost is set: connate has died. */
void link_receive(void)
{
	while (!supervisor.link_lost) {
		struct link m;
		long got = receive(&m, MSG_PEEK);
		const char *wrong;

		if (got == 0 || got == -ECONNRESET)
			connate_is_gone();
		if (got <= 0)
			return;
		wrong = link_check(&m, (uint64_t)got);
		if (wrong == NULL)
			listener->hear(&m);
		else
			message("supervisord: a message of connate is "
			        "ignored: ", wrong, NULL);
		if (receive(&m, 0) < 0)
			return;     /* it is there again next time */
	}
}

/* Has messages heard until one of them has set *said, or connate has died; at
 * boot, when nothing else matters. There is no time limit: connate has one for
 * supervisord. */
void link_wait(const bool *said)
{
	struct pollfd fd = { .fd = FD_LINK, .events = POLLIN };

	for (link_receive(); !*said && !supervisor.link_lost; link_receive()) {
		(void)sys_ppoll(&fd, 1, NULL); /* an error: look again */
		supervisor_read_clock();
	}
}

/* A process that is not a child of supervisord has ended, and connate has not
 * said so: it is heard as if it had. how.code 0: it is not known how the
 * process ended. */
void link_missed(int32_t pid, union ending how)
{
	struct link m = link_make(LINK_EXITED, pid, how.code, how.status);

	listener->hear(&m);
}
