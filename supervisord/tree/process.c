/* SPDX-License-Identifier: MIT */
/* A process that is held while it is looked at and signalled. A sandbox may
 * answer EPERM where an old kernel says ENOSYS: in either case the folder in
 * /proc is taken instead of a pidfd. */
#include "supervisord/tree/process.h"

#include "supervisord/tree/proc.h"
#include "sys/call.h"

/* Whether pidfds have inodes of their own: asked once. */
static enum { INODES_UNKNOWN, INODES, NO_INODES } inodes;

static bool have_inodes(int pidfd)
{
	struct statfs fs;

	if (inodes == INODES_UNKNOWN)
		inodes = sys_fstatfs(pidfd, &fs) >= 0 &&
		                         fs.f_type == PIDFS_MAGIC
		                 ? INODES
		                 : NO_INODES;
	return inodes == INODES;
}

static int open_pidfd(int32_t pid)
{
	int fd = inodes == NO_INODES ? -ENOSYS : sys_pidfd_open(pid);

	if (fd < 0 || have_inodes(fd))
		return fd;
	(void)sys_close(fd); /* the folder tells more */
	return -ENOSYS;
}

/* Holds the process that has this number, until process_close(). 0, or -errno:
 * -ESRCH if there is none, and nothing is held. */
int process_open(struct process *p, int32_t pid)
{
	p->pid = pid;
	p->fd = open_pidfd(pid);
	p->pidfs = p->fd >= 0;
	if (p->fd >= 0 || p->fd == -ESRCH)
		return p->fd < 0 ? p->fd : 0;
	p->fd = proc_open(pid);
	if (p->fd >= 0)
		return 0;
	p->fd = -1;
	return sys_kill(pid, 0) == -ESRCH ? -ESRCH : 0;
}

/* Holds it no more. */
void process_close(const struct process *p)
{
	if (p->fd >= 0)
		(void)sys_close(p->fd); /* it was only looked at */
}

/* The key of a process that is held, or KEY_UNKNOWN: it was reaped, or there is
 * no way to tell. */
uint64_t process_key(const struct process *p)
{
	struct stat status;
	struct proc stat;

	if (p->pidfs)
		return sys_fstat(p->fd, &status) < 0
		               ? KEY_UNKNOWN
		               : (uint64_t)status.st_ino << 1 | 1;
	return p->fd >= 0 && proc_read(p->fd, &stat) ? stat.start << 1
	                                             : KEY_UNKNOWN;
}

/* The key of the process that has this number now, which may be KEY_UNKNOWN.
 * False: there is none. */
bool process_find_key(int32_t pid, uint64_t *key)
{
	struct process p;

	*key = KEY_UNKNOWN;
	if (process_open(&p, pid) < 0)
		return false;
	*key = process_key(&p);
	process_close(&p);
	return true;
}

/* Does the number still mean the process of this pidfd? */
static bool has_its_number(const struct process *p)
{
	uint64_t key;

	return process_find_key(p->pid, &key) && key == process_key(p);
}

/* Was the process not reaped yet? A zombie is there. */
bool process_is_there(const struct process *p)
{
	struct proc stat;
	int error;

	if (p->pidfs) {
		error = sys_pidfd_send_signal(p->fd, 0, 0);
		return call_is_missing(error) ? has_its_number(p)
		                              : error != -ESRCH;
	}
	return p->fd >= 0 ? proc_read(p->fd, &stat)
	                  : sys_kill(p->pid, 0) != -ESRCH;
}

/* -ESRCH: it leads no group (yet). */
static int signal_held_group(const struct process *p, int signal)
{
	int error = p->fd < 0 ? -EINVAL
	                      : sys_pidfd_send_signal(
					p->fd, signal,
					PIDFD_SIGNAL_PROCESS_GROUP);

	if (error == -EINVAL || call_is_missing(error))
		error = process_is_there(p) ? sys_kill(-p->pid, signal)
		                            : -ESRCH;
	return error;
}

/* Sends a signal to a process that is held, or to the process group that it
 * leads (group), and to the process alone if it leads none yet: between
 * clone(2) and setsid(2). 0 or -errno. A group is held by its leader only from
 * Linux 6.9 on; before, its number is used while the leader is there. */
int process_signal(const struct process *p, int signal, bool group)
{
	int error = group ? signal_held_group(p, signal) : -ESRCH;

	if (error != -ESRCH)
		return error;
	error = p->fd < 0 ? -ENOSYS : sys_pidfd_send_signal(p->fd, signal, 0);
	if (!call_is_missing(error))
		return error;
	return process_is_there(p) ? sys_kill(p->pid, signal) : -ESRCH;
}

/* Sends a signal to a process group by its number, and if there is no such
 * group (yet) to that process alone, which the caller has not reaped. 0 or
 * -errno. */
int process_signal_group(int32_t group, int32_t pid, int signal)
{
	int error = sys_kill(-group, signal);

	return error == -ESRCH ? sys_kill(pid, signal) : error;
}

/* Does a child of the caller live in that process group? waitid(2) without
 * WEXITED counts no zombie, so its leader need not be reaped yet; but it counts
 * a process whose first thread alone has ended (as of Linux 4.14). */
bool process_group_has_child(int32_t group)
{
	siginfo_t how;

	return sys_waitid(P_PGID, group, &how,
	                  WSTOPPED | WNOHANG | WNOWAIT) == 0;
}
