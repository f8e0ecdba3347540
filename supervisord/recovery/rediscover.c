/* SPDX-License-Identifier: MIT */
/* Services that may run although the ledger knows nothing of them: their
 * records were changed by something else (model/trust.h), the ledger was given
 * up, or another one was in force until now (pid1/probation.c). connate lives,
 * so the kernel tells that their processes descend from connate, from
 * supervisord, or from a guard. Which service each process is, it says itself
 * (claim.c).
 *
 * A guard goes on as it was if it writes to the board of this session. The
 * guard of a ledger that was given up has another board: then its program
 * counts, and the guard does its part alone.
 *
 * A service that is not found begins as the configuration has it. Killed in
 * between: a service that was found has its record, the others are still
 * lost. */
#include "supervisord/recovery/rediscover.h"

#include "model/rebuild.h"
#include "model/target.h"
#include "model/text.h"
#include "supervisord/base/command.h"
#include "supervisord/base/publish.h"
#include "supervisord/base/supervisor.h"
#include "supervisord/base/targets.h"
#include "supervisord/io/link.h"
#include "supervisord/process/claim.h"
#include "supervisord/tree/proc.h"
#include "supervisord/tree/process.h"
#include "supervisord/tree/tree.h"
#include "sys/message.h"

static uint32_t count_lost(void)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < supervisor.ledger->services; i++)
		count += record_of(i)->lost == LOST_ALL;
	return count;
}

/* There is a process of that number, but it is not of this service: it says
 * that it is another service, or is not a child of connate. The end of a
 * process is told, or missed, as that of any other. */
static bool is_another(uint32_t service, int32_t pid)
{
	int folder = pid > 0 ? proc_open(pid) : -ESRCH;
	struct proc p;
	uint32_t said;
	bool ours, there;

	if (folder < 0)
		return false;
	said = claim_service(folder, pid, true);
	ours = claim_has_board(folder) || said == service;
	there = proc_read(folder, &p); /* last: in its end it claims nothing */
	(void)sys_close(folder); /* it was only read */
	return there && !ours &&
	       (said != TABLE_NONE || p.parent != supervisor.connate);
}

/* The helper of a service is never its process or its program. */
static bool is_main_of(uint32_t service, int32_t pid)
{
	const struct record *r = record_of(service);

	return pid > 0 && (pid == r->life.pid ||
	                   (record_guarded(configured(service), r) &&
	                    pid == main_pid(r->main)));
}

/* The number of a process that has ended may be another's: connate has said so
 * before it reaped the process, so that is read behind the looks. */
static void check_unsure(uint32_t service)
{
	const struct record *r = record_of(service);
	int32_t helper = r->helper, pid = r->life.pid;
	bool no_helper = is_main_of(service, helper) ||
	                 is_another(service, helper);
	bool lost = is_another(service, pid);

	link_receive();
	if (no_helper && r->helper == helper)
		publish_no_helper(service);
	if (lost && r->life.pid == pid)
		publish_lost(service);
	else
		publish_unsure(service, false);
}

/* The ledger is new, but connate has other children: a former ledger was given
 * up. */
static bool is_given_up(void)
{
	struct proc_list children;
	struct proc p;
	bool others = false;

	if (supervisor.ledger->seeded ||
	    proc_list_children(&children, supervisor.connate) < 0)
		return false;
	while (proc_each(&children, &p))
		others |= p.pid != sys_getpid() &&
		          p.parent == supervisor.connate;
	return others;
}

static bool is_our_guard(int folder, const struct proc *p)
{
	return text_equal(p->name, "guard") && claim_has_board(folder);
}

/* A program leads its session; but a daemon may have left that. */
static bool is_program(uint32_t service, const struct proc *p)
{
	return !text_equal(p->name, "guard") &&
	       (p->session == p->pid ||
	        configured(service)->ready == READY_KIND_DAEMONIZE);
}

static void say_found(uint32_t service, int32_t pid)
{
	struct digits d;

	message("supervisord: ", name_of(service),
	        ": its record was lost; process ", text_number(&d, pid),
	        " runs it, and goes on", NULL);
}

static void record_found(uint32_t service, int32_t pid, bool guard)
{
	uint64_t key;

	if (!process_find_key(pid, &key))
		return; /* it has ended */
	if (guard)
		publish_found_guard(service, pid, key);
	else
		publish_found(service, pid, key);
	say_found(service, pid);
}

/* guards: a service that is configured with a guard is found by its guard
 * alone. */
static void judge_process(int folder, const struct proc *p, bool guards)
{
	uint32_t service;
	bool guard = is_our_guard(folder, p);

	if (!tree_has_session(supervisor.connate, folder, p))
		return;
	service = claim_service(folder, p->pid, true);
	if (service == TABLE_NONE || is_main_of(service, p->pid))
		return;
	if (record_of(service)->lost != LOST_ALL &&
	    configured(service)->other != 0)
		service = configured(service)->other - 1;
	if (record_of(service)->lost != LOST_ALL)
		return;
	if (guards && table_guards(configured(service)) && !guard)
		return;
	if (guard || is_program(service, p))
		record_found(service, p->pid, guard);
}

static void judge_all(bool guards)
{
	struct proc_list all;
	struct proc p;

	(void)proc_list_all(&all); /* if it cannot be had, it is empty */
	while (proc_each(&all, &p))
		judge_process(all.folder, &p, guards);
}

static void begin_anew(uint32_t service)
{
	enum target first = command_target(service);

	publish_unsure(service, false);
	if (!supervisor.ledger->seeded)
		return; /* seed() sets all targets */
	message("supervisord: ", name_of(service),
	        ": its record was lost, and nothing runs it: it is ",
	        target_label[first], " as configured", NULL);
	if (first != TARGET_DOWN && supervisor.ledger->halt == 0)
		target_set(&supervisor.world, service, first);
}

/* Finds the processes of services whose records are lost (enum lost), and
 * stores them; what runs no more begins anew. To be called when connate has
 * said DRAINED, and with all capabilities raised. False: nothing was lost. */
bool rediscover(void)
{
	uint32_t services = supervisor.ledger->services;

	if (supervisor.ledger->moved != 0 || is_given_up())
		for (uint32_t i = 0; i < services; i++)
			publish_lost(i);
	for (uint32_t i = 0; i < services; i++)
		if (record_of(i)->lost == LOST_UNSURE)
			check_unsure(i);
	if (count_lost() == 0)
		return false;
	judge_all(true);
	if (count_lost() > 0)
		judge_all(false);
	world_rebuild(&supervisor.world, supervisor.now_ms);
	for (uint32_t i = 0; i < services; i++)
		if (record_of(i)->lost == LOST_ALL)
			begin_anew(i);
	targets_apply();
	return true;
}
