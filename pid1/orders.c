/* SPDX-License-Identifier: MIT */
/* The orders of supervisord: messages of the link are received and carried out,
 * and answered. Nothing here waits. */
#include "pid1/pid1.h"
#include "sys/clock.h"
#include "sys/message.h"

static void order_do(struct pid1 *p, const struct link *m, int fd)
{
	switch ((enum link_kind)m->kind) {
	case LINK_ADOPTED:
		if (m->c != 0)
			p->rest_ms = (uint32_t)m->c;
		image_adopt(p, m->a, (enum adopt)m->b, fd);
		break;
	case LINK_TRY:
		image_try(p, m->a, fd);
		return;
	case LINK_REEXEC:
		reexec_ask(p, fd, clock_now_ms());
		return;
	case LINK_KEEP:
		keep_fd(p, m->a, fd);
		return;
	case LINK_DROP:
		keep_drop(p, m->a);
		break;
	case LINK_HALT:
		end_begin(p, (enum halt)m->a, m->b, m->c != 0);
		break;
	case LINK_REACHED:
		p->owes_ready = true;
		break;
	case LINK_NOTIFY:
		notify_order(p, (enum notify)m->a, m->b);
		break;
	case LINK_STOOD:
		probation_stood(p, m->a);
		break;
	case LINK_NONE:
	case LINK_EXITED:
	case LINK_SIGNAL:
	case LINK_DRAINED:
	case LINK_LOCKED:
	case LINK_KEPT:
	case LINK_REEXECED:
	case LINKS:
		break;
	}
	if (fd >= 0)
		(void)sys_close(fd); /* no order has one attached */
}

static int attached_fd(const struct control_fd *c, const struct msghdr *header)
{
	if (header->control_length < CONTROL_FD_LENGTH ||
	    c->level != SOL_SOCKET || c->type != SCM_RIGHTS)
		return -1;
	return c->fd;
}

/* Takes the message that was peeked at off the link. Its descriptor, of which
 * peeking has made a copy, is dropped. */
static long order_take(void)
{
	struct link m;
	struct iovec part = { &m, sizeof(m) };
	struct msghdr header = { .parts = &part, .part_count = 1 };
	long got;

	do
		got = sys_recvmsg(FD_LINK_PID1, &header, MSG_DONTWAIT);
	while (got == -EINTR);
	return got;
}

/* Carries out all messages that are on the link. Peek, do it, take it off:
 * after a fault of connate in between it is done twice, which does no harm.
 * What is no message of the link is named on standard error and ignored. */
void orders_receive(struct pid1 *p)
{
	struct link m;
	struct iovec part = { &m, sizeof(m) };
	long got;

	do {
		struct control_fd control = { 0 };
		struct msghdr header = { .parts = &part,
			                 .part_count = 1,
			                 .control = &control,
			                 .control_length = sizeof(control) };
		const char *wrong;

		got = sys_recvmsg(FD_LINK_PID1, &header,
		                  MSG_DONTWAIT | MSG_CMSG_CLOEXEC | MSG_PEEK);
		if (got < 0)
			continue;
		wrong = link_check(&m, (uint64_t)got);
		if (wrong == NULL)
			order_do(p, &m, attached_fd(&control, &header));
		else
			message("connate: a message from supervisord is "
			        "ignored: ",
			        wrong, NULL);
		got = order_take();
	} while (got > 0 || got == -EINTR);
	if (got < 0 && got != -EAGAIN)
		p->retry_soon = true;
}

/* Sends the answers that supervisord still waits for: KEPT and REEXECED. One
 * that cannot be sent stays owed. */
void orders_answer(struct pid1 *p)
{
	if (p->owes_kept)
		p->owes_kept = link_send(p, link_make(LINK_KEPT, p->supervisord,
		                                      (int32_t)p->report.images,
		                                      0)) < 0;
	if (p->owes_reexeced)
		p->owes_reexeced = link_send(p, p->reexeced) < 0;
}
