/* SPDX-License-Identifier: MIT */
/* The link to pid1, our end. Sending never waits, save for KEEP at boot. */
#include "supervisord/supervisord.h"

static long send(struct link *m, int fd)
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

int post_send(struct link m, int fd)
{
	long sent = send(&m, fd);

	return sent < 0 ? (int)sent : 0;
}

int post_keep(struct link m, int fd)
{
	struct pollfd room = { .fd = FD_LINK, .events = POLLOUT };
	struct __kernel_timespec limit = { .tv_sec = LINK_WAIT_MS / 1000 };
	int error = post_send(m, fd);

	if (error != -EAGAIN)
		return error;
	(void)sys_ppoll(&room, 1, &limit);
	return post_send(m, fd);
}

static bool told(enum link_kind kind, int32_t a, int32_t b)
{
	if (post_send(link_make(kind, a, b, 0), -1) == 0)
		return true;
	supervisor.news_at_ms = supervisor.now_ms + NEWS_AGAIN_MS;
	return false;
}

/* What pid1 has to know, as soon as it is so. */
void post_news(void)
{
	uint32_t halt = supervisor.ledger->halt;

	if (supervisor.link_lost)
		return; /* it is when to take its place */
	supervisor.news_at_ms = NEVER_MS;
	if (!supervisor.adopted)
		supervisor.adopted = told(LINK_ADOPTED,
		                          supervisor.ledger->supervisord,
		                          (int32_t)supervisor.adopts);
	if (halt != 0 && !supervisor.halted && supervisor.world.busy == 0)
		supervisor.halted =
			told(LINK_HALT, (int32_t)(halt >> 8), halt_code(halt));
}
