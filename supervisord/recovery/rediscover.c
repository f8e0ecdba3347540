/* SPDX-License-Identifier: MIT */
/* Services of which nothing is known although they may run: their records in
 * the ledger were changed by something else (model/trust.h), the ledger was
 * given up, or another one was in force until now (pid1/probation.c). connate
 * lives, so their processes are its children, or ours, or those of a guard of
 * theirs: that is what the kernel says. Which service each one is, it says
 * itself (left.c).
 *
 * A guard goes on as it was if it writes to our board. That of a ledger which
 * was given up has another board: then its program counts, and the guard does
 * its part alone.
 *
 * A service that is not found begins as the configuration has it. Killed in
 * between: what was found is in its record, what was not is still lost. */
#include "model/text.h"
#include "supervisord/tree/proc.h"
#include "supervisord/tree/process.h"
#include "supervisord/base/supervisor.h"
#include "sys/message.h"

enum { DEPTH_MAX = 4 }; /* of a guard, a program, one that has forked */

static struct record *record_of(uint32_t service)
{
	return &supervisor.records[service];
}

static const struct table_service *configured(uint32_t service)
{
	return table_service(supervisor.world.table, service);
}

static uint32_t count_lost(void)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < supervisor.ledger->services; i++)
		count += record_of(i)->lost == LOST_ALL;
	return count;
}

/* A process that is there, but not of this service: it says that it is another,
 * or is not connate's child. One that has ended is told of, or missed, as any
 * other. */
static bool is_another(uint32_t service, int32_t pid)
{
	int folder = pid > 0 ? proc_open(pid) : -ESRCH;
	struct proc p;
	uint32_t said;
	bool ours, there;

	if (folder < 0)
		return false;
	said = left_service(folder, pid, true);
	ours = left_has_our_board(folder) || said == service;
	there = proc_read(folder, &p); /* behind what it may not say any more */
	(void)sys_close(folder); /* it was only read */
	return there && !ours &&
	       (said != TABLE_NONE || p.parent != supervisor.pid1);
}

/* What helps is never what is helped. */
static bool is_helped(uint32_t service, int32_t pid)
{
	const struct record *r = record_of(service);

	return pid > 0 && (pid == r->life.pid ||
	                   (record_guarded(configured(service), r) &&
	                    pid == main_pid(r->main)));
}

static void make_sure(uint32_t service)
{
	const struct record *r = record_of(service);

	if (is_helped(service, r->helper) || is_another(service, r->helper))
		publish_no_helper(service);
	if (is_another(service, r->life.pid))
		publish_lost(service);
	else
		publish_unsure(service, false);
}

/* A new ledger, although connate has had children before us. */
static bool is_given_up(void)
{
	struct proc_list children;
	int32_t pid;
	bool others = false;

	if (supervisor.ledger->seeded ||
	    proc_list_children(&children, supervisor.pid1) < 0)
		return false;
	while ((pid = proc_next(&children)) != 0) {
		struct proc p;

		others |= pid != sys_getpid() && proc_find(pid, &p) &&
		          p.parent == supervisor.pid1;
	}
	return others;
}

static bool descends(const struct proc *p)
{
	return proc_descends(p, supervisor.pid1, DEPTH_MAX) ||
	       proc_descends(p, sys_getpid(), DEPTH_MAX);
}

static bool is_guard(int folder, const struct proc *p)
{
	return text_equal(p->name, "guard") && left_has_our_board(folder);
}

/* It leads its session; but a daemon may have left that. */
static bool is_program(uint32_t service, const struct proc *p)
{
	return !text_equal(p->name, "guard") &&
	       (p->session == p->pid ||
	        configured(service)->ready == READY_KIND_DAEMONIZE);
}

static void say_found(uint32_t service, int32_t pid)
{
	struct digits d;

	message("supervisord: ", table_name(supervisor.world.table, service),
	        ": its record was lost; process ", text_number(&d, pid),
	        " runs it, and goes on", NULL);
}

static void take(uint32_t service, int32_t pid, bool guard)
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

/* guards: of those services that have one, it is looked for first. */
static void look_at(int folder, const struct proc *p, bool guards)
{
	uint32_t service;
	bool guard = is_guard(folder, p);

	if (!proc_lives(p) || p->pid == supervisor.pid1 ||
	    p->pid == sys_getpid() || !descends(p))
		return;
	service = left_service(folder, p->pid, true);
	if (service == TABLE_NONE || record_of(service)->lost != LOST_ALL)
		return;
	if (guards && table_guards(configured(service)) && !guard)
		return;
	if (guard || is_program(service, p))
		take(service, p->pid, guard);
}

static void look_at_all(bool guards)
{
	struct proc_list all;
	int32_t pid;

	(void)proc_list_all(&all); /* if it cannot be had, it is empty */
	while ((pid = proc_next(&all)) != 0) {
		int folder = proc_open(pid);
		struct proc p;

		if (folder < 0)
			continue; /* it has ended */
		if (proc_read(folder, &p))
			look_at(folder, &p, guards);
		(void)sys_close(folder); /* it was only read */
	}
}

static void begin_anew(uint32_t service)
{
	enum target first = command_target(service);

	publish_unsure(service, false);
	if (!supervisor.ledger->seeded)
		return; /* all are, soon */
	message("supervisord: ", table_name(supervisor.world.table, service),
	        ": its record was lost, and nothing runs it: it is ",
	        target_label[first], " as configured", NULL);
	if (first != TARGET_DOWN && supervisor.ledger->halt == 0)
		target_set(&supervisor.world, service, first);
}

bool lost_find(void)
{
	uint32_t services = supervisor.ledger->services;

	if (supervisor.ledger->moved != 0 || is_given_up())
		for (uint32_t i = 0; i < services; i++)
			publish_lost(i);
	for (uint32_t i = 0; i < services; i++)
		if (record_of(i)->lost == LOST_UNSURE)
			make_sure(i);
	if (count_lost() == 0)
		return false;
	look_at_all(true);
	if (count_lost() > 0)
		look_at_all(false);
	world_rebuild(&supervisor.world, supervisor.now_ms);
	for (uint32_t i = 0; i < services; i++)
		if (record_of(i)->lost == LOST_ALL)
			begin_anew(i);
	targets_set(NULL, 0, TARGET_UP);
	return true;
}
