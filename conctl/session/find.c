/* SPDX-License-Identifier: MIT */
/* Which process is connate: by an option, the environment, a lock file, or it
 * is process 1. Knows no ledger. */
#include "conctl/session/find.h"

#include <stddef.h>

#include "conctl/base/order.h"
#include "conctl/base/out.h"
#include "conctl/base/time.h"
#include "conctl/session/process.h"
#include "model/descriptor.h"
#include "model/link.h"
#include "model/text.h"
#include "sys/call.h"

enum {
	HOLDER_TRIES = 25,
	PAUSE_MS = 10,
};

/* Reads a process id, 1 to PID_MOST. False: it is none. */
bool find_is_pid(const char *text, uint64_t *pid)
{
	return text_to_number(text, PID_MOST, pid) && *pid > 0;
}

static int by_number(const char *text, const char *by, struct found *found)
{
	uint64_t pid;

	if (!find_is_pid(text, &pid)) {
		complain("'", text, "' (", by, ") is not a process id", NULL);
		return -EINVAL;
	}
	*found = (struct found){ (int)pid, by, NULL, false };
	return 0;
}

static int no_holder(const char *path, const char *by, const char *why)
{
	complain("no connate: the lock file ", path, " (", by, ") ", why,
	         "; -p PID says which process it is", NULL);
	return -ESRCH;
}

/* The process that has a lock in that range (fcntl_locking(2)); 0: none has.
 * A read lock is not ours, as every reader of the file can have one: so ask for
 * what would conflict with a read lock. */
static int holder_in(int fd, long long first, long long count)
{
	struct flock lock = { .l_type = F_RDLCK,
		              .l_start = first,
		              .l_len = count };
	int error = sys_fcntl_lock(fd, F_GETLK, &lock);

	if (error < 0)
		return error;
	if (lock.l_type == F_UNLCK)
		return 0;
	return lock.l_pid > 0 ? lock.l_pid : -ESRCH;
}

/* Every process that may write the file can lock it, but only a process of the
 * file's owner, of root or of our own user is believed to be connate. */
static int trusted(int pid, int fd)
{
	struct stat file;
	uint32_t owner;
	int folder = process_open(pid);
	int error = folder < 0 ? folder : process_owner(folder, &owner);

	if (folder >= 0)
		(void)sys_close(folder); /* it was only read */
	if (error < 0)
		return error == REFUSED_MIXED ? REFUSED_HOLDER : pid;
	if (sys_fstat(fd, &file) < 0)
		return REFUSED_HOLDER;
	return owner == file.st_uid || owner == 0 ||
	                       owner == (uint32_t)sys_getuid()
	               ? pid
	               : REFUSED_HOLDER;
}

/* The process that holds this lock file: connate; or supervisord, which becomes
 * connate when that has died. A pid; 0: no process; or -errno: -ESRCH for a
 * process that cannot be seen from here, REFUSED_HOLDER for a process of
 * another user than the file's owner, root and us, REFUSED_FILE. */
int find_holder(const char *path)
{
	int fd = file_open(AT_FDCWD, path, FILE_REGULAR, 0,
	                   O_RDONLY | O_NONBLOCK);
	int pid;

	if (fd < 0)
		return fd;
	pid = holder_in(fd, 0, 1);
	if (pid == 0)
		pid = holder_in(fd, LOCK_OF_SUPERVISORD, 1);
	if (pid > 0)
		pid = trusted(pid, fd);
	(void)sys_close(fd); /* it was only read */
	return pid;
}

/* For a moment after both have died the lock has no holder yet. */
static int find_holder_soon(const char *path)
{
	int pid = find_holder(path);

	for (int i = 0; pid == 0 && i < HOLDER_TRIES; i++) {
		pause_ms(PAUSE_MS);
		pid = find_holder(path);
	}
	return pid;
}

static int by_lock_file(const char *path, const char *by, struct found *found)
{
	int pid = find_holder_soon(path);
	struct digits d;

	*found = (struct found){ pid, by, path, true };
	if (pid > 0)
		return 0;
	if (pid == 0)
		return no_holder(path, by, "is held by no process");
	if (pid == -ESRCH)
		return no_holder(path, by,
		                 "is held by a process that cannot be seen "
		                 "from here");
	if (pid == REFUSED_HOLDER)
		return no_holder(path, by,
		                 "is held by a process of another user than "
		                 "its owner, root or you, which is not "
		                 "believed");
	if (pid == REFUSED_FILE)
		return no_holder(path, by, "is no regular file");
	complain("cannot look at the lock file ", path, " (", by,
	         "): ", text_error(&d, pid), NULL);
	return pid;
}

/* A configured path with each $NAME in it replaced from the environment, until
 * the next call; or the path as it is if there is nothing to replace, or not
 * what to replace it with. */
const char *find_path(const struct locator *l, const char *path)
{
	static char bytes[PATH_MAX];

	return text_expand(bytes, sizeof(bytes), "", path, l->envp) == NULL
	               ? bytes
	               : path;
}

/* Whether the process has a descriptor where connate has its ledger. */
static bool has_ledger(int pid)
{
	int folder = process_open(pid);
	struct stat status;
	bool has = folder >= 0 &&
	           descriptor_stat(folder, FD_LEDGER, &status) >= 0;

	if (folder >= 0)
		(void)sys_close(folder); /* it was only looked at */
	return has;
}

/* The environment of a service has the pid of the connate that started it. If a
 * successor has replaced that connate, the lock file says which. */
static int by_environment(const struct locator *l, struct found *found)
{
	bool own = l->env_lock_file != NULL;
	const char *lock = own ? l->env_lock_file
	                       : find_path(l, conctl_lock_file);
	int error = by_number(l->env_pid, "$CONNATE_PID", found), holder;

	found->locks = lock[0] != '\0';
	if (error < 0 || !found->locks || has_ledger(found->pid))
		return error;
	holder = find_holder_soon(lock);
	if (holder > 0)
		*found = (struct found){
			holder, own ? "$CONNATE_LOCK_FILE" : "configured", lock,
			true,
		};
	return 0;
}

/* Finds the process: by -p, -l, $CONNATE_PID, $CONNATE_LOCK_FILE, the
 * configured lock file; else it is process 1. 0; or below zero, and that has
 * been explained. */
int find_connate(const struct locator *l, struct found *found)
{
	if (l->pid != NULL)
		return by_number(l->pid, "-p", found);
	if (l->lock_file != NULL)
		return by_lock_file(l->lock_file, "-l", found);
	if (l->env_pid != NULL)
		return by_environment(l, found);
	if (l->env_lock_file != NULL)
		return by_lock_file(l->env_lock_file, "$CONNATE_LOCK_FILE",
		                    found);
	if (conctl_lock_file[0] != '\0')
		return by_lock_file(find_path(l, conctl_lock_file),
		                    "configured", found);
	*found = (struct found){ 1, "the default", NULL, false };
	return 0;
}
