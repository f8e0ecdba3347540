/* SPDX-License-Identifier: MIT */
/* Services that were children of a connate that has died. They have another
 * parent now, which does not tell us of their end, nor how they ended. A pidfd
 * of each stands in an epoll; where there are none (before Linux 5.3, no
 * descriptor left), we look again and again whether they live.
 *
 * Were they in our table of descriptors, each process that we start would copy
 * a thousand of them and close them again, which takes longer than all the
 * rest. So they stand, unread, in a socket, which keeps them open as well
 * (unix(7), SCM_RIGHTS).
 *
 * Both outlive exec(2), into another image of ours and by way of connate, whose
 * place we take, into our successor: that has only those to add that are new
 * to it. Which of them are in is written behind the entries of the board, once
 * they are; whoever does not inherit the epoll does not go by that. */
#include "supervisord/tree/proc.h"
#include "supervisord/tree/process.h"
#include "supervisord/base/supervisor.h"
#include "sys/fd.h"

enum { ORPHAN_EVENTS = 16 };

static bool found;       /* who is one */
static int32_t *watched; /* by place: the process; NULL: not mapped */

static struct work *work_of(uint32_t service)
{
	return &supervisor.world.works[service];
}

static int32_t pid_of(uint32_t service)
{
	return supervisor.records[service].life.pid;
}

static uint32_t board_entry_of(uint32_t service)
{
	return table_service(supervisor.world.table, service)->board_entry;
}

bool orphan_is_watched(uint32_t service)
{
	return supervisor.orphans_fd >= 0 && pid_of(service) > 1 &&
	       watched[board_entry_of(service)] == pid_of(service);
}

/* All that are not ours, but for those that connate has. */
static void mark(void)
{
	struct world *w = &supervisor.world;
	struct proc_list children;
	enum role role;
	int32_t pid;

	for (uint32_t i = 0; i < w->table->services; i++)
		work_of(i)->orphan = pid_of(i) > 1 && !work_of(i)->own;
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
	uint32_t count;
	uint32_t who[CONTROL_FDS];
	struct control_fds fds;
};

/* The first of them, as one message. Above 0, or -errno. */
static long send(int socket, struct control_fds *fds, uint32_t count)
{
	struct iovec part = { "", 1 };
	struct msghdr header = {
		.parts = &part,
		.part_count = 1,
		.control = fds,
		.control_length = CONTROL_FDS_LENGTH(count),
	};

	fds->length = CONTROL_FDS_LENGTH(count);
	fds->level = SOL_SOCKET;
	fds->type = SCM_RIGHTS;
	return sys_sendmsg(socket, &header, MSG_DONTWAIT | MSG_NOSIGNAL);
}

/* They are closed in any case. What the socket does not keep is out of the
 * epoll by that. */
static bool send_off(struct batch *b)
{
	bool sent = b->count == 0 || send(FD_ORPHANS, &b->fds, b->count) > 0;

	while (b->count > 0) {
		uint32_t i = b->who[--b->count];

		(void)sys_close(b->fds.fd[b->count]); /* see above */
		if (sent)
			watched[board_entry_of(i)] = pid_of(i);
	}
	return sent;
}

/* A pidfd of the orphan, and of no other that has its number by now; or -errno,
 * -ESRCH if it has ended. */
static int open_orphan(uint32_t service)
{
	struct process p;
	int fd = process_open(&p, pid_of(service));

	if (fd < 0)
		return fd;
	if (!processes_is(service, WHOSE_LIFE, &p)) {
		process_close(&p);
		return -ESRCH;
	}
	if (p.pidfs)
		return p.fd;
	fd = sys_pidfd_open(p.pid);
	if (fd >= 0 && !process_is_there(&p)) {
		(void)sys_close(fd); /* it may be of another by now */
		fd = -ESRCH;
	}
	process_close(&p);
	return fd;
}

static void ended(int32_t pid)
{
	observe_link(); /* connate may have said how, after all */
	child_ended(pid, false, (union ending){ .code = 0 });
}

/* False: it is not watched. */
static bool watch(struct batch *b, uint32_t service)
{
	int32_t pid = pid_of(service);
	int fd = open_orphan(service);
	struct epoll_event event = { .events = EPOLLIN | EPOLLONESHOT,
		                     .data = (uint32_t)pid };

	if (fd == -ESRCH) {
		work_of(service)->orphan = 0;
		ended(pid);
		return true;
	}
	if (fd < 0)
		return false;
	if (sys_epoll_ctl(FD_ORPHAN_EVENTS, EPOLL_CTL_ADD, fd, &event) < 0) {
		(void)sys_close(fd); /* nobody has it */
		return false;
	}
	b->who[b->count] = service;
	b->fds.fd[b->count++] = fd;
	return b->count < CONTROL_FDS || send_off(b);
}

/* The kernel counts what lies in the sockets of a user, of all processes, and
 * takes no more descriptors into any than one may open (unix(7), ETOOMANYREFS);
 * but root it does not ask. A half is left to others, and to what we send. */
static uint64_t room(void)
{
	return sys_getuid() == 0 ? UINT64_MAX : supervisor.files.rlim_cur / 2;
}

/* Those who are not watched yet. */
static bool watch_all(void)
{
	uint64_t left = room();
	uint32_t services = supervisor.world.table->services;
	struct batch b = { .count = 0 };
	bool all = true;

	for (uint32_t i = 0; i < services; i++)
		if (work_of(i)->orphan)
			all &= supervisor.orphans_fd >= 0 && left > 0 &&
			       left-- > 0 &&
			       (orphan_is_watched(i) || watch(&b, i));
	return send_off(&b) && all;
}

/* One page for a thousand, and only where there are orphans. */
static bool map_watched(void)
{
	uint64_t size = (supervisor.world.table->board_entries + 1) * sizeof(*watched);
	long address = sys_fallocate(FD_BOARD, 0, BOARD_BYTES, (long)size);

	if (address >= 0)
		address = sys_mmap(NULL, size, PROT_READ | PROT_WRITE,
		                   MAP_SHARED, FD_BOARD, BOARD_BYTES);
	if (address < 0 && address > -4096)
		return false;
	watched = (int32_t *)address;
	return true;
}

/* One end, which is us, holds the other in its queue, and that what is sent to
 * it: so all of it is one descriptor. */
static int open_socket(void)
{
	struct control_fds other;
	int ends[2];
	long sent, error = sys_socketpair(AF_UNIX,
	                                  SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends);

	if (error < 0)
		return (int)error;
	other.fd[0] = ends[1];
	sent = send(ends[1], &other, 1);
	(void)sys_close(ends[1]); /* it stays, or is not needed */
	if (sent >= 0)
		return fd_move(ends[0], FD_ORPHANS, O_CLOEXEC);
	(void)sys_close(ends[0]); /* nothing is in it */
	return (int)sent;
}

/* From the beginning: who dies in between leaves no epoll to go by. */
static void watch_none(void)
{
	supervisor.orphans_fd = -1;
	(void)sys_close(FD_ORPHAN_EVENTS); /* there may be none */
	if (watched == NULL && !map_watched())
		return;
	for (uint32_t k = 0; k <= supervisor.world.table->board_entries; k++)
		watched[k] = 0;
	if (open_socket() >= 0 &&
	    fd_move(sys_epoll_create(O_CLOEXEC), FD_ORPHAN_EVENTS, O_CLOEXEC) >= 0)
		supervisor.orphans_fd = FD_ORPHAN_EVENTS;
}

static bool has(int fd)
{
	return sys_fcntl(fd, F_GETFD, 0) >= 0;
}

/* All of them are looked for when others are served, for there may be thousands;
 * but at once, if most are watched. */
void orphan_open(void)
{
	supervisor.orphans_fd = -1;
	supervisor.orphans_at_ms = NEVER_MS;
	if (supervisor.ledger->report.successions == 0 &&
	    !supervisor.ledger->orphans)
		return;
	supervisor.orphans_at_ms = supervisor.now_ms + ORPHAN_FIND_MS;
	if (!has(FD_ORPHANS) || !has(FD_ORPHAN_EVENTS) || !map_watched())
		return;
	supervisor.orphans_fd = FD_ORPHAN_EVENTS;
	supervisor.orphans_at_ms = supervisor.now_ms;
}

/* The socket takes some hundred messages: then those who have ended since are
 * left behind. */
static void find(void)
{
	found = true;
	privilege_raise();
	mark();
	privilege_lower();
	supervisor.orphans_at_ms = NEVER_MS;
	if (watch_all())
		return;
	watch_none();
	if (!watch_all())
		supervisor.orphans_at_ms = supervisor.now_ms;
}

static bool is_gone(uint32_t service)
{
	struct process p;
	bool gone = process_open(&p, pid_of(service)) == -ESRCH;

	if (gone)
		return true;
	gone = !processes_is(service, WHOSE_LIFE, &p);
	process_close(&p);
	return gone;
}

/* One that connate has was not in the list of its children by chance: it is
 * the one that says how that ended. Should it die before, a successor has to
 * watch that anew. */
static void hear(int32_t pid)
{
	struct proc p = { .parent = 0 };
	enum role role;
	bool there;
	uint32_t service = pid_find(&supervisor.world, pid, false, &role);

	if (service == TABLE_NONE)
		return; /* it was known before */
	watched[board_entry_of(service)] = 0;
	work_of(service)->orphan = 0;
	privilege_raise();
	there = proc_find(pid, &p);
	privilege_lower();
	if (!there || p.parent != supervisor.pid1 || is_gone(service))
		ended(pid);
}

void orphan_read(void)
{
	static struct epoll_event events[ORPHAN_EVENTS];
	int count = sys_epoll_wait(FD_ORPHAN_EVENTS, events, ORPHAN_EVENTS, 0);

	for (int i = 0; i < count; i++)
		hear((int32_t)(uint32_t)events[i].data);
}

/* As a zombie it still has its number. */
/* The program of a guard that was an orphan and has ended is one, too: they are
 * looked for again. */
void orphan_adopted(uint32_t service)
{
	struct proc p;

	if (!proc_find(pid_of(service), &p) || p.parent == supervisor.pid1 ||
	    p.parent == sys_getpid())
		return; /* its end is told of */
	publish_orphans();
	found = false;
	supervisor.orphans_at_ms = supervisor.now_ms;
}

void orphan_know(void)
{
	if (!found && supervisor.orphans_at_ms != NEVER_MS)
		find();
}

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
		int32_t pid = pid_of(i);

		if (!work_of(i)->orphan)
			continue;
		if (pid <= 1 || is_gone(i))
			work_of(i)->orphan = 0;
		if (pid > 1 && !work_of(i)->orphan)
			ended(pid);
		left |= work_of(i)->orphan;
	}
	supervisor.orphans_at_ms =
		left ? supervisor.now_ms + ORPHAN_LOOK_MS : NEVER_MS;
}
