/* SPDX-License-Identifier: MIT */
/* Waiting until the ledger changes or connate ends, without a timer. No call of
 * the kernel waits for a futex and a descriptor at once: so a child of ours
 * waits for the futex and writes to a pipe, and we wait for that and for pidfds
 * of connate and supervisord. The kernel kills the child when we end
 * (PR_SET_PDEATHSIG). It is made when a second has passed in which nothing has
 * changed: most waits are over before that. Where there can be none, and while
 * no supervisord runs, we look once a second.
 *
 * supervisord matters, as its death may leave another ledger in force and tell
 * nobody: it dies behind ADOPTED and before publish_moved(), or its image is
 * rolled back. */
#include "conctl/session/watch.h"

#include <linux/futex.h>

#include "conctl/session/mapping.h"
#include "conctl/session/process.h"
#include "model/descriptor.h"
#include "model/moment.h"
#include "model/text.h"
#include "sys/call.h"
#include "sys/clock.h"

enum {
	SLICE_MS = 1000,            /* between looks without a child … */
	SLICE_FDS_MS = 100,         /* … at descriptors of the caller, too */
};

static struct {
	int child, pipe;            /* of the ledger device, inode */
	int pidfd, connate;         /* of this process */
	int second, supervisord;    /* the same; -1: none is known to run */
	int dead;                   /* the supervisord whose end was seen */
	uint64_t device, inode;
	bool quiet;                 /* a second has passed without a change */
	bool cannot;                /* it failed: look once a second */
	bool ended;                 /* connate; see watch_ended() */
} watch = { .pipe = -1, .pidfd = -1, .second = -1 };

/* Whether connate or supervisord may have ended, once for each time that this was seen. */
bool watch_ended(void)
{
	bool ended = watch.ended;

	watch.ended = false;
	return ended;
}

static const uint32_t *counter(void)
{
	return (const uint32_t *)(uintptr_t)&session.live->change;
}

/* The child: a byte for each change since `seen`. A full pipe has told of it
 * already. */
static _Noreturn void tell_changes(uint32_t seen, int pipe, int parent)
{
	long error = sys_prctl(PR_SET_PDEATHSIG, SIGKILL, 0);

	while (error >= 0 && sys_getppid() == parent) {
		error = sys_futex(counter(), FUTEX_WAIT, seen, NULL);
		if (error == -EAGAIN || error == -EINTR)
			error = 0;
		if (load(&session.live->change) == seen)
			continue;
		seen = load(&session.live->change);
		if (error == 0)
			error = sys_write(pipe, "", 1);
		if (error == -EAGAIN)
			error = 0;
	}
	sys_exit(0);
}

static void child_end(void)
{
	siginfo_t info;

	if (watch.pipe < 0)
		return;
	(void)sys_close(watch.pipe); /* it was only read */
	watch.pipe = -1;
	(void)sys_kill(watch.child, SIGKILL); /* it may have ended */
	(void)sys_waitid(P_PID, watch.child, &info, WEXITED); /* it is ours */
}

static int child_begin(uint32_t seen)
{
	int parent = sys_getpid(), fds[2];
	int error = sys_pipe2(fds, O_CLOEXEC | O_NONBLOCK);

	if (error < 0)
		return error;
	error = sys_fork(&watch.child);
	if (error == 0)
		tell_changes(seen, fds[1], parent);
	(void)sys_close(fds[1]); /* the child's: its end ends the pipe */
	if (error < 0) {
		(void)sys_close(fds[0]); /* it was never used */
		return error;
	}
	watch.pipe = fds[0];
	watch.device = session.device;
	watch.inode = session.inode;
	return 0;
}

/* Are the numbers in /proc those of this process's own pid namespace? */
static bool proc_is_ours(void)
{
	struct digits d;
	char self[sizeof(d.text) + 1] = { 0 };

	return sys_readlinkat(AT_FDCWD, "/proc/self", self,
	                      sizeof(self) - 1) > 0 &&
	       text_equal(self, text_number(&d, sys_getpid()));
}

/* A pidfd of connate. If its folder still has the ledger afterwards, the number
 * has not been given to another process. */
static int connate_begin(void)
{
	struct stat status;
	int fd = proc_is_ours() ? sys_pidfd_open(session.connate.pid) : -ENXIO;

	if (fd < 0)
		return fd;
	watch.ended = descriptor_stat(session.folder, FD_LEDGER, &status) < 0;
	watch.pidfd = fd;
	watch.connate = session.connate.pid;
	return 0;
}

static void pidfd_end(int *fd)
{
	if (*fd >= 0)
		(void)sys_close(*fd); /* it was only polled */
	*fd = -1;
}

/* A pidfd of the supervisord that the ledger names, if it may run. If its number
 * is that of another process we look once too often. */
static void supervisord_follow(void)
{
	int pid = pid_in_range((int32_t)load(
		(const volatile uint32_t *)&session.live->report.supervisord));

	if (pid == 0)
		pid = pid_in_range((int32_t)load(
			(const volatile uint32_t *)&session.live->supervisord));
	if (watch.second >= 0 && pid == watch.supervisord)
		return;
	pidfd_end(&watch.second);
	if (pid == 0 || pid == watch.dead)
		return;
	watch.supervisord = pid;
	watch.second = sys_pidfd_open(pid);
}

/* Whether both are watched, as the session has them now. */
static bool begin(uint32_t seen)
{
	int error = 0;

	if (watch.cannot)
		return false;
	if (watch.device != session.device || watch.inode != session.inode)
		child_end();
	if (watch.connate != session.connate.pid)
		pidfd_end(&watch.pidfd);
	supervisord_follow();
	if (watch.pidfd < 0)
		error = connate_begin();
	if (error >= 0 && watch.pipe < 0)
		error = child_begin(seen);
	if (error >= 0)
		return true;
	watch.ended |= error == -ESRCH;
	watch.cannot = true;
	child_end();
	pidfd_end(&watch.pidfd);
	pidfd_end(&watch.second);
	return false;
}

/* What the poll of the child and of both processes has told. */
static void take_events(const struct pollfd own[3])
{
	char bytes[256];

	if (own[0].revents != 0 &&
	    sys_read(watch.pipe, bytes, sizeof(bytes)) == 0)
		watch.cannot = true; /* the child has ended */
	if (own[1].revents != 0)
		pidfd_end(&watch.pidfd);
	if (own[2].revents != 0) {
		pidfd_end(&watch.second);
		watch.dead = watch.supervisord;
	}
	watch.ended |= own[1].revents != 0 || own[2].revents != 0;
}

static void wait_all(uint32_t seen, uint64_t until_ms, struct pollfd *fds,
                     uint32_t count)
{
	struct pollfd all[WATCH_FDS + 3];
	uint64_t now = clock_now_ms();
	struct __kernel_timespec left;

	for (uint32_t k = 0; k < count; k++)
		all[k] = fds[k];
	all[count] = (struct pollfd){ .fd = watch.pipe, .events = POLLIN };
	all[count + 1] = (struct pollfd){ .fd = watch.pidfd, .events = POLLIN };
	all[count + 2] = (struct pollfd){ .fd = watch.second,
		                          .events = POLLIN };
	if (watch.second < 0)
		until_ms = earlier(until_ms, now + SLICE_MS);
	if (load(&session.live->change) != seen || watch.ended)
		until_ms = now;
	left = clock_left(now, until_ms);
	if (sys_ppoll(all, count + 3, &left) <= 0)
		return; /* a signal, or the time: the caller looks */
	for (uint32_t k = 0; k < count; k++)
		fds[k].revents = all[k].revents;
	take_events(all + count);
}

/* For a part of a second. The futex is shared, as another process wakes us. */
static void wait_slice(uint32_t seen, uint64_t until_ms, uint32_t slice_ms)
{
	uint64_t now = clock_now_ms(), end = now + slice_ms;
	struct __kernel_timespec left = clock_left(now, earlier(until_ms, end));

	if (sys_futex(counter(), FUTEX_WAIT, seen, &left) == -ETIMEDOUT &&
	    end <= until_ms)
		watch.quiet = true;
}

/* Sleeps until the ledger's change counter is no longer `seen`, until_ms of
 * CLOCK_MONOTONIC, connate or supervisord has ended, or one of up to WATCH_FDS descriptors is
 * as asked for (revents, as of poll(2)). It may end earlier, so the caller looks
 * again. */
void session_wait_with(uint32_t seen, uint64_t until_ms, struct pollfd *fds,
                       uint32_t count)
{
	struct __kernel_timespec at_once = { 0, 0 };

	for (uint32_t k = 0; k < count; k++)
		fds[k].revents = 0;
	if ((watch.quiet || count > 0) && begin(seen)) {
		wait_all(seen, until_ms, fds, count);
		return;
	}
	if (!watch.ended)
		wait_slice(seen, until_ms, count > 0 ? SLICE_FDS_MS : SLICE_MS);
	if (count > 0)
		(void)sys_ppoll(fds, count, &at_once); /* else: next time */
}

/* The same without a descriptor. */
void session_wait(uint32_t seen, uint64_t until_ms)
{
	session_wait_with(seen, until_ms, NULL, 0);
}
