/* SPDX-License-Identifier: MIT */
/* Orphans: services that were children of a connate that has died. They have
 * another parent now, which does not tell supervisord of their end. A pidfd of
 * each is in an epoll; without pidfds (before Linux 5.3, or with no descriptor
 * left) supervisord looks repeatedly whether they live. How they ended the
 * kernel tells, if it can (pidfds.c).
 *
 * In the table of descriptors of supervisord, a thousand pidfds would be copied
 * for each process that it starts, and closed again, which takes longer than
 * all the rest. So they lie, unread, in a socket, which keeps them open as well
 * (unix(7), SCM_RIGHTS).
 *
 * Epoll and socket survive exec(2) into another image of supervisord, and by
 * way of connate, which supervisord may become, into its successor: that adds
 * only the orphans that are new to it. Which processes are in the epoll is
 * stored behind the entries of the board, once they are; a supervisord that
 * does not inherit the epoll ignores that. */
#include "supervisord/recovery/orphans.h"

#include "model/pids.h"
#include "supervisord/base/memory.h"
#include "supervisord/base/privilege.h"
#include "supervisord/base/publish.h"
#include "supervisord/base/supervisor.h"
#include "supervisord/io/descriptors.h"
#include "supervisord/io/link.h"
#include "supervisord/process/processes.h"
#include "supervisord/recovery/pidfds.h"
#include "supervisord/tree/proc.h"
#include "supervisord/tree/process.h"
#include "sys/fd.h"

enum { ORPHAN_EVENTS = 16 };

static bool marked;          /* work.orphan is set where it has to be */
static int events_fd;        /* the epoll; -1: none */
static uint64_t look_at_ms;  /* when to look at orphans; NEVER_MS */
static int32_t *watched;     /* by board entry: the process in the epoll;
                                NULL: not mapped */

static int32_t pid_of(uint32_t service)
{
	return record_of(service)->life.pid;
}

static uint32_t entry_number(uint32_t service)
{
	return configured(service)->board_entry;
}

/* Is its process in the epoll, so that orphan_read() tells of its end? */
bool orphan_is_watched(uint32_t service)
{
	return events_fd >= 0 && pid_of(service) > 1 &&
	       watched[entry_number(service)] == pid_of(service);
}

/* An orphan is a process that is neither a child of supervisord nor one of
 * connate. */
static void mark_orphans(void)
{
	struct world *w = &supervisor.world;
	struct proc_list children;
	enum role role;
	int32_t pid;

	for (uint32_t i = 0; i < w->table->services; i++)
		work_of(i)->orphan = pid_of(i) > 1 && !work_of(i)->own;
	if (proc_list_children(&children, supervisor.connate) < 0)
		return;
	while ((pid = proc_next(&children)) != 0) {
		uint32_t i = pid_find(w, pid, false, &role);

		if (i != TABLE_NONE && role == ROLE_LIFE)
			work_of(i)->orphan = 0;
	}
}

/* Pidfds on their way into the socket. Once they are closed they could not be
 * taken out of the epoll again: so each tells of one event only. */
struct batch {
	uint32_t message; /* its number in the socket */
	uint32_t count;
	uint32_t service[CONTROL_FDS];
	struct control_fds fds;
};

/* The first of them, as one message. Above 0, or -errno. */
static long send_fds(int socket, struct control_fds *fds, uint32_t count)
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

/* They are closed in any case. A pidfd that the socket does not keep leaves the
 * epoll by that. */
static bool send_off(struct batch *b)
{
	bool sent = b->count == 0 ||
	            send_fds(FD_ORPHANS, &b->fds, b->count) > 0;

	b->message += b->count > 0 && sent;
	while (b->count > 0) {
		uint32_t i = b->service[--b->count];

		(void)sys_close(b->fds.fd[b->count]); /* see above */
		if (sent)
			watched[entry_number(i)] = pid_of(i);
	}
	return sent;
}

/* The key finds the pidfd again when the process has ended. */
static void learn_key(uint32_t service, const struct process *p)
{
	uint64_t key = process_key(p);

	if (!supervisor.link_lost && key != KEY_UNKNOWN &&
	    key != record_of(service)->life_key)
		publish_key(service, PROCESS_LIFE, key);
}

/* A pidfd of the orphan, and of no other process that has its number by now; or
 * -errno, -ESRCH if it has ended. */
static int open_orphan(uint32_t service)
{
	struct process p;
	int fd = process_open(&p, pid_of(service));

	if (fd < 0)
		return fd;
	if (!processes_is(service, PROCESS_LIFE, &p)) {
		process_close(&p);
		return -ESRCH;
	}
	learn_key(service, &p);
	if (p.pidfs)
		return p.fd;
	fd = sys_pidfd_open(p.pid);
	if (fd >= 0 && !process_is_there(&p)) {
		(void)sys_close(fd); /* of another process, maybe */
		fd = -ESRCH;
	}
	process_close(&p);
	return fd;
}

static void has_ended(int32_t pid, union ending how)
{
	link_receive(); /* connate may have said how, after all */
	link_missed(pid, how);
}

static const union ending not_known = { .code = 0 };

/* False: it cannot be watched. */
static bool watch_orphan(struct batch *b, uint32_t service)
{
	int32_t pid = pid_of(service);
	int fd = open_orphan(service);
	struct epoll_event event = { .events = EPOLLIN | EPOLLONESHOT,
		                     .data = pidfds_data(b->message, pid) };

	if (fd == -ESRCH) {
		work_of(service)->orphan = 0;
		has_ended(pid, not_known);
		return true;
	}
	if (fd < 0)
		return false;
	if (sys_epoll_ctl(FD_ORPHAN_EVENTS, EPOLL_CTL_ADD, fd, &event) < 0) {
		(void)sys_close(fd); /* it is not in the epoll */
		return false;
	}
	b->service[b->count] = service;
	b->fds.fd[b->count++] = fd;
	return b->count < CONTROL_FDS || send_off(b);
}

/* How many may be watched. The kernel counts the descriptors that lie in the
 * sockets of a user, of all processes, and takes no more than a process may
 * open (unix(7), ETOOMANYREFS), but for root. A half is left to other
 * processes, and to what supervisord sends. */
static uint64_t watched_max(void)
{
	return sys_getuid() == 0 ? UINT64_MAX : supervisor.files.rlim_cur / 2;
}

/* Adds the orphans that are not watched yet. False: some cannot be. */
static bool watch_all(void)
{
	uint64_t left = watched_max();
	uint32_t services = supervisor.world.table->services;
	struct batch b = { .message = events_fd >= 0 ? pidfds_sent() : 0 };
	bool all = true;

	for (uint32_t i = 0; i < services; i++)
		if (work_of(i)->orphan)
			all &= events_fd >= 0 && left > 0 && left-- > 0 &&
			       (orphan_is_watched(i) ||
			        watch_orphan(&b, i));
	return send_off(&b) && all;
}

/* One page for a thousand services, and only where there are orphans. */
static bool map_watched(void)
{
	uint64_t size = (supervisor.world.table->board_entries + 1) *
	                sizeof(*watched);
	long address = sys_fallocate(FD_BOARD, 0, BOARD_BYTES, (long)size);

	if (address >= 0)
		address = sys_mmap(NULL, size, PROT_READ | PROT_WRITE,
		                   MAP_SHARED, FD_BOARD, BOARD_BYTES);
	if (address < 0 && address > -MEMORY_PAGE)
		return false;
	watched = (int32_t *)address;
	return true;
}

/* A pair: the first end, which stays open, has the second one in its queue, and
 * the second has what is sent to it. So all of it takes one descriptor. */
static int open_socket(void)
{
	struct control_fds other;
	int ends[2];
	long sent, error = sys_socketpair(AF_UNIX,
	                                  SOCK_SEQPACKET | SOCK_CLOEXEC, 0,
	                                  ends);

	if (error < 0)
		return (int)error;
	other.fd[0] = ends[1];
	sent = send_fds(ends[1], &other, 1);
	(void)sys_close(ends[1]); /* the queue has it, or it is not needed */
	if (sent >= 0)
		return fd_move(ends[0], FD_ORPHANS, O_CLOEXEC);
	(void)sys_close(ends[0]); /* nothing is in it */
	return (int)sent;
}

/* A new epoll and socket. Killed in between: there is no epoll to inherit. */
static void watch_none(void)
{
	events_fd = -1;
	(void)sys_close(FD_ORPHAN_EVENTS); /* there may be none */
	if (watched == NULL && !map_watched())
		return;
	for (uint32_t k = 0; k <= supervisor.world.table->board_entries; k++)
		watched[k] = 0;
	if (open_socket() >= 0 &&
	    fd_move(sys_epoll_create(O_CLOEXEC), FD_ORPHAN_EVENTS,
	            O_CLOEXEC) >= 0)
		events_fd = FD_ORPHAN_EVENTS;
}

/* Takes the epoll and the socket of a predecessor, if they were inherited, and
 * sets when orphans are looked for, if there may be any: later, when requests
 * are served, for there may be thousands; but at once, if most are watched. */
void orphan_open(void)
{
	events_fd = -1;
	look_at_ms = NEVER_MS;
	if (supervisor.ledger->report.successions == 0 &&
	    !supervisor.ledger->orphans)
		return;
	look_at_ms = supervisor.now_ms + ORPHAN_FIND_MS;
	if (!descriptor_is_open(FD_ORPHANS) ||
	    !descriptor_is_open(FD_ORPHAN_EVENTS) || !map_watched())
		return;
	events_fd = FD_ORPHAN_EVENTS;
	look_at_ms = supervisor.now_ms;
}

/* The epoll to poll for orphan_read(), or -1. */
int orphan_fd(void)
{
	return events_fd;
}

/* A command that is no child of supervisord; it may be one of connate. */
static bool has_other_helper(uint32_t service)
{
	return record_of(service)->helper > 1 &&
	       !work_of(service)->own_helper &&
	       !world_checks(&supervisor.world, service);
}

/* Commands are few and end soon: they are looked at, not watched. What checks a
 * service stays, and supervisord would not sleep. */
static bool some_helper(void)
{
	for (uint32_t i = 0; i < supervisor.world.table->services; i++)
		if (has_other_helper(i))
			return true;
	return false;
}

/* The socket takes some hundred messages: when it is full a new one is made,
 * without those that have ended since. */
static void find_orphans(void)
{
	marked = true;
	privilege_raise();
	mark_orphans();
	privilege_lower();
	look_at_ms = some_helper() ? supervisor.now_ms : NEVER_MS;
	if (watch_all())
		return;
	watch_none();
	if (!watch_all())
		look_at_ms = supervisor.now_ms;
}

static bool is_gone(uint32_t service)
{
	struct process p;
	bool gone = process_open(&p, pid_of(service)) == -ESRCH;

	if (gone)
		return true;
	gone = !processes_is(service, PROCESS_LIFE, &p);
	process_close(&p);
	return gone;
}

/* What /proc shows of the process of the service. False: it is gone. */
static bool find_orphan(uint32_t service, struct proc *p)
{
	bool there;

	privilege_raise();
	there = proc_find(pid_of(service), p);
	privilege_lower();
	return there && !is_gone(service);
}

/* A zombie shows how it ended, but for 0, which may mean that it is hidden from
 * us (proc(5), exit_code). */
static union ending ending_shown(const struct proc *p)
{
	return !proc_lives(p) && p->status != 0 ? ending_from_wait(p->status)
	                                        : not_known;
}

/* Its parent has not reaped it (yet). connate would tell. */
static bool is_unreaped(uint32_t service, union ending *how)
{
	struct proc p;

	if (!find_orphan(service, &p) || proc_lives(&p) ||
	    p.parent == supervisor.connate)
		return false;
	*how = ending_shown(&p);
	return true;
}

/* It has ended, and connate does not tell. What /proc does not show, the kernel
 * tells once the parent has reaped it: that is awaited until orphan_look() is
 * due. It is not watched meanwhile, so a successor begins anew with it. */
static void end_orphan(uint32_t service, uint32_t message, union ending how)
{
	int32_t pid = pid_of(service);
	enum pidfds_end end = PIDFDS_KNOWN;

	if (how.code == 0)
		end = pidfds_how(message, record_of(service)->life_key, pid,
		                 &how);
	work_of(service)->orphan = end == PIDFDS_UNREAPED;
	if (end == PIDFDS_UNREAPED)
		look_at_ms = earlier(look_at_ms,
		                     supervisor.now_ms + ORPHAN_LOOK_MS);
	else
		has_ended(pid, how);
}

/* The epoll says that this process has ended. If it lives, that was said of
 * another one, late, which had the number. If it is a child of connate (it was
 * missing in the list of its children by chance), connate says how it ended; if
 * connate dies before that, a successor has to watch the process anew. */
static void end_watched(int32_t pid, uint32_t message)
{
	struct proc p;
	enum role role;
	bool there;
	uint32_t service = pid_find(&supervisor.world, pid, false, &role);

	if (service == TABLE_NONE || role != ROLE_LIFE)
		return; /* its end was stored before */
	there = find_orphan(service, &p);
	if (there && proc_lives(&p))
		return;
	watched[entry_number(service)] = 0;
	work_of(service)->orphan = 0;
	if (!there || p.parent != supervisor.connate)
		end_orphan(service, message,
		           there ? ending_shown(&p) : not_known);
}

/* Hears of the orphans that the epoll reports, at most ORPHAN_EVENTS in one
 * call. */
void orphan_read(void)
{
	static struct epoll_event events[ORPHAN_EVENTS];
	int count = sys_epoll_wait(FD_ORPHAN_EVENTS, events, ORPHAN_EVENTS, 0);

	for (int i = 0; i < count; i++)
		end_watched((int32_t)(uint32_t)events[i].data,
		            (uint32_t)(events[i].data >> 32));
}

/* The service has another process now: the program of a guard that has ended.
 * If the guard was an orphan, so is the program: then orphans are looked for
 * again. A program that is a zombie still has its number. */
void orphan_adopted(uint32_t service)
{
	struct proc p;

	if (!proc_find(pid_of(service), &p) || p.parent == supervisor.connate ||
	    p.parent == sys_getpid())
		return; /* its parent tells of its end */
	work_of(service)->own = 0;
	publish_orphans();
	marked = false;
	look_at_ms = supervisor.now_ms;
}

/* Looks for orphans now, if orphan_open() has left that for later. */
void orphan_know(void)
{
	if (!marked && look_at_ms != NEVER_MS)
		find_orphans();
}

/* When orphan_look() is due, or NEVER_MS. */
uint64_t orphan_look_ms(void)
{
	return look_at_ms;
}

/* If it is due: looks for orphans, or, of those that cannot be watched or are
 * not reaped in time, and of helpers, whether each is still there. */
void orphan_look(void)
{
	uint32_t services = supervisor.world.table->services;
	bool left = false;

	if (supervisor.now_ms < look_at_ms)
		return;
	if (!marked) {
		find_orphans();
		return;
	}
	for (uint32_t i = 0; i < services; i++) {
		int32_t pid = pid_of(i);
		union ending how = not_known;

		if (has_other_helper(i))
			processes_check(i, true);
		left |= has_other_helper(i);
		if (!work_of(i)->orphan || orphan_is_watched(i))
			continue;
		if (pid <= 1 || is_gone(i) || is_unreaped(i, &how))
			work_of(i)->orphan = 0;
		if (pid > 1 && !work_of(i)->orphan)
			has_ended(pid, how);
		left |= work_of(i)->orphan;
	}
	look_at_ms = left ? supervisor.now_ms + ORPHAN_LOOK_MS : NEVER_MS;
}
