/* SPDX-License-Identifier: MIT */
/* Which process is connate. Knows no ledger. */
#include "conctl/conctl.h"
#include "sys/call.h"

enum { PID_MAX = 1 << 22 };         /* proc(5): pid_max */

bool find_is_pid(const char *text, uint64_t *pid)
{
	return text_to_number(text, PID_MAX, pid) && *pid > 0;
}

static int by_number(const char *text, const char *by, struct found *found)
{
	uint64_t pid;

	if (!find_is_pid(text, &pid)) {
		complain("'", text, "' (", by, ") is not a process id", NULL);
		return -EINVAL;
	}
	*found = (struct found){ (int)pid, by, NULL };
	return 0;
}

static int no_holder(const char *path, const char *by, const char *why)
{
	complain("no connate: the lock file ", path, " (", by, ") ", why,
	         "; -p PID says which process it is", NULL);
	return -ESRCH;
}

/* A record lock: F_GETLK tells the holder's pid (fcntl(2)), as far as our pid
 * namespace knows it. */
static int by_lock_file(const char *path, const char *by, struct found *found)
{
	struct flock lock = { .l_type = F_WRLCK };
	int fd = sys_openat(AT_FDCWD, path, O_RDONLY | O_NONBLOCK | O_CLOEXEC,
	                    0);
	int error = fd < 0 ? fd : sys_fcntl_lock(fd, F_GETLK, &lock);
	struct digits d;

	if (fd >= 0)
		(void)sys_close(fd);        /* it was only read */
	if (error < 0) {
		complain("cannot look at the lock file ", path, " (", by,
		         "): ", text_error(&d, error), NULL);
		return error;
	}
	if (lock.l_type == F_UNLCK)
		return no_holder(path, by, "is held by nobody");
	if (lock.l_pid <= 0)
		return no_holder(path, by,
		                 "is held by a process that cannot be seen "
		                 "from here");
	*found = (struct found){ lock.l_pid, by, path };
	return 0;
}

int find_connate(const struct place *p, struct found *found)
{
	if (p->pid != NULL)
		return by_number(p->pid, "-p", found);
	if (p->lock_file != NULL)
		return by_lock_file(p->lock_file, "-l", found);
	if (p->env_pid != NULL)
		return by_number(p->env_pid, "$CONNATE_PID", found);
	if (p->env_lock_file != NULL)
		return by_lock_file(p->env_lock_file, "$CONNATE_LOCK_FILE",
		                    found);
	if (conctl_lock_file[0] != '\0')
		return by_lock_file(conctl_lock_file, "configured", found);
	*found = (struct found){ 1, "the default", NULL };
	return 0;
}
