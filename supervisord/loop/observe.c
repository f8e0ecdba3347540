/* SPDX-License-Identifier: MIT */
/* The one place where supervisord waits: until a child dies, pid1 or a client
 * says something, or a deadline has come. */
#include "model/text.h"
#include "supervisord/base/supervisor.h"
#include "sys/message.h"
#include "sys/clock.h"

void observe_clock(void)
{
	supervisor.now_ms = clock_now_ms();
}

static void on_signal(const struct link *m)
{
	if (m->a == SIGHUP)
		publish_hung_up(true); /* done when it is off the link */
	else
		halt_on_signal(m->a, (enum init)m->b, m->number);
}

/* What became of the image that pid1 was to become. */
static void on_reexec(const struct link *m)
{
	if (supervisor.ledger->reexec_id == 0)
		return;
	publish_answer(supervisor.ledger->reexec_id, m->a,
	               (uint32_t)m->b << 16 | (uint32_t)m->c);
	publish_reexec(0);
}

static void on_message(const struct link *m)
{
	switch ((enum link_kind)m->kind) {
	case LINK_EXITED:
		child_ended(m->a, false,
		            (union ending){ .status = m->c,
		                            .code = (uint16_t)m->b });
		break;
	case LINK_SIGNAL:
		on_signal(m);
		break;
	case LINK_DRAINED:
		if (m->a == sys_getpid())
			supervisor.drained = true;
		break;
	case LINK_LOCKED:
		publish_locked();
		supervisor.locked = true;
		break;
	case LINK_KEPT:
		upgrade_kept(m->a, (uint32_t)m->b);
		break;
	case LINK_REEXECED:
		on_reexec(m);
		break;
	case LINK_NONE:
	case LINK_TRY:
	case LINK_REEXEC:
	case LINK_ADOPTED:
	case LINK_KEEP:
	case LINK_DROP:
	case LINK_HALT:
	case LINK_REACHED:
	case LINK_STOOD:
	case LINKS:
		break;
	}
}

static void link_is_lost(void)
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

/* Peek, record, release, as with a zombie: killed in between, the successor
 * finds the message again, and taking it twice does no harm. */
void observe_link(void)
{
	while (!supervisor.link_lost) {
		struct link m;
		long got = receive(&m, MSG_PEEK);
		const char *wrong;

		if (got == 0 || got == -ECONNRESET)
			link_is_lost();
		if (got <= 0)
			return;
		wrong = link_check(&m, (uint64_t)got);
		if (wrong == NULL)
			on_message(&m);
		else
			message("supervisord: a message of connate is "
			        "ignored: ", wrong, NULL);
		if (receive(&m, 0) < 0)
			return;     /* it is there again next time */
	}
}

static uint64_t sleep_until(uint64_t now_ms)
{
	const uint64_t times[] = {
		due_next(&supervisor.world), supervisor.reap_at_ms,
		spawn_look_ms(),             supervisor.news_at_ms,
		supervisor.orphans_at_ms,    await_look_ms(),
		halt_planned_ms(),           supervisor.check_at_ms,
		stood_due_ms(),
	};
	uint64_t first = NEVER_MS;

	if (supervisor.world.dirty.count > 0)
		return now_ms;
	for (unsigned k = 0; k < sizeof(times) / sizeof(times[0]); k++)
		first = earlier(first, times[k]);
	return first;
}

/* It is the only signal, and one of it is kept at most (signal(7)): when there
 * is another by now, it wakes us again. */
static void drain_signals(void)
{
	struct signalfd_siginfo info;

	if (sys_read(FD_SIGNAL, &info, sizeof(info)) == sizeof(info))
		children_hint((int32_t)info.ssi_pid); /* it is SIGCHLD */
}

enum source { SIGNALS, REQUESTS_IN, MESSAGES, READINESS, ORPHANS, SOURCES };

static void dispatch(const struct pollfd *fds)
{
	if (fds[SIGNALS].revents != 0)
		drain_signals();
	children_reap();
	if (fds[MESSAGES].revents != 0)
		observe_link();
	if (fds[READINESS].revents != 0)
		ready_read();
	if (fds[ORPHANS].revents != 0)
		orphan_read();
	resume_check();
	orphan_look();
	if (fds[REQUESTS_IN].revents != 0)
		requests_read();
}

static void wait(struct pollfd *fds)
{
	uint64_t until = sleep_until(supervisor.now_ms);
	bool for_ever = until == NEVER_MS;
	struct __kernel_timespec timeout =
		clock_left(for_ever ? until : clock_now_ms(), until);

	if (sys_ppoll(fds, SOURCES, for_ever ? NULL : &timeout) >= 0)
		return;
	for (int i = 0; i < SOURCES; i++)
		fds[i].revents = POLLIN;    /* no memory: look everywhere */
}

void observe(void)
{
	struct pollfd fds[SOURCES] = {
		[SIGNALS] = { .fd = FD_SIGNAL, .events = POLLIN },
		[REQUESTS_IN] = { .fd = FD_REQUEST_IN, .events = POLLIN },
		[MESSAGES] = { .fd = supervisor.link_lost ? -1 : FD_LINK,
			       .events = POLLIN },
		[READINESS] = { .fd = supervisor.ready_fd, .events = POLLIN },
		[ORPHANS] = { .fd = supervisor.orphans_fd, .events = POLLIN },
	};

	spawn_await_slot();
	spawn_look();
	wait(fds);
	observe_clock();
	dispatch(fds);
	due_expire(&supervisor.world, supervisor.now_ms);
	await_look();
}

/* At boot: nothing but the link matters until pid1 has said it. */
void observe_until(const bool *said)
{
	struct pollfd fd = { .fd = FD_LINK, .events = POLLIN };

	for (observe_link(); !*said && !supervisor.link_lost; observe_link()) {
		(void)sys_ppoll(&fd, 1, NULL); /* an error: look again */
		observe_clock();
	}
}
