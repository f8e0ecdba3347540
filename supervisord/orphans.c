/* SPDX-License-Identifier: MIT */
/* Services that were children of a connate that has died. They have another
 * parent now, which does not tell us of their end, nor how they ended. A pidfd
 * of each stands in the epoll of ready.c; where there are none (before Linux
 * 5.3, no descriptor left), we look again and again whether they live. */
#include "supervisord/proc.h"
#include "supervisord/supervisord.h"

/* The data of an event of ours: this, the pidfd, the pid. */
#define ORPHAN (1ull << 63)
enum { FD_SHIFT = 32 };

static bool found; /* who is one */

static struct work *work_of(uint32_t service)
{
	return &supervisor.world.works[service];
}

/* All that are not ours, but for those that connate has. */
static void mark(void)
{
	struct world *w = &supervisor.world;
	struct proc_list children;
	enum role role;
	int32_t pid;

	for (uint32_t i = 0; i < w->table->services; i++)
		work_of(i)->orphan =
			supervisor.records[i].life.pid > 1 && !work_of(i)->own;
	if (proc_list_children(&children, supervisor.pid1) < 0)
		return;
	while ((pid = proc_next(&children)) != 0) {
		uint32_t i = pid_find(w, pid, false, &role);

		if (i != TABLE_NONE && role == ROLE_LIFE)
			work_of(i)->orphan = 0;
	}
}

/* Behind all numbers that mean something. */
static int open_pidfd(int32_t pid)
{
	int first = log_write_fd(supervisor.world.table->pipes);
	int fd = sys_pidfd_open(pid), moved;

	if (fd < 0)
		return fd;
	moved = sys_fcntl(fd, F_DUPFD_CLOEXEC, (unsigned long)first);
	(void)sys_close(fd); /* the copy is what we keep */
	return moved;
}

/* -errno: it has to be looked at. */
static int watch(int32_t pid)
{
	int fd = open_pidfd(pid), error;
	struct epoll_event event = {
		.events = EPOLLIN,
		.data = ORPHAN | (uint64_t)fd << FD_SHIFT | (uint32_t)pid,
	};

	if (fd < 0)
		return fd;
	error = ready_watch(fd, &event);
	if (error < 0)
		(void)sys_close(fd); /* it was not watched */
	return error;
}

/* Not before others are served: there may be thousands. */
void orphan_expect(void)
{
	bool none = supervisor.ledger->note.successions == 0 &&
	            !supervisor.ledger->orphans;

	supervisor.orphans_at_ms =
		none ? NEVER_MS : supervisor.now_ms + ORPHAN_FIND_MS;
}

static void find(void)
{
	uint32_t services = supervisor.world.table->services;

	found = true;
	supervisor.orphans_at_ms = NEVER_MS;
	mark();
	for (uint32_t i = 0; i < services; i++)
		if (work_of(i)->orphan &&
		    watch(supervisor.records[i].life.pid) < 0)
			supervisor.orphans_at_ms = supervisor.now_ms;
}

static void ended(int32_t pid)
{
	observe_link(); /* connate may have said how, after all */
	child_ended(pid, false, (union ending){ .code = 0 });
}

/* One that connate has was not in the list of its children by chance: it is
 * the one that says how that ended. */
bool orphan_heard(uint64_t data)
{
	int32_t pid = (int32_t)(uint32_t)data;
	struct proc p = { .parent = 0 };

	if ((data & ORPHAN) == 0)
		return false;
	(void)sys_close((int)((data & ~ORPHAN) >> FD_SHIFT)); /* it has told */
	if (!proc_find(pid, &p) || p.parent != supervisor.pid1)
		ended(pid);
	return true;
}

/* As a zombie it still has its number. */
void orphan_look(void)
{
	uint32_t services = supervisor.world.table->services;
	bool left = false;

	if (supervisor.now_ms < supervisor.orphans_at_ms)
		return;
	if (!found) {
		find();
		return;
	}
	for (uint32_t i = 0; i < services; i++) {
		int32_t pid = supervisor.records[i].life.pid;

		if (!work_of(i)->orphan)
			continue;
		if (pid <= 1 || sys_kill(pid, 0) == -ESRCH)
			work_of(i)->orphan = 0;
		if (pid > 1 && !work_of(i)->orphan)
			ended(pid);
		left |= work_of(i)->orphan;
	}
	supervisor.orphans_at_ms =
		left ? supervisor.now_ms + ORPHAN_LOOK_MS : NEVER_MS;
}
