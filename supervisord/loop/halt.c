/* SPDX-License-Identifier: MIT */
/* The end of a session: it is stored first, so that the successor of a
 * supervisord that is killed meanwhile goes on with it; then every target is
 * down; and when no service is busy any more connate is told (news.c).
 *
 * A second request makes the end urgent, a third one forces it (enum urgency).
 * Stores: escalation, which has the number of the request, then halt, then the
 * targets. Killed before escalation: the request is read again, and counts.
 * Killed after it: the same request does not count again, and the rest is done
 * as if it were the first time. */
#include "supervisord/loop/halt.h"

#include "model/facts.h"
#include "model/halt.h"
#include "model/hopeless.h"
#include "model/rebuild.h"
#include "model/request.h"
#include "model/step.h"
#include "model/text.h"
#include "supervisord/base/publish.h"
#include "supervisord/base/supervisor.h"
#include "supervisord/base/targets.h"
#include "supervisord/process/processes.h"
#include "sys/message.h"

/* If an end was asked for, by the ledger: every target is down from now on. */
void halt_go_on(void)
{
	struct request_range all = { 0, supervisor.ledger->services };

	if (supervisor.ledger->halt != 0)
		targets_set(&all, 1, TARGET_DOWN);
}

/* The session ends in this way, with this exit code (0 … 255), unless it
 * already does in another. By supervisord itself: it is not an escalation. */
void halt_begin(enum halt halt, int code)
{
	if (supervisor.ledger->halt == 0)
		publish_halt((uint32_t)halt << 8 | ((uint32_t)code & 255));
	halt_go_on();
}

/* Requests within SAME_END_MS are the same request: a process and its group may
 * be sent the same signal. */
static bool is_same_request(union escalation before, union escalation now)
{
	return before.level != URGENCY_NONE &&
	       (before.asked == now.asked ||
	        moment_age(before.since_low_ms, now.since_low_ms) <
	                SAME_END_MS);
}

static void say_urgency(enum halt halt, enum urgency urgency)
{
	switch (urgency) {
	case URGENCY_ORDERLY:
		if (halt != HALT_EXIT)
			message("supervisord: stopping everything: ",
			        halt_label[halt], NULL);
		break;
	case URGENCY_HURRIED:
		message("supervisord: asked again to end: killing what does "
		        "not stop in 1 s; asked once more, it does not wait",
		        NULL);
		break;
	case URGENCY_FORCED:
		message("supervisord: asked a third time to end: no longer "
		        "waiting", NULL);
		break;
	case URGENCY_NONE:
		break;
	}
}

static void escalate(enum halt halt, uint64_t asked)
{
	union escalation before = supervisor.ledger->escalation;
	bool more = before.level < URGENCY_FORCED;
	union escalation now = {
		.level = before.level + more,
		.asked = asked,
		.since_low_ms = supervisor.now_ms & MOMENT_MASK,
	};

	if (is_same_request(before, now))
		return;
	publish_escalation(now);
	say_urgency(halt, now.level);
	if (escalation_hurried_ms(now, supervisor.now_ms) != 0)
		world_hurry(&supervisor.world, supervisor.now_ms);
}

/* A request for the end: the first makes it begin, a second shortens all
 * clocks, a third does not wait. asked: the number of the request or message,
 * by which it is not counted twice when it is read again. code: 0 … 255. */
void halt_ask(enum halt halt, int code, uint64_t asked)
{
	escalate(halt, asked);
	halt_begin(halt, code);
}

/* Plans an end in after_ms, instead of one that was planned before; HALT_NONE
 * cancels that. */
void halt_plan(enum halt halt, uint64_t after_ms)
{
	union planned before = supervisor.ledger->planned;
	union planned now = { .halt = halt,
		              .at_ms = supervisor.now_ms + after_ms };
	struct digits d;

	if (halt == HALT_NONE)
		now.word = 0;
	publish_planned(now);
	if (halt != HALT_NONE)
		message("supervisord: planned: ", halt_label[halt], " in ",
		        text_number(&d, (int64_t)(after_ms / 1000)), " s",
		        NULL);
	else if (before.halt != HALT_NONE)
		message("supervisord: called off: ", halt_label[before.halt],
		        NULL);
}

/* When the planned end begins (CLOCK_MONOTONIC), or NEVER_MS. */
uint64_t halt_planned_ms(void)
{
	union planned planned = supervisor.ledger->planned;

	return planned.halt == HALT_NONE ? NEVER_MS : planned.at_ms;
}

/* Begins the planned end, if its time has come. Killed before the plan is taken
 * away: the end has begun, and the successor takes the plan away. */
void halt_as_planned(void)
{
	union planned planned = supervisor.ledger->planned;

	if (halt_planned_ms() > supervisor.now_ms)
		return;
	if (supervisor.ledger->halt == 0)
		halt_ask((enum halt)planned.halt, 0, planned.at_ms);
	publish_planned((union planned){ .word = 0 });
}

/* Of the primary service, as a shell returns it: sh(1), "Exit Status"; 0 of a
 * success. */
static int exit_code(const struct record *r)
{
	if (service_ended_well(&supervisor.world,
	                       supervisor.world.table->primary, r->ending))
		return 0;
	if ((r->failure & STEP_ERROR) != 0) /* a skipped one has none */
		return (r->failure & STEP_ERROR) == ENOENT ? 127 : 126;
	return r->ending.code == ENDING_EXITED ? r->ending.status
	                                       : 128 + r->ending.status;
}

/* The exit code of the session, by ledger.halt (kind << 8 | code): the code of
 * the request; if that is 0, as the primary service has ended. To be asked when
 * everything is down. */
int halt_code(uint32_t halt)
{
	uint32_t primary = supervisor.world.table->primary;
	int code = (int)(halt & 255);

	if (primary == TABLE_NONE || code != 0 || halt >> 8 != HALT_EXIT ||
	    record_of(primary)->ending.code == 0)
		return code;
	return exit_code(record_of(primary));
}

static bool any_failed(void)
{
	for (uint32_t i = 0; i < supervisor.ledger->services; i++)
		if (record_of(i)->phase.state == STATE_FAILED)
			return true;
	return false;
}

/* What a signal means, with the configuration in mind: as PID 1 of a machine the
 * table of halt_of_signal() is all. In a container the stop signals of other
 * images are an end, if there is no primary service that they could be for. */
static enum halt meaning(int signal, enum init init)
{
	const struct table *t = supervisor.world.table;
	enum halt halt = halt_of_signal(signal, init);
	uint64_t ends = table_end_signals(t);

	if (init == INIT_CONTAINER && t->primary == TABLE_NONE)
		ends |= halt_of_images;
	return init != INIT_MACHINE && (ends & SIGNAL_BIT(signal)) != 0
	               ? HALT_EXIT
	               : halt;
}

/* A signal that has no meaning is named, once for each supervisord. Not those
 * that a program is sent without its asking (signal(7): ignored by default). */
static void say_ignored(int signal, enum init init)
{
	static uint64_t said = SIGNAL_BIT(SIGCONT) | SIGNAL_BIT(SIGURG) |
	                       SIGNAL_BIT(SIGWINCH);
	struct digits d;

	if ((said & SIGNAL_BIT(signal)) == 0)
		message("supervisord: signal ", text_signal(&d, signal),
		        " to connate is ignored",
		        init == INIT_MACHINE
		                ? NULL
		                : ": no service is primary, and .end_signals "
		                  "does not name it",
		        NULL);
	said |= SIGNAL_BIT(signal);
}

/* Stores a signal for the primary service. Of SIGSTOP and SIGCONT the later one
 * counts, as for the kernel (signal(7)). */
static void store(int signal)
{
	const uint64_t stops = SIGNAL_BIT(SIGSTOP) | SIGNAL_BIT(SIGCONT);
	uint64_t signals = supervisor.ledger->signals;

	if ((stops & SIGNAL_BIT(signal)) != 0)
		signals &= ~stops;
	publish_signals(signals | SIGNAL_BIT(signal));
}

/* A signal has come to connate, which is started as `init` says: one that means
 * an end (halt_of_signal(), .end_signals) is a request for it; others are stored
 * for the primary service. In a container without one, the exit code is 1 if a
 * service has failed: a container's manager looks at it. */
void halt_on_signal(int signal, enum init init, uint64_t asked)
{
	uint32_t primary = supervisor.world.table->primary;
	enum halt halt = meaning(signal, init);

	if (halt != HALT_NONE)
		halt_ask(halt,
		         init == INIT_CONTAINER && primary == TABLE_NONE &&
		                 any_failed(),
		         asked);
	else if (primary != TABLE_NONE)
		store(signal);
	else
		say_ignored(signal, init);
}

/* Sends the primary service the signals that are stored for it: SIGSTOP and
 * SIGCONT to its whole group, as a terminal does. Killed after a signal was
 * sent: it is sent twice. */
void halt_pass_on(void)
{
	uint64_t signals = supervisor.ledger->signals;
	uint32_t primary = supervisor.world.table->primary;

	for (int n = 1; primary != TABLE_NONE && signals != 0 && n <= 64; n++)
		if ((signals & SIGNAL_BIT(n)) != 0)
			(void)processes_signal(primary, PROCESS_MAIN, n,
			                       n == SIGSTOP ||
			                               n == SIGCONT);
			/* … if it runs */
	if (signals != 0)
		publish_signals(supervisor.ledger->signals & ~signals);
}

/* Nothing has happened since that may keep the primary service from
 * starting. */
static bool looked;

/* A service has entered this state: the primary service may wait in vain from
 * now on. */
void halt_note(enum state state)
{
	if (state == STATE_FAILED || state == STATE_WAITING_TO_START)
		looked = false;
}

/* Is connate PID 1, but not of a machine? The pid namespace of the machine has
 * a fixed inode (namespaces(7); PROC_PID_INIT_INO in include/linux/proc_ns.h,
 * Linux 3.8). False without a /proc. */
static bool is_container(void)
{
	const uint64_t machine = 0xeffffffc;
	struct stat namespace;

	return supervisor.connate == 1 &&
	       sys_fstatat(AT_FDCWD, "/proc/self/ns/pid", &namespace, 0) == 0 &&
	       namespace.st_ino != machine;
}

/* In a container there is nobody who would mend a service that has failed for
 * good: if the primary service waits for one, the session ends with 1. */
static void end_if_hopeless(uint32_t primary)
{
	struct world *w = &supervisor.world;
	uint32_t failed;

	if (looked || w->dirty.count > 0)
		return;
	looked = true;
	if (record_of(primary)->phase.state != STATE_WAITING_TO_START ||
	    !is_container())
		return;
	failed = hopeless_for(w, primary);
	if (failed == TABLE_NONE)
		return;
	message("supervisord: ", name_of(primary), ": cannot start, as ",
	        name_of(failed), " has failed: ending the container with 1",
	        NULL);
	halt_begin(HALT_EXIT, 1);
}

/* Ends the session, with its exit code, when the primary service has ended or
 * failed for good, or in a container cannot start any more: all other services
 * are there for it. It is called in each pass, so it does not matter when supervisord is killed. */
void halt_with_primary(void)
{
	uint32_t primary = supervisor.world.table->primary;
	const struct record *r;

	if (primary == TABLE_NONE || supervisor.ledger->halt != 0)
		return;
	r = record_of(primary);
	end_if_hopeless(primary);
	if (r->wanted_ms == 0)
		return; /* it has not been up yet */
	if (r->phase.state == STATE_FAILED || r->phase.state == STATE_SKIPPED ||
	    (r->phase.state == STATE_DOWN && !target_wanted(r->phase.target)))
		halt_begin(HALT_EXIT, exit_code(r));
}
