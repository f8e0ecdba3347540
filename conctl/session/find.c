/* SPDX-License-Identifier: MIT */
/* Which process is connate. Knows no ledger. */
#include "conctl/conctl.h"
#include "sys/call.h"

enum {
	HOLDER_TRIES = 25,
	PAUSE_MS = 10,
};

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

/* Who holds a lock in there. One for reading is no lock of ours: whoever may
 * read the file can have it. So we ask what would keep us from that. */
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

/* Who may write the file may hold it; but only its owner's word, root's and our
 * own is taken for where connate is. */
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

/* connate; or supervisord, which becomes connate when that has died. */
int find_holder(const char *path)
{
	int fd = look_open(AT_FDCWD, path, SIGHT_FILE, 0,
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

/* A moment after both have died, nobody holds it yet. */
static int find_holder_soon(const char *path)
{
	struct __kernel_timespec pause = { .tv_nsec = PAUSE_MS * 1000000 };
	int pid = find_holder(path);

	for (int i = 0; pid == 0 && i < HOLDER_TRIES; i++) {
		(void)sys_ppoll(NULL, 0, &pause);
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
		return no_holder(path, by, "is held by nobody");
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

const char *find_path(const struct place *p, const char *path)
{
	static char bytes[PATH_MAX];

	return text_expand(bytes, sizeof(bytes), "", path, p->envp) == NULL
	               ? bytes
	               : path;
}

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

/* A service has the pid of the connate that started it. Another process may
 * have taken its place since: then the lock file says which. */
static int by_environment(const struct place *p, struct found *found)
{
	bool own = p->env_lock_file != NULL;
	const char *lock = own ? p->env_lock_file
	                       : find_path(p, conctl_lock_file);
	int error = by_number(p->env_pid, "$CONNATE_PID", found), holder;

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

int find_connate(const struct place *p, struct found *found)
{
	if (p->pid != NULL)
		return by_number(p->pid, "-p", found);
	if (p->lock_file != NULL)
		return by_lock_file(p->lock_file, "-l", found);
	if (p->env_pid != NULL)
		return by_environment(p, found);
	if (p->env_lock_file != NULL)
		return by_lock_file(p->env_lock_file, "$CONNATE_LOCK_FILE",
		                    found);
	if (conctl_lock_file[0] != '\0')
		return by_lock_file(find_path(p, conctl_lock_file),
		                    "configured", found);
	*found = (struct found){ 1, "the default", NULL, false };
	return 0;
}
