/* SPDX-License-Identifier: MIT */
/* Sending on the link, and telling a supervisord that has stopped reading it.
 * Nothing here waits. Knows no message's meaning. */
#include "pid1/pid1.h"
#include "sys/clock.h"

/* 0 or -errno. Without room (-EAGAIN) poll(2) tells when there is some; with
 * any other error, as of no memory, nothing does. */
static int message_send(struct pid1 *p, struct link m)
{
	struct iovec part = { &m, sizeof(m) };
	struct msghdr header = { .parts = &part, .part_count = 1 };
	long sent =
		sys_sendmsg(FD_LINK_PID1, &header, MSG_DONTWAIT | MSG_NOSIGNAL);

	if (sent >= 0)
		return 0;
	if (sent == -EAGAIN)
		p->link_full = true;
	else
		p->retry_soon = true;
	return (int)sent;
}

/* The number of the message that supervisord has to read next; 0: there is
 * none. Looked at from its end of the link, which connate holds, too. */
static uint32_t unread_number(void)
{
	struct link m;
	struct iovec part = { &m, sizeof(m) };
	struct msghdr header = { .parts = &part, .part_count = 1 };

	return sys_recvmsg(FD_LINK, &header, MSG_DONTWAIT | MSG_PEEK) ==
	                       sizeof(m)
	               ? m.number
	               : 0;
}

/* Sends a message to supervisord, with the next number. 0; or -errno, and the
 * message is not sent: the caller keeps what it was about, and tries again when
 * the loop comes round (struct pid1: link_full, retry_soon). */
int link_send(struct pid1 *p, struct link m)
{
	int error;

	m.number = p->number + 1 != 0 ? p->number + 1 : 1;
	error = message_send(p, m);
	if (error < 0)
		return error;
	p->number = m.number;
	(void)link_is_stuck(p, clock_now_ms()); /* its time begins now */
	return 0;
}

/* Has supervisord left the same message unread for STUCK_MS? To be called when
 * p->unread_at_ms has come; NEVER_MS: there is nothing unread. Begins the time
 * of the message that is at the head by now. */
bool link_is_stuck(struct pid1 *p, uint64_t now_ms)
{
	uint32_t now = unread_number();

	if (now != 0 && now == p->unread)
		return now_ms >= p->unread_at_ms;
	p->unread = now;
	p->unread_at_ms = now != 0 ? now_ms + STUCK_MS : NEVER_MS;
	return false;
}
