/* SPDX-License-Identifier: MIT */
/* Taking up what another supervisord left, or beginning. Nothing is started
 * before pid1 has said that no zombie is left (DRAINED): an exit cannot be
 * taken for that of a younger process with the same number. */
#include "supervisord/base/supervisor.h"

#include "model/text.h"
#include "sys/message.h"

/* Nobody asks to stop who is not stopping. */
static void know_helper(uint32_t i)
{
	const struct record *r = &supervisor.records[i];

	supervisor.world.works[i].reloads =
		r->helper > 0 && !state_stops(r->phase.state);
}

static bool is_child(int32_t pid)
{
	siginfo_t how;

	return pid > 1 && sys_waitid(P_PID, pid, &how,
	                             WEXITED | WNOHANG | WNOWAIT) == 0;
}

/* We are the process that we were before exec. Before any message is read:
 * none can be about these. */
static void find_own(uint32_t i)
{
	const struct record *r = &supervisor.records[i];
	struct work *work = &supervisor.world.works[i];

	work->own = is_child(r->life.pid);
	work->own_helper = is_child(r->helper);
}

/* An effect may not have been done before the other was killed. A launch
 * that is due is seen by settle. */
static void repeat_effect(uint32_t i)
{
	struct record *r = &supervisor.records[i];
	struct change again = { .service = i,
		                .from = r->phase.state,
		                .to = r->phase.state,
		                .effect = state_effect(r->phase.state) };

	if (!effect_launches(again.effect))
		effect_do(&again);
}

static void seed(void)
{
	struct world *w = &supervisor.world;
	bool any = supervisor.command == NULL;

	for (uint32_t i = 0; i < w->table->services; i++) {
		enum target first = command_target(i);

		any |= command_runs(i);
		if (first != TARGET_DOWN)
			target_set(w, i, first);
	}
	targets_set(NULL, 0, TARGET_UP);
	publish_seeded();
	if (!any)
		command_refuse();
}

void resume(void)
{
	uint32_t services = supervisor.ledger->services;
	bool again = supervisor.ledger->supervisord == sys_getpid(), lost;

	for (uint32_t i = 0; i < services; i++) {
		publish_repair(i);
		publish_board(i);
	}
	supervisor.world.hurried_ms =
		escalation_hurried_ms(supervisor.ledger->escalation, supervisor.now_ms);
	world_rebuild(&supervisor.world, supervisor.now_ms);
	lock_find();
	for (uint32_t i = 0; i < services && again; i++)
		find_own(i);
	upgrade_set_targets();
	pipes_open_all();
	upgrade_commit();
	ready_open();
	lock_take();
	privilege_raise();
	left_find();
	privilege_lower();
	observe_until(&supervisor.drained);
	privilege_raise();
	lost = lost_find();
	privilege_lower();
	if (lost)
		for (uint32_t i = 0; i < services && again; i++)
			find_own(i);
	upgrade_tidy();
	for (uint32_t i = 0; i < services; i++)
		know_helper(i);
	supervisor.check_at_ms =
		supervisor.now_ms +
		(supervisor.ledger->seeded ? CHECK_MS : CHECK_FIRST_MS);
	orphan_open();
	publish_start();
	for (uint32_t i = 0; i < services; i++)
		repeat_effect(i);
	if (!supervisor.ledger->seeded)
		seed();
	halt_go_on();
	supervisor.reached = spawn_inherited("NOTIFY_SOCKET") == NULL;
}

/* After those that waited for an answer have it, and what is started at boot has
 * been: it takes system calls for each service, and next to never is one of
 * them gone without a word. Many of them take several passes. */
void resume_check(void)
{
	static uint32_t checked; /* so many services */
	uint32_t services = supervisor.ledger->services;

	if (supervisor.now_ms < supervisor.check_at_ms)
		return;
	if (checked == 0) {
		ledger_hold();
		ready_tidy();
		orphan_know();
	}
	for (int k = 0; k < CHECK_MANY && checked < services; k++)
		processes_check(checked++);
	if (checked == services)
		supervisor.check_at_ms = NEVER_MS;
}
