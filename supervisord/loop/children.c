/* SPDX-License-Identifier: MIT */
/* Peek, record, release: an exit is written down before its zombie is
 * reaped, so it cannot be lost; and it is counted with the store that takes
 * the pid out of the record, so it cannot be counted twice. */
#include "supervisord/base/supervisor.h"
#include "sys/message.h"
#include "sys/reap.h"

/* Whoever has reaped the guard has its children now: the program among them,
 * if that had not ended. It is taken as if we had started it. */
static void adopt(uint32_t service)
{
	struct world *w = &supervisor.world;

	message("supervisord: ", table_name(w->table, service),
	        ": its guard was killed; it goes on without one", NULL);
	publish_adopted(service);
	pid_add(w, service, ROLE_LIFE);
	world_touch(w, service);
	orphan_adopted(service);
}

/* As its guard decides it (guard.c). */
static bool is_daemon(const struct record *r)
{
	return (r->main & MAIN_READY) != 0 && r->up_ms >= r->wanted_ms &&
	       supervisor.now_ms >= r->up_ms + DAEMON_SETTLED_MS;
}

/* With its guard gone, nobody has seen to it. A guard ends with 0 when it has
 * done all. Before it counts as a daemon, and when it may have handed over to
 * a successor, all that a program has started would be there twice. */
static bool is_left(const struct table_service *s, const struct record *r,
                    bool guarded, union ending ending)
{
	bool well = ending.code == ENDING_EXITED && ending.status == 0;

	if (!table_guards(s) || !r->phase.ran || (guarded && well))
		return false;
	return s->stop_all || !is_daemon(r) ||
	       (well && !state_stops(r->phase.state));
}

/* Among the processes of all users. */
static void sweep_as_given(uint32_t service, int32_t pid)
{
	privilege_raise();
	sweep(service, pid);
	privilege_lower();
}

static void life_ended(uint32_t service, int32_t pid, union ending ending)
{
	struct world *w = &supervisor.world;
	const struct table_service *s = table_service(w->table, service);
	struct record *r = &supervisor.records[service];
	bool guarded;

	publish_board(service);
	guarded = record_guarded(s, r);
	pid_remove(w, service, ROLE_LIFE, pid);
	w->works[service].slot = NO_SLOT;
	if (guarded && processes_has_program(service)) {
		adopt(service);
		return;
	}
	if (is_left(s, r, guarded, ending))
		sweep_as_given(service, guarded ? 0 : pid);
	if (guarded && main_ended(r->main))
		ending = main_ending(r->main);
	w->works[service].own = 0;
	say_end(service, ending);
	publish_end(service, ending);
	world_touch(w, service);
}

void child_ended(int32_t pid, bool own, union ending ending)
{
	enum role role = ROLE_LIFE;
	uint32_t service = pid_find(&supervisor.world, pid, own, &role);

	if (service == TABLE_NONE)
		return; /* an orphan that we adopted */
	if (role == ROLE_HELPER)
		helper_ended(service, pid, ending);
	else
		life_ended(service, pid, ending);
}

static void take(const siginfo_t *how)
{
	child_ended(how->si_pid, true,
	            (union ending){ .status = how->si_status,
	                            .code = (uint16_t)how->si_code });
	reap_release(how->si_pid);
}

/* One that is not may be the program of a guard that has ended before it; it
 * is found behind that one, when it has been adopted (adopt). */
static bool is_known(int32_t pid)
{
	enum role role;

	return pid > 1 &&
	       pid_find(&supervisor.world, pid, true, &role) != TABLE_NONE;
}

/* The kernel finds a child by its number at once; for one that has ended, of
 * any number, it looks at all of them. Signals of a kind are merged
 * (signal(7)), so those must be looked for as well; but among thousands not
 * for each death, and not before this one is dealt with. */
void children_hint(int32_t pid)
{
	uint64_t soon_ms = supervisor.now_ms;
	siginfo_t how;

	if (is_known(pid) && reap_peek(P_PID, pid, &how))
		take(&how);
	if (supervisor.world.busy > CHILDREN_FEW)
		soon_ms += REAP_SOON_MS;
	if (soon_ms < supervisor.reap_at_ms)
		supervisor.reap_at_ms = soon_ms;
}

void children_reap(void)
{
	siginfo_t how;

	if (supervisor.now_ms < supervisor.reap_at_ms)
		return;
	for (int i = 0; i < REAP_MAX; i++) {
		if (!reap_peek(P_ALL, 0, &how)) {
			supervisor.reap_at_ms = NEVER_MS;
			return;
		}
		take(&how);
	}
	supervisor.reap_at_ms = supervisor.now_ms; /* there may be more */
}
