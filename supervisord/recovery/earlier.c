/* SPDX-License-Identifier: MIT */
/* Services of an earlier session: connate and supervisord were both killed at
 * once, and the ledger has gone with them; the services are orphans, and run. A
 * new session with the same lock file must not start any of them a second time.
 * It finds them by what they say of themselves (claim.c), takes them for up,
 * and watches them (orphans.c).
 *
 * No process descends from this session yet, so the owner of a process decides
 * whether it is believed. One that is not is named: it may be a service that
 * has given up root by itself.
 *
 * On its way to exec, and while it runs a function of the configuration, a
 * process has the environment of supervisord, but also its ledger, which knows
 * it.
 *
 * Between a guard and its program, the program counts: a guard that was left
 * does its part alone. If the program is not found, the guard counts, as a
 * guard whose program is not known: it is told to stop, and stops its
 * program. */
#include "supervisord/recovery/earlier.h"

#include "model/rebuild.h"
#include "model/text.h"
#include "supervisord/base/publish.h"
#include "supervisord/base/supervisor.h"
#include "supervisord/io/lock.h"
#include "supervisord/process/claim.h"
#include "supervisord/process/owner.h"
#include "supervisord/process/sessions.h"
#include "supervisord/tree/proc.h"
#include "supervisord/tree/process.h"
#include "sys/message.h"

/* As it is configured, $NAME/ and all. */
static const char *our_lock(void)
{
	const struct table *t = table_in_force();

	return table_text(t, t->lock_file);
}

/* Which service a child is that has not come to its exec, which closes the
 * ledger. It may be the service's user's by then. */
static uint32_t service_before_exec(int folder, int32_t pid)
{
	uint32_t service;
	struct proc p;

	if (!proc_read(folder, &p) || !text_equal(p.name, "supervisord") ||
	    !owner_is_known(folder) ||
	    !sessions_has_lock(folder, our_lock()))
		return TABLE_NONE;
	service = sessions_service(folder, pid);
	return service != TABLE_NONE && owner_is(service, folder) ? service
	                                                          : TABLE_NONE;
}

static bool is_named_guard(int32_t pid)
{
	struct proc p;

	return proc_find(pid, &p) && text_equal(p.name, "guard");
}

/* A child of the service may lead a session as well: the first process that is
 * found counts, unless it is the guard of this one. */
static void record_earlier(uint32_t service, const struct proc *p)
{
	int32_t known = record_of(service)->life.pid;
	uint32_t other = configured(service)->other;
	uint64_t key;
	struct digits d;

	if (known != 0 && other != 0) {
		service = other - 1;
		known = record_of(service)->life.pid;
	}

	if (known != 0 && (p->parent != known || !is_named_guard(known)))
		return;
	(void)process_find_key(p->pid, &key); /* if it has ended: unknown */
	publish_found(service, p->pid, key);
	if (table_guards(configured(service)) && is_named_guard(p->pid))
		publish_blank(service); /* its program is not known (yet) */
	message("supervisord: ", name_of(service), ": process ",
	        text_number(&d, p->pid),
	        " of an earlier session runs it; it is not started again",
	        NULL);
}

static void consider_process(int folder, struct proc *p)
{
	uint32_t service = service_before_exec(folder, p->pid);

	if (!proc_read(folder, p) || !proc_lives(p) ||
	    p->pid == supervisor.connate ||
	    (service == TABLE_NONE && p->session != p->pid))
		return;
	if (service == TABLE_NONE)
		service = claim_service(folder, p->pid, false);
	if (service != TABLE_NONE)
		record_earlier(service, p);
}

static void consider_all(void)
{
	struct proc_list all;
	struct proc p;

	(void)proc_list_all(&all); /* if it cannot be had, it is empty */
	while (proc_each(&all, &p))
		consider_process(all.folder, &p);
}

/* A session with a lock file that has just been locked is not the only one, if
 * that of another session was deleted, moved or replaced meanwhile: the lock is
 * on a file that no path leads to. Such a session runs its services, so ours is
 * refused (lock.c). To be called with all capabilities raised, when the lock is
 * ours and before any service is started; again until the first targets are
 * set, as a supervisord may be killed before it comes to this. */
void earlier_give_way(void)
{
	int32_t supervisord = 0, connate;

	if (supervisor.lock == NULL)
		return;
	connate = sessions_with_lock(&supervisord);
	if (connate == 0)
		return;
	/* It looks after its lock file (lock.c). It may be gone by now. */
	if (supervisord > 1)
		(void)sys_kill(supervisord, SIGCHLD);
	lock_give_way(connate);
}

/* In a new session with a lock file: finds the processes of services that an
 * earlier one has left, and stores them. Claims that are refused are named in a
 * second pass, once all services that run are known. To be called with all
 * capabilities raised, before any service is started. */
void earlier_find(void)
{
	if (supervisor.lock == NULL || supervisor.ledger->seeded)
		return;
	claims_count(false);
	consider_all();
	if (claims_refused() > 0) {
		claims_count(true);
		consider_all();
		claims_say_rest();
	}
	world_rebuild(&supervisor.world, supervisor.now_ms);
}
