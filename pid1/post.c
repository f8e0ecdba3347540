/* SPDX-License-Identifier: MIT */
/* What comes in and goes out: messages of the link and signals. Nothing here
 * waits. */
#include "pid1/pid1.h"

#include "model/text.h"
#include "sys/clock.h"
#include "sys/message.h"

/* Not told to supervisord: deaths, which are looked for; faults; and what we
 * may have caused ourselves, by a message that nobody reads. */
#define OURS                                                             \
	(SIGNAL_BIT(SIGCHLD) | SIGNAL_BIT(SIGPIPE) | SIGNAL_BIT(SIGSEGV) | \
	 SIGNAL_BIT(SIGBUS) | SIGNAL_BIT(SIGILL) | SIGNAL_BIT(SIGFPE))

/* No room, or no memory: what was to be sent stays where it is. */
static int send(struct pid1 *p, struct link m)
{
	struct iovec part = { &m, sizeof(m) };
	struct msghdr header = { .parts = &part, .part_count = 1 };
	long sent = sys_sendmsg(FD_LINK_PID1, &header,
	                        MSG_DONTWAIT | MSG_NOSIGNAL);

	if (sent >= 0)
		return 0;
	if (sent == -EAGAIN)
		p->full = true;
	else
		p->again = true;
	return (int)sent;
}

/* The number of the message that supervisord has to read next; 0: of none. */
static uint32_t head(void)
{
	struct link m;
	struct iovec part = { &m, sizeof(m) };
	struct msghdr header = { .parts = &part, .part_count = 1 };

	return sys_recvmsg(FD_LINK, &header, MSG_DONTWAIT | MSG_PEEK) ==
	                       sizeof(m)
	               ? m.number
	               : 0;
}

int post_send(struct pid1 *p, struct link m)
{
	int error;

	m.number = p->number + 1 != 0 ? p->number + 1 : 1;
	error = send(p, m);
	if (error < 0)
		return error;
	p->number = m.number;
	(void)post_is_stuck(p, clock_now_ms()); /* it has something to read */
	return 0;
}

/* Looked at when something was sent, and once more after that: who has nothing
 * to read is left in peace. */
bool post_is_stuck(struct pid1 *p, uint64_t now_ms)
{
	uint32_t now = head();

	if (now != 0 && now == p->unread)
		return now_ms >= p->unread_at_ms;
	p->unread = now;
	p->unread_at_ms = now != 0 ? now_ms + STUCK_MS : NEVER_MS;
	return false;
}

/* What somebody waits for. */
void post_owed(struct pid1 *p)
{
	if (p->owes_kept)
		p->owes_kept =
			post_send(p, link_make(LINK_KEPT, p->supervisord,
		                               (int32_t)p->report.images, 0)) < 0;
	if (p->owes_reexeced)
		p->owes_reexeced = post_send(p, p->reexeced) < 0;
}

static void handle(struct pid1 *p, const struct link *m, int fd)
{
	switch ((enum link_kind)m->kind) {
	case LINK_ADOPTED:
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
		keep_drop(m->a);
		break;
	case LINK_HALT:
		end_begin(p, (enum halt)m->a, m->b, m->c != 0);
		break;
	case LINK_REACHED:
		p->owes_ready = true;
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
		(void)sys_close(fd); /* nobody asked for it */
}

static int attached(const struct control_fd *c, const struct msghdr *header)
{
	if (header->control_length < CONTROL_FD_LENGTH ||
	    c->level != SOL_SOCKET || c->type != SCM_RIGHTS)
		return -1;
	return c->fd;
}

/* What it brings is had already. */
static long take(void)
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

/* Peek, do it, take it: after a fault of ours in between it is done twice,
 * which does no harm. */
void post_receive(struct pid1 *p)
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
			handle(p, &m, attached(&control, &header));
		else
			message("connate: a message from supervisord is "
			        "ignored: ", wrong, NULL);
		got = take();
	} while (got > 0 || got == -EINTR);
	if (got < 0 && got != -EAGAIN)
		p->again = true;
}

/* What a signal means depends on it. */
static enum init kind(const struct pid1 *p)
{
	if (!p->is_init)
		return INIT_NONE;
	return p->is_machine ? INIT_MACHINE : INIT_CONTAINER;
}

/* There is nobody to tell: none has ever worked, so there are no services; or
 * it has died too often since the end was asked for. Who kills it from outside
 * does not decide that; but where none comes up at all any more, nor does it
 * matter of what they die: memory may have run out. */
static bool is_alone(const struct pid1 *p)
{
	if (!p->is_init && !p->ever_adopted)
		return true;
	return p->end_deaths >= END_DEATHS ||
	       (p->report.deaths >= RESCUE_DEATHS &&
	        p->report.deaths > p->wanted_deaths);
}

static void end_alone(struct pid1 *p)
{
	if (p->wanted == HALT_NONE || !is_alone(p))
		return;
	if (p->ever_adopted)
		message("connate: supervisord keeps dying, and the end was "
		        "asked for: ending without it what is left", NULL);
	end_begin(p, p->wanted, p->wanted_code, false);
}

static void want(struct pid1 *p, enum halt halt, int code)
{
	if (halt == HALT_NONE || p->wanted != HALT_NONE)
		return;
	p->wanted = halt;
	p->wanted_code = code;
	p->wanted_deaths = p->report.deaths;
}

/* It may have been asked, and have written that down, and die of doing it. A
 * code that was not asked for is one that says that it was not done in order. */
static void want_as_noted(struct pid1 *p)
{
	uint32_t halt = p->ever_adopted ? report_halt() : 0;

	if (halt >> 8 < HALTS)
		want(p, (enum halt)(halt >> 8),
		     (halt & 255) != 0 ? (int)(halt & 255) : 1);
}

/* steady: it worked for long, or another image takes its place. */
void post_died(struct pid1 *p, bool steady)
{
	const struct report *n = &p->report;

	want_as_noted(p);
	if (steady || p->wanted == HALT_NONE)
		p->end_deaths = 0;
	else if (n->death != DEATH_KILLED || n->status != SIGKILL)
		p->end_deaths++;
}

/* What it asks for is remembered until it is done. */
static int remember(struct pid1 *p, int signal)
{
	want(p, halt_of_signal(signal, kind(p)), 1);
	return post_send(p, link_make(LINK_SIGNAL, signal, (int32_t)kind(p), 0));
}

/* The last supervisord has refused the ledger, and so will the next one. */
static bool is_refused(const struct pid1 *p)
{
	return !p->adopted && p->report.death == DEATH_EXITED &&
	       p->report.status == EXIT_LEDGER;
}

static int pass_on(struct pid1 *p, int signal)
{
	if (signal == SIGHUP && is_refused(p)) {
		keep_anew(p);
		return 0;
	}
	return remember(p, signal);
}

/* No supervisord is there any more that could be told. */
static void signals_late(struct pid1 *p)
{
	if (p->signals != 0)
		end_hurry(p);
	p->signals = 0;
}

void post_signals(struct pid1 *p)
{
	struct signalfd_siginfo info;

	while (sys_read(FD_SIGNAL, &info, sizeof(info)) == sizeof(info))
		p->signals |= SIGNAL_BIT(info.ssi_signo);
	p->signals &= ~OURS;
	if (p->halt != HALT_NONE)
		signals_late(p);
	for (int n = 1; n <= 64 && p->signals != 0; n++) {
		if ((p->signals & SIGNAL_BIT(n)) == 0)
			continue;
		if (pass_on(p, n) < 0)
			break;
		p->signals &= ~SIGNAL_BIT(n);
	}
	end_alone(p);
}
