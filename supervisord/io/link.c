/* SPDX-License-Identifier: MIT */
/* The link to pid1, our end. Sending never waits, save for KEEP at boot. */
#include "supervisord/base/supervisor.h"

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

static bool told(struct link m)
{
	if (post_send(m, -1) == 0)
		return true;
	supervisor.news_at_ms = supervisor.now_ms + NEWS_AGAIN_MS;
	return false;
}

/* Nothing comes to where it is to be by itself any more. */
static bool is_reached(void)
{
	return supervisor.ledger->seeded && supervisor.ledger->halt == 0 &&
	       supervisor.world.passing == 0 &&
	       supervisor.world.dirty.count == 0;
}

/* What pid1 has to know, as soon as it is so. */
void post_news(void)
{
	uint32_t halt = supervisor.ledger->halt;
	bool forced = supervisor.ledger->escalation.level == URGENCY_FORCED;

	if (supervisor.link_lost)
		return; /* it is when to take its place */
	supervisor.news_at_ms = NEVER_MS;
	if (!supervisor.adopted)
		supervisor.adopted = told(
			link_make(LINK_ADOPTED, supervisor.ledger->supervisord,
		                  (int32_t)supervisor.adopts, 0));
	if (!supervisor.reached && is_reached())
		supervisor.reached = told(link_make(LINK_REACHED, 0, 0, 0));
	if (stood()) {
		supervisor.stood = told(
			link_make(LINK_STOOD, sys_getpid(), 0, 0));
		upgrade_forget();
	}
	if (halt != 0 && !supervisor.halted &&
	    (forced || supervisor.world.busy == 0))
		supervisor.halted =
			told(link_make(LINK_HALT, (int32_t)(halt >> 8),
		                       halt_code(halt), forced));
}
