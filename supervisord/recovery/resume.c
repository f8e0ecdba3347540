/* SPDX-License-Identifier: MIT */
/* Taking up what another supervisord left, or beginning. Nothing is started
 * before connate has said that no zombie is left (DRAINED): an exit cannot be
 * taken for that of a younger process with the same number. */
#include "supervisord/recovery/resume.h"

#include "model/change.h"
#include "model/rebuild.h"
#include "model/target.h"
#include "supervisord/base/command.h"
#include "supervisord/base/memory.h"
#include "supervisord/base/privilege.h"
#include "supervisord/base/publish.h"
#include "supervisord/base/supervisor.h"
#include "supervisord/base/targets.h"
#include "supervisord/io/link.h"
#include "supervisord/io/lock.h"
#include "supervisord/io/pipes.h"
#include "supervisord/io/sockets.h"
#include "supervisord/io/watch.h"
#include "supervisord/process/effect.h"
#include "supervisord/process/groups.h"
#include "supervisord/process/helper.h"
#include "supervisord/process/processes.h"
#include "supervisord/process/ready.h"
#include "supervisord/process/spawn.h"
#include "supervisord/recovery/earlier.h"
#include "supervisord/recovery/orphans.h"
#include "supervisord/recovery/rediscover.h"
#include "supervisord/upgrade/upgrade.h"
#include "sys/message.h"

static uint64_t check_at_ms; /* when to check services; NEVER_MS */

static bool is_child(int32_t pid)
{
	siginfo_t how;

	return pid > 1 && sys_waitid(P_PID, pid, &how,
	                             WEXITED | WNOHANG | WNOWAIT) == 0;
}

/* For a supervisord that is the process that it was before exec: its children
 * are its own still. To be called before any message is read: none can be about
 * these. */
static void find_own(uint32_t i)
{
	const struct record *r = record_of(i);
	struct work *work = work_of(i);

	work->own = is_child(r->life.pid) || groups_is_own(i);
	work->own_helper = is_child(r->helper);
}

/* A logger with .reads = EACH that is stale gets its pipes only when it starts
 * again, which harms nothing: what it has not read stays in them. It is asked
 * again for as long as it runs. */
static void renew_logger(uint32_t i)
{
	union phase p = record_of(i)->phase;

	if (configured(i)->reads_each && p.stale && p.state == STATE_UP)
		(void)processes_signal(i, PROCESS_LIFE, SIGTERM, false);
}

/* The effect of a state may not have been done before the predecessor was
 * killed. A launch that is due is seen by settle. */
static void repeat_effect(uint32_t i)
{
	const struct record *r = record_of(i);
	struct change again = { .service = i,
		                .from = r->phase.state,
		                .to = r->phase.state,
		                .effect = state_effect(r->phase.state) };

	if (!effect_launches(again.effect))
		effect_do(&again);
}

/* The first targets of a session. 0, or the code with which it has to end at
 * once: no service takes the command, so its caller would wait in vain. */
static int seed(void)
{
	struct world *w = &supervisor.world;
	bool any = supervisor.command == NULL;

	for (uint32_t i = 0; i < w->table->services; i++) {
		enum target first = command_target(i);

		any |= command_runs(i);
		if (first != TARGET_DOWN)
			target_set(w, i, first);
	}
	targets_apply();
	publish_seeded();
	if (any)
		return 0;
	message("supervisord: no ARGUMENTS() for the command", NULL);
	return COMMAND_EXIT_USAGE;
}

/* Takes up the services as the ledger has them, or sets the first targets. The
 * order is argued in upgrade.c (what another image may do before
 * upgrade_commit) and in earlier.c, rediscover.c and orphans.c (what is found
 * when). Returns 0, or the exit code with which the session is to end. */
int resume(void)
{
	uint32_t services = supervisor.ledger->services;
	bool again = supervisor.ledger->supervisord == sys_getpid();
	bool first, lost;
	int code = 0;

	for (uint32_t i = 0; i < services; i++) {
		publish_repair(i);
		publish_board(i);
	}
	supervisor.world.hurried_ms =
		escalation_hurried_ms(supervisor.ledger->escalation,
		                      supervisor.now_ms);
	world_rebuild(&supervisor.world, supervisor.now_ms);
	lock_find();
	for (uint32_t i = 0; i < services && again; i++)
		find_own(i);
	upgrade_set_targets();
	pipes_open_all();
	upgrade_commit();
	ready_open();
	first = !supervisor.ledger->seeded || !supervisor.ledger->locked;
	lock_take();
	watch_begin();
	privilege_raise();
	if (first)
		earlier_give_way();
	earlier_find();
	privilege_lower();
	link_wait(&supervisor.drained);
	privilege_raise();
	lost = rediscover();
	privilege_lower();
	if (lost)
		for (uint32_t i = 0; i < services && again; i++)
			find_own(i);
	upgrade_tidy();
	sockets_open_all(); /* what is closed by now gives its address free */
	check_at_ms = supervisor.now_ms +
	              (supervisor.ledger->seeded ? CHECK_MS : CHECK_FIRST_MS);
	orphan_open();
	publish_start();
	for (uint32_t i = 0; i < services; i++) {
		spawn_resume(i);
		repeat_effect(i);
		renew_logger(i);
	}
	if (!supervisor.ledger->seeded)
		code = seed();
	ready_await_all();
	return code;
}

/* If it is due, a moment after resume(): looks whether each process that is not
 * a child of supervisord is still there, and learns its key; and does what else
 * can wait until requests are answered and services are started. It takes
 * system calls for each service, CHECK_MANY services in one call, and hardly
 * ever is one of them gone unnoticed. */
void resume_check(void)
{
	static uint32_t checked; /* services, from the first one on */
	uint32_t services = supervisor.ledger->services;

	if (supervisor.now_ms < check_at_ms)
		return;
	if (checked == 0) {
		ledger_hold();
		ready_tidy();
		orphan_know();
	}
	for (int k = 0; k < CHECK_MANY && checked < services; k++, checked++)
		processes_check(checked, orphan_is_watched(checked));
	if (checked == services)
		check_at_ms = NEVER_MS;
}

/* When resume_check() is due, or NEVER_MS. */
uint64_t resume_check_ms(void)
{
	return check_at_ms;
}
