/* SPDX-License-Identifier: MIT */
/* The processes of a service, by more than their numbers. Only a parent keeps a
 * number from being used again, by not reaping. Of a process that is
 *
 *     a child of supervisord  the number is enough: supervisord reaps it
 *     a child of connate      connate says EXITED before it reaps: messages are
 *                             read while the process is held, so the record
 *                             still has it or not
 *     a child of a guard      the guard stores the end on the board before it
 *                             reaps
 *     an orphan               nothing tells that it has ended: the key must be
 *                             the same (process.h)
 *
 * Keys are learned while a parent would tell that the process has ended: for
 * each process that another supervisord has started, soon after this one has
 * started. Without a key a process is known by that parent; or, if its parent
 * was lost before, by what it says of itself (claim.c); without a /proc by its
 * number. */
#include "supervisord/process/processes.h"

#include "model/pids.h"
#include "supervisord/base/privilege.h"
#include "supervisord/base/publish.h"
#include "supervisord/base/supervisor.h"
#include "supervisord/io/link.h"
#include "supervisord/process/claim.h"
#include "supervisord/process/groups.h"
#include "supervisord/tree/proc.h"
#include "supervisord/tree/process.h"

static bool is_guarded(uint32_t service)
{
	return record_guarded(configured(service), record_of(service));
}

/* Without a guard, the program is the process that supervisord started. */
static enum service_process which_now(uint32_t service,
                                      enum service_process which)
{
	return which == PROCESS_MAIN && !is_guarded(service) ? PROCESS_LIFE
	                                                     : which;
}

static int32_t pid_now(uint32_t service, enum service_process which)
{
	const struct record *r = record_of(service);

	switch (which) {
	case PROCESS_LIFE:
		return r->life.pid;
	case PROCESS_MAIN:
		return main_pid(r->main);
	case PROCESS_HELPER:
		break;
	}
	return r->helper;
}

static uint64_t key_now(uint32_t service, enum service_process which)
{
	const struct record *r = record_of(service);

	switch (which) {
	case PROCESS_LIFE:
		return r->life_key;
	case PROCESS_MAIN:
		return r->main_key;
	case PROCESS_HELPER:
		break;
	}
	return r->helper_key;
}

static bool is_own(uint32_t service, enum service_process which)
{
	const struct work *work = &supervisor.world.works[service];

	return which == PROCESS_HELPER ? work->own_helper
	                             : which == PROCESS_LIFE && work->own;
}

/* Reads what connate and a guard have said by now. */
static void catch_up(uint32_t service, enum service_process which)
{
	if (!is_own(service, which))
		link_receive();
	if (table_guards(configured(service)))
		publish_board(service);
}

/* The parent that tells of its end is its parent still; a guard does so also of
 * those that descend from it. */
static bool has_its_parent(uint32_t service, enum service_process which,
                           int32_t pid)
{
	struct proc p;

	if (!proc_find(pid, &p))
		return false;
	return which == PROCESS_MAIN
	               ? proc_descends(&p, pid_now(service, PROCESS_LIFE),
	                               PROCESS_PARENTS)
	               : p.parent == supervisor.connate;
}

/* Is the pid recorded for another service? A process belongs to one at most. */
static bool is_of_another(uint32_t service, int32_t pid)
{
	const struct world *w = &supervisor.world;
	enum role role;
	uint32_t a = pid_find(w, pid, false, &role);
	uint32_t b = pid_find(w, pid, true, &role);

	return (a != TABLE_NONE && a != service) ||
	       (b != TABLE_NONE && b != service);
}

/* Is this process, which is held, the one that the record means? It is compared
 * by its key; where that tells nothing, see above. */
bool processes_is(uint32_t service, enum service_process which,
                  const struct process *p)
{
	uint64_t known = key_now(service, which), now = process_key(p);
	bool is;

	if (p->pid == supervisor.connate || p->pid == sys_getpid())
		return false; /* they have the board, and are no service */
	if (process_keys_tell(known, now))
		return known == now;
	privilege_raise();
	is = has_its_parent(service, which, p->pid) ||
	     (!is_of_another(service, p->pid) && claim_is(service, p->pid)) ||
	     !proc_usable();
	privilege_lower();
	return is && process_is_there(p);
}

static bool is_still(uint32_t service, enum service_process which,
                     const struct process *p)
{
	bool is = processes_is(service, which, p);

	catch_up(service, which);
	return is && pid_now(service, which) == p->pid;
}

/* Sends a signal to a process of the service, and to no other process that has
 * its number by now; group: to the process group that it leads, or has led while
 * the end of that is waited for (groups.c). PROCESS_MAIN is the program, with a
 * guard or without. 0, or -errno: -ESRCH if there is no such process. */
int processes_signal(uint32_t service, enum service_process which, int signal,
                     bool group)
{
	struct process p;
	int32_t pid;
	int error;

	catch_up(service, which);
	which = which_now(service, which);
	pid = pid_now(service, which);
	if (pid <= 1)
		return -ESRCH;
	if (which == PROCESS_LIFE && record_awaits_group(record_of(service)))
		return group ? groups_signal(service, signal) : -ESRCH;
	if (is_own(service, which))
		return group ? process_signal_group(pid, pid, signal)
		             : sys_kill(pid, signal);
	error = process_open(&p, pid);
	if (error < 0)
		return error;
	error = is_still(service, which, &p) ? process_signal(&p, signal, group)
	                                  : -ESRCH;
	process_close(&p);
	return error;
}

/* Tells the guard of the service which process is the program from now on; 0:
 * none was named. It is called while a message of connate is heard, so none is
 * read here. 0, or -errno: -ESRCH if it has no guard, -ENOSYS before Linux
 * 5.1. */
int processes_tell_guard(uint32_t service, int32_t main)
{
	siginfo_t info = { .si_signo = GUARD_SIGNAL, .si_code = SI_QUEUE };
	struct process p;
	int error = is_guarded(service)
	                    ? process_open(&p, pid_now(service, PROCESS_LIFE))
	                    : -ESRCH;

	if (error < 0)
		return error;
	info.si_int = main;
	error = is_own(service, PROCESS_LIFE) ||
	                        processes_is(service, PROCESS_LIFE, &p)
	                ? sys_pidfd_send_info(p.fd, GUARD_SIGNAL, &info, 0)
	                : -ESRCH;
	process_close(&p);
	return error;
}

/* The guard of the service has ended: is the process on the board its program,
 * and a child of the process that reaped the guard? */
bool processes_has_program(uint32_t service)
{
	int32_t pid = pid_now(service, PROCESS_MAIN);
	struct process p;
	struct proc stat;
	bool has;

	if (pid <= 1 || is_of_another(service, pid) ||
	    process_open(&p, pid) < 0)
		return false;
	privilege_raise();
	has = processes_is(service, PROCESS_MAIN, &p) ||
	      (pid != sys_getpid() && proc_find(pid, &stat) &&
	       (stat.parent == supervisor.connate ||
	        stat.parent == sys_getpid()));
	privilege_lower();
	process_close(&p);
	return has;
}

/* Is the process of the service a guard, by all that was said until now? */
bool processes_guarded(uint32_t service)
{
	catch_up(service, PROCESS_LIFE);
	return is_guarded(service);
}

/* Is it there? If so, its key is stored from now on. */
static bool learn_key(uint32_t service, enum service_process which)
{
	int32_t pid = pid_now(service, which);
	struct process p;
	uint64_t now;
	bool there;

	if (process_open(&p, pid) == -ESRCH)
		return false;
	now = process_key(&p);
	there = is_still(service, which, &p);
	process_close(&p);
	if (there && !supervisor.link_lost && now != KEY_UNKNOWN &&
	    now != key_now(service, which))
		publish_key(service, which, now);
	return there;
}

/* A process that is gone, with all that was said until now read, has ended
 * unnoticed. */
static void check_process(uint32_t service, enum service_process which)
{
	int32_t pid = pid_now(service, which);

	if (pid <= 0 || is_own(service, which) || learn_key(service, which))
		return;
	catch_up(service, which);
	if (which != PROCESS_MAIN && pid_now(service, which) == pid)
		link_missed(pid, (union ending){ .code = 0 });
}

/* Looks whether the processes of a service that are not children of supervisord
 * are still there: of each that is, the key is stored; of each that is not, the
 * end is stored, without how it ended. watched: its process is an orphan whose
 * end is noticed anyhow (orphans.c). A group is looked at by groups.c. */
void processes_check(uint32_t service, bool watched)
{
	if (!watched && !record_awaits_group(record_of(service)))
		check_process(service, PROCESS_LIFE);
	check_process(service, PROCESS_HELPER);
	if (is_guarded(service) && !is_own(service, PROCESS_LIFE))
		check_process(service, PROCESS_MAIN);
}
