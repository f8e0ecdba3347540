/* SPDX-License-Identifier: MIT */
/* The processes of a service, by more than their numbers. Only a parent keeps
 * a number from coming again, by not reaping:
 *
 *     ours       it ends when we say so: the number is enough
 *     connate's  connate says EXITED before it reaps: what it has said is read
 *                while the process is held, so the record still has it or not
 *     a guard's  the guard says so on the board before it reaps
 *     an orphan  nothing says that it has ended: the key must be the same
 *                (process.h)
 *
 * Keys are learned while a parent would say that the process has ended: of each
 * that another supervisord has started, soon after we have come up. Without a
 * key a process is known by that parent; or, if it was lost before, by what it
 * says of itself (left.c); without a /proc by its number. */
#include "supervisord/tree/proc.h"
#include "supervisord/tree/process.h"
#include "supervisord/base/supervisor.h"

static const struct table_service *configured(uint32_t service)
{
	return table_service(supervisor.world.table, service);
}

static struct record *record_of(uint32_t service)
{
	return &supervisor.records[service];
}

static bool is_guarded(uint32_t service)
{
	return record_guarded(configured(service), record_of(service));
}

/* Without a guard, the program is the service's process. */
static enum whose whose_now(uint32_t service, enum whose whose)
{
	return whose == WHOSE_MAIN && !is_guarded(service) ? WHOSE_LIFE : whose;
}

static int32_t number(uint32_t service, enum whose whose)
{
	const struct record *r = record_of(service);

	switch (whose) {
	case WHOSE_LIFE:
		return r->life.pid;
	case WHOSE_MAIN:
		return main_pid(r->main);
	case WHOSE_HELPER:
		break;
	}
	return r->helper;
}

static uint64_t key(uint32_t service, enum whose whose)
{
	const struct record *r = record_of(service);

	switch (whose) {
	case WHOSE_LIFE:
		return r->life_key;
	case WHOSE_MAIN:
		return r->main_key;
	case WHOSE_HELPER:
		break;
	}
	return r->helper_key;
}

static bool is_own(uint32_t service, enum whose whose)
{
	const struct work *work = &supervisor.world.works[service];

	return whose == WHOSE_HELPER ? work->own_helper
	                             : whose == WHOSE_LIFE && work->own;
}

/* What connate and a guard have said by now. */
static void hear(uint32_t service, enum whose whose)
{
	if (!is_own(service, whose))
		observe_link();
	if (table_guards(configured(service)))
		publish_board(service);
}

/* The parent that tells of its end. */
static bool has_its_parent(uint32_t service, enum whose whose, int32_t pid)
{
	struct proc p;

	return proc_find(pid, &p) &&
	       p.parent == (whose == WHOSE_MAIN ? number(service, WHOSE_LIFE)
	                                        : supervisor.pid1);
}

/* Another record has it: a process is of one service at most. */
static bool is_anothers(uint32_t service, int32_t pid)
{
	const struct world *w = &supervisor.world;
	enum role role;
	uint32_t a = pid_find(w, pid, false, &role);
	uint32_t b = pid_find(w, pid, true, &role);

	return (a != TABLE_NONE && a != service) ||
	       (b != TABLE_NONE && b != service);
}

bool processes_is(uint32_t service, enum whose whose, const struct process *p)
{
	uint64_t known = key(service, whose), now = process_key(p);
	bool is;

	if (p->pid == supervisor.pid1 || p->pid == sys_getpid())
		return false; /* which have our board, and are no service */
	if (process_keys_tell(known, now))
		return known == now;
	privilege_raise();
	is = has_its_parent(service, whose, p->pid) ||
	     (!is_anothers(service, p->pid) && left_is(service, p->pid)) ||
	     !proc_usable();
	privilege_lower();
	return is && process_is_there(p);
}

static bool is_it(uint32_t service, enum whose whose, const struct process *p)
{
	bool is = processes_is(service, whose, p);

	hear(service, whose);
	return is && number(service, whose) == p->pid;
}

/* Between clone and setsid(2) there is no such group yet. */
static int signal_own(int32_t pid, int signal, bool group)
{
	int error = group ? sys_kill(-pid, signal) : -ESRCH;

	return error == -ESRCH ? sys_kill(pid, signal) : error;
}

int processes_signal(uint32_t service, enum whose whose, int signal, bool group)
{
	struct process p;
	int32_t pid;
	int error;

	hear(service, whose);
	whose = whose_now(service, whose);
	pid = number(service, whose);
	if (pid <= 1)
		return -ESRCH;
	if (is_own(service, whose))
		return signal_own(pid, signal, group);
	error = process_open(&p, pid);
	if (error < 0)
		return error;
	error = is_it(service, whose, &p) ? process_signal(&p, signal, group)
	                                  : -ESRCH;
	process_close(&p);
	return error;
}

bool processes_has_program(uint32_t service)
{
	int32_t pid = number(service, WHOSE_MAIN);
	struct process p;
	struct proc stat;
	bool has;

	if (pid <= 1 || is_anothers(service, pid) || process_open(&p, pid) < 0)
		return false;
	privilege_raise();
	has = processes_is(service, WHOSE_MAIN, &p) ||
	      (pid != sys_getpid() && proc_find(pid, &stat) &&
	       (stat.parent == supervisor.pid1 ||
	        stat.parent == sys_getpid()));
	privilege_lower();
	process_close(&p);
	return has;
}

bool processes_guarded(uint32_t service)
{
	hear(service, WHOSE_LIFE);
	return is_guarded(service);
}

/* It is there; and it is known what it is to be known by. */
static bool learn(uint32_t service, enum whose whose)
{
	int32_t pid = number(service, whose);
	struct process p;
	uint64_t now;
	bool there;

	if (process_open(&p, pid) == -ESRCH)
		return false;
	now = process_key(&p);
	there = is_it(service, whose, &p);
	process_close(&p);
	if (there && !supervisor.link_lost && now != KEY_UNKNOWN &&
	    now != key(service, whose))
		publish_key(service, whose, now);
	return there;
}

/* One that is gone although nobody said so, with all that was said until now
 * taken. How it ended is not known. */
static void check(uint32_t service, enum whose whose)
{
	int32_t pid = number(service, whose);

	if (pid <= 0 || is_own(service, whose) || learn(service, whose))
		return;
	hear(service, whose);
	if (whose != WHOSE_MAIN && number(service, whose) == pid)
		child_ended(pid, false, (union ending){ .code = 0 });
}

void processes_check(uint32_t service)
{
	if (!orphan_is_watched(service))
		check(service, WHOSE_LIFE);
	check(service, WHOSE_HELPER);
	if (is_guarded(service) && !is_own(service, WHOSE_LIFE))
		check(service, WHOSE_MAIN);
}
