/* SPDX-License-Identifier: MIT */
/* Services that were children of a connate that has died. They have another
 * parent now, which does not tell us of their end, nor how they ended. A pidfd
 * of each stands in the epoll of ready.c; where there are none (before Linux
 * 5.3, no descriptor left), we look again and again whether they live.
 *
 * Were they in our table of descriptors, each process that we start would copy
 * a thousand of them and close them again, which takes longer than all the
 * rest. So they stand, unread, in a socket, which keeps them open as well
 * (unix(7), SCM_RIGHTS). */
#include "supervisord/proc.h"
#include "supervisord/supervisord.h"
#include "sys/fd.h"

/* The data of an event of ours: this, and the pid. */
#define ORPHAN (1ull << 63)

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

/* Those that are on their way into the socket. Once they are closed they could
 * not be taken out of the epoll again: each tells of one event only. */
struct batch {
	int socket;
	uint32_t count;
	struct control_fds fds;
};

/* Kept by the socket, or not, they are closed. */
static bool send_off(struct batch *b)
{
	struct iovec part = { "", 1 };
	struct msghdr header = {
		.parts = &part,
		.part_count = 1,
		.control = &b->fds,
		.control_length = CONTROL_FDS_LENGTH(b->count),
	};
	bool sent;

	b->fds.length = CONTROL_FDS_LENGTH(b->count);
	sent = b->count == 0 ||
	       sys_sendmsg(b->socket, &header, MSG_DONTWAIT | MSG_NOSIGNAL) > 0;
	while (b->count > 0)
		(void)sys_close(b->fds.fd[--b->count]); /* see above */
	return sent;
}

static bool watch(struct batch *b, int32_t pid)
{
	int fd = sys_pidfd_open(pid);
	struct epoll_event event = { .events = EPOLLIN | EPOLLONESHOT,
		                     .data = ORPHAN | (uint32_t)pid };

	if (fd < 0)
		return false;
	b->fds.fd[b->count++] = fd;
	return ready_watch(fd, &event) >= 0 &&
	       (b->count < CONTROL_FDS || send_off(b));
}

/* The kernel counts what lies in the sockets of a user, of all processes, and
 * takes no more descriptors into any than one may open (unix(7), ETOOMANYREFS);
 * but root it does not ask. A half is left to others, and to what we send. */
static uint64_t room(void)
{
	return sys_getuid() == 0 ? UINT64_MAX : supervisor.files.rlim_cur / 2;
}

static bool watch_all(int socket)
{
	uint64_t left = room();
	uint32_t services = supervisor.world.table->services;
	struct batch b = { .socket = socket,
		           .fds = { .level = SOL_SOCKET,
		                    .type = SCM_RIGHTS } };
	bool all = true;

	for (uint32_t i = 0; i < services; i++)
		if (work_of(i)->orphan)
			all &= left > 0 && left-- > 0 &&
			       watch(&b, supervisor.records[i].life.pid);
	return send_off(&b) && all;
}

/* Not before others are served: there may be thousands. */
void orphan_expect(void)
{
	bool none = supervisor.ledger->note.successions == 0 &&
	            !supervisor.ledger->orphans;

	supervisor.orphans_at_ms =
		none ? NEVER_MS : supervisor.now_ms + ORPHAN_FIND_MS;
}

/* What is in a socket stays when its other end is closed. */
static void find(void)
{
	int ends[2];

	found = true;
	mark();
	supervisor.orphans_at_ms = supervisor.now_ms;
	if (sys_socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return;
	if (watch_all(ends[0]))
		supervisor.orphans_at_ms = NEVER_MS;
	(void)sys_close(ends[0]); /* nothing more is sent */
	(void)fd_move(ends[1], FD_ORPHANS, O_CLOEXEC); /* it cannot fail */
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
