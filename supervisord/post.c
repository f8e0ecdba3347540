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

/* What pid1 has to know and could not be told before. */
void post_news(void)
{
	int pid = supervisor.ledger->supervisord;
	uint32_t halt = supervisor.ledger->halt;

	if (!supervisor.adopted)
		supervisor.adopted =
			post_send(link_make(LINK_ADOPTED, pid, 0, 0), -1) == 0;
	if (halt == 0 || supervisor.halted || supervisor.world.busy > 0)
		return;
	supervisor.halted =
		post_send(link_make(LINK_HALT, (int32_t)(halt >> 8),
	                            (int32_t)(halt & 255), 0),
	                  -1) == 0;
}
