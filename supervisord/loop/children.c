/* SPDX-License-Identifier: MIT */
/* Processes that end. Peek, record, release: an exit is stored before its
 * zombie is reaped, so it cannot be lost; and it is counted with the store that
 * takes the pid out of the record, so it cannot be counted twice. */
#include "supervisord/loop/children.h"

#include "model/pids.h"
#include "supervisord/base/privilege.h"
#include "supervisord/base/publish.h"
#include "supervisord/base/say.h"
#include "supervisord/base/supervisor.h"
#include "supervisord/process/groups.h"
#include "supervisord/process/helper.h"
#include "supervisord/process/owner.h"
#include "supervisord/process/processes.h"
#include "supervisord/process/ready.h"
#include "supervisord/recovery/orphans.h"
#include "supervisord/tree/leftovers.h"
#include "sys/message.h"
#include "sys/reap.h"

static uint64_t reap_at_ms; /* when to look at all children; NEVER_MS */

/* The guard's children now belong to the process that reaped it, and one of
 * them is the program, which goes on as if supervisord had started it. */
static void adopt(uint32_t service, int32_t guard)
{
	struct world *w = &supervisor.world;

	pid_remove(w, service, ROLE_LIFE, guard);
	message("supervisord: ", name_of(service),
	        ": its guard was killed; it goes on without one", NULL);
	publish_adopted(service);
	pid_add(w, service, ROLE_LIFE);
	world_touch(w, service);
	orphan_adopted(service);
}

/* By the rule of its guard (guard.c). */
static bool is_settled_daemon(const struct record *r)
{
	return (r->main & MAIN_READY) != 0 && r->up_ms >= r->wanted_ms &&
	       supervisor.now_ms >= r->up_ms + DAEMON_SETTLED_MS;
}

/* May descendants of the program outlive it although they have to end with it?
 * A guard that exits with 0 has ended it. It has to end by .stop_all; and
 * before a daemon has settled, or when it may have handed over to a successor,
 * as it would be there twice after a restart. */
static bool has_leftovers(const struct table_service *s,
                          const struct record *r, bool guarded,
                          union ending ending)
{
	bool well = ending_is_good(ending);

	if (!table_guards(s) || !r->phase.ran || (guarded && well))
		return false;
	return s->stop_all || !is_settled_daemon(r) ||
	       (well && !state_stops(r->phase.state));
}

/* Among the processes of all users. */
static void end_leftovers(uint32_t service, int32_t pid)
{
	privilege_raise();
	leftovers_end(service, pid, owner_of(service));
	privilege_lower();
}

/* The end of a process whose group is waited for was stored already. */
static void life_ended(uint32_t service, int32_t pid, union ending ending)
{
	struct world *w = &supervisor.world;
	const struct table_service *s = configured(service);
	struct record *r = record_of(service);
	bool guarded;

	if (record_awaits_group(r))
		return;
	ready_take(service); /* what it has said counts before its end */
	publish_board(service);
	guarded = record_guarded(s, r);
	w->works[service].slot = NO_SLOT;
	if (guarded && processes_has_program(service)) {
		adopt(service, pid);
		return;
	}
	if (has_leftovers(s, r, guarded, ending))
		end_leftovers(service, guarded ? 0 : pid);
	if (guarded && main_ended(r->main))
		ending = main_ending(r->main);
	if (!guarded && groups_await(service, ending))
		return;
	pid_remove(w, service, ROLE_LIFE, pid);
	w->works[service].own = 0;
	say_end(service, ending);
	publish_end(service, ending);
	world_touch(w, service);
	if (!table_guards(s))
		groups_hint(service, pid);
}

/* A process has ended that is a child of supervisord (own), or else of connate,
 * or an orphan. Stores the end in the record of its service; a process that no
 * record has is an orphan that was adopted: nothing is stored, unless it was
 * the last one of a process group that is waited for. ending.code 0: how it
 * ended is not known. The zombie, if there is one, is not reaped yet. */
void child_ended(int32_t pid, bool own, union ending ending)
{
	enum role role = ROLE_LIFE;
	uint32_t service = pid_find(&supervisor.world, pid, own, &role);

	if (service == TABLE_NONE) {
		if (own)
			groups_child_ended(pid);
		return;
	}
	if (role == ROLE_HELPER)
		helper_ended(service, pid, ending);
	else
		life_ended(service, pid, ending);
}

static void record_and_reap(const siginfo_t *how)
{
	child_ended(how->si_pid, true,
	            (union ending){ .status = how->si_status,
	                            .code = (uint16_t)how->si_code });
	reap_release(how->si_pid);
}

/* A child that is not known may be the program of a guard that has ended before
 * it; it is found behind the guard, when it has been adopted. */
static bool is_known(int32_t pid)
{
	enum role role;

	return pid > 1 &&
	       pid_find(&supervisor.world, pid, true, &role) != TABLE_NONE;
}

/* SIGCHLD came for this child, which is stored and reaped at once: the kernel
 * finds a child by its number at once, but for one that has ended, of any
 * number, it looks at all of them. Signals of a kind are merged (signal(7)), so
 * all are looked at as well; among thousands of services not for each end, but
 * REAP_SOON_MS later. */
void children_hint(int32_t pid)
{
	uint64_t soon_ms = supervisor.now_ms;
	siginfo_t how;

	if (is_known(pid) && reap_peek(P_PID, pid, &how))
		record_and_reap(&how);
	if (supervisor.world.busy > CHILDREN_FEW)
		soon_ms += REAP_SOON_MS;
	reap_at_ms = earlier(reap_at_ms, soon_ms);
}

/* If it is due: stores and reaps all children that have ended, at most REAP_MAX
 * in one call. */
void children_reap(void)
{
	siginfo_t how;

	if (supervisor.now_ms < reap_at_ms)
		return;
	for (int i = 0; i < REAP_MAX; i++) {
		if (!reap_peek(P_ALL, 0, &how)) {
			reap_at_ms = NEVER_MS;
			return;
		}
		record_and_reap(&how);
	}
	reap_at_ms = supervisor.now_ms; /* there may be more */
}

/* When children_reap() is due, or NEVER_MS. */
uint64_t children_reap_ms(void)
{
	return reap_at_ms;
}
