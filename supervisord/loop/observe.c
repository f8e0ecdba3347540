/* SPDX-License-Identifier: MIT */
/* The place where supervisord waits, once it is up: until a child ends, connate
 * or a client says something, or a deadline has come. */
#include "supervisord/loop/observe.h"

#include "model/clock.h"
#include "model/due.h"
#include "model/phase.h"
#include "supervisord/base/publish.h"
#include "supervisord/base/supervisor.h"
#include "supervisord/io/link.h"
#include "supervisord/io/watch.h"
#include "supervisord/loop/children.h"
#include "supervisord/loop/halt.h"
#include "supervisord/loop/overdue.h"
#include "supervisord/loop/probation.h"
#include "supervisord/loop/requests.h"
#include "supervisord/process/groups.h"
#include "supervisord/process/ready.h"
#include "supervisord/process/spawn.h"
#include "supervisord/recovery/orphans.h"
#include "supervisord/recovery/resume.h"
#include "sys/clock.h"

static uint64_t sleep_until(uint64_t now_ms)
{
	const uint64_t times[] = {
		due_next(&supervisor.world), children_reap_ms(),
		spawn_look_ms(),             supervisor.news_at_ms,
		orphan_look_ms(),            overdue_look_ms(),
		halt_planned_ms(),           resume_check_ms(),
		probation_due_ms(),          groups_look_ms(),
		watch_look_ms(),
	};
	uint64_t first = NEVER_MS;

	if (supervisor.world.dirty.count > 0)
		return now_ms;
	for (unsigned k = 0; k < sizeof(times) / sizeof(times[0]); k++)
		first = earlier(first, times[k]);
	return first;
}

/* SIGCHLD is the only signal, and at most one is pending (signal(7)): if there
 * is another by now, the signalfd is readable again. */
static void drain_signals(void)
{
	struct signalfd_siginfo info = { .ssi_code = CLD_EXITED };

	if (sys_read(FD_SIGNAL, &info, sizeof(info)) == sizeof(info))
		children_hint((int32_t)info.ssi_pid);
	if (info.ssi_code == 0 /* SI_USER: see earlier_give_way() */)
		watch_soon();
}

static bool has_time_out(enum state state)
{
	enum clock clock = state_clock(state);

	return clock != CLOCK_NONE && clock != CLOCK_RETRY;
}

/* How long after `until`, for which it had asked, supervisord wakes up. What was
 * due at once is no sleep: how long the passes take is no stall. */
static uint64_t late_ms(uint64_t asked_at, uint64_t until)
{
	return until > asked_at && supervisor.now_ms > until
		? supervisor.now_ms - until : 0;
}

/* The machine has stalled, or supervisord was stopped. Its services may have
 * stalled as well, and get that time in addition. Linear in the number of
 * services. */
static void forgive(uint64_t stalled_ms)
{
	struct world *w = &supervisor.world;

	if (stalled_ms < STALL_MS)
		return;
	w->stalled_ms = supervisor.now_ms;
	for (uint32_t i = 0; i < supervisor.ledger->services; i++) {
		union phase phase = record_of(i)->phase;
		bool begun = has_time_out(phase.state) &&
		             !phase_pending(phase, record_of(i)->life);

		if (begun)
			publish_since(i, phase_since_ms(phase,
			                                supervisor.now_ms) +
			                         stalled_ms);
		if ((begun || phase.state == STATE_UP) &&
		    !work_of(i)->stop_delayed)
			due_set(w, i, clock_looks(w, i, supervisor.now_ms));
	}
}

enum source { SIGNALS, REQUESTS_IN, MESSAGES, READINESS, ORPHANS, LOCK,
	SOURCES };

static void dispatch(const struct pollfd *fds, bool gathers)
{
	if (fds[SIGNALS].revents != 0)
		drain_signals();
	children_reap();
	if (fds[MESSAGES].revents != 0)
		link_receive();
	if (gathers || fds[READINESS].revents != 0)
		ready_read();
	if (fds[ORPHANS].revents != 0)
		orphan_read();
	watch_look(fds[LOCK].revents != 0);
	resume_check();
	orphan_look();
	groups_look();
	if (fds[REQUESTS_IN].revents != 0)
		requests_read();
}

static void wait_for(struct pollfd *fds, uint64_t until)
{
	bool for_ever = until == NEVER_MS;
	struct __kernel_timespec timeout =
		clock_left(for_ever ? until : clock_now_ms(), until);

	if (sys_ppoll(fds, SOURCES, for_ever ? NULL : &timeout) >= 0)
		return;
	for (int i = 0; i < SOURCES; i++)
		fds[i].revents = POLLIN;    /* no memory: look everywhere */
}

/* Waits until there is something to do, and learns what it is: ends, messages,
 * readiness, requests, deadlines that are over. What is learned is stored at
 * once, and services that it is about are dirty when this returns. Sets
 * supervisor.now_ms. */
void observe(void)
{
	struct pollfd fds[SOURCES] = {
		[SIGNALS] = { .fd = FD_SIGNAL, .events = POLLIN },
		[REQUESTS_IN] = { .fd = FD_REQUEST_IN, .events = POLLIN },
		[MESSAGES] = { .fd = supervisor.link_lost ? -1 : FD_LINK,
			       .events = POLLIN },
		[READINESS] = { .fd = ready_fd(), .events = POLLIN },
		[ORPHANS] = { .fd = orphan_fd(), .events = POLLIN },
		[LOCK] = { .fd = watch_fd(), .events = POLLIN },
	};

	uint64_t asked_at = supervisor.now_ms;
	uint64_t until;
	bool gathers;

	spawn_await_slot();
	spawn_look();
	until = sleep_until(asked_at);
	gathers = ready_gathers(&until);
	if (gathers)
		fds[READINESS].fd = -1;
	wait_for(fds, until);
	supervisor_read_clock();
	forgive(late_ms(asked_at, until));
	dispatch(fds, gathers);
	spawn_look(); /* what has done exec is not late */
	due_expire(&supervisor.world, supervisor.now_ms);
	overdue_look();
}
