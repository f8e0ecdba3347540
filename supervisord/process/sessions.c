/* SPDX-License-Identifier: MIT */
/* The ledgers of other sessions: each connate has its own open at a fixed
 * descriptor, where conctl reads it too; and so has a process of a session that
 * has ended, until it comes to its exec.
 *
 * Any user may have a process of that name with anything at that descriptor. So
 * only processes of supervisord's user or of root are looked at, and only a
 * memfd that one of these two has made; its status is read before it is opened,
 * as opening a device may have an effect. It is never mapped but copied, so
 * that nothing changes while it is judged, and nothing faults. */
#include "supervisord/process/sessions.h"

#include "model/text.h"
#include "supervisord/base/memory.h"
#include "supervisord/base/supervisor.h"
#include "supervisord/io/descriptors.h"
#include "supervisord/process/owner.h"
#include "supervisord/tree/proc.h"
#include "supervisord/tree/process.h"
#include "sys/fd.h"

/* Ten thousand services take 3 MiB. A ledger that is larger than this cannot be
 * read: what it knows is unknown. */
enum { LEDGER_BYTES_MAX = 64 << 20 };

enum { DEPTH_MAX = 64 };        /* of processes below a connate */

/* Of the environment of a process, this much is read. */
enum { ENVIRONMENT_BYTES = 2 * PATH_MAX };

enum { FDINFO_BYTES = 256 };    /* its locks begin within 100 bytes */

/* In place of a service: the ledger cannot be read. */
enum { UNREAD = SERVICES_MAX };

/* In a copy of a ledger, which nothing changes any more. */
static const struct record *record_at(const struct ledger *l, uint32_t i)
{
	return (const void *)((const unsigned char *)ledger_records(l) +
	                      (uint64_t)i * l->record_bytes);
}

/* The key of that process in a record; an older version has none. */
static uint64_t key_in(const struct ledger *l, const struct record *r,
                       int32_t pid)
{
	if (l->record_bytes < offsetof(struct record, helper_key))
		return KEY_UNKNOWN;
	return r->life.pid == pid ? r->life_key : r->main_key;
}

/* The record has this process, and not another one that had its number
 * before. */
static bool record_has(const struct ledger *l, const struct record *r,
                       int32_t pid)
{
	uint64_t known = key_in(l, r, pid), now;

	if ((r->life.pid != pid && main_pid(r->main) != pid) ||
	    known == KEY_GROUP)
		return false;
	if (known == KEY_UNKNOWN)
		return true;
	return process_find_key(pid, &now) &&
	       (now == known || !process_keys_tell(now, known));
}

static uint32_t index_in(const struct ledger *l, int32_t pid)
{
	for (uint32_t i = 0; i < l->services; i++)
		if (record_has(l, record_at(l, i), pid))
			return i;
	return TABLE_NONE;
}

/* It may be a ledger: a file of a bounded size, made by supervisord's user or
 * root. */
static bool may_be_ledger(const struct stat *status)
{
	return (status->st_mode & S_IFMT) == S_IFREG &&
	       (status->st_uid == 0 ||
	        status->st_uid == (uint32_t)sys_getuid()) &&
	       status->st_size >= LEDGER_HEADER &&
	       status->st_size <= LEDGER_BYTES_MAX;
}

/* The ledger of that process: a descriptor, or -errno; -EINVAL: it is no
 * ledger. */
static int open_their_ledger(int folder, uint64_t *size)
{
	int seen = sys_openat(folder, "fd/100", O_PATH | O_CLOEXEC, 0);
	int fd = seen;
	struct stat status;

	if (seen < 0)
		return seen;
	fd = sys_fstat(seen, &status) >= 0 && may_be_ledger(&status)
	             ? descriptor_open_again(seen, O_RDONLY | O_NONBLOCK |
	                                                   O_CLOEXEC)
	             : -EINVAL;
	(void)sys_close(seen); /* it was only looked at */
	if (fd < 0)
		return fd;
	*size = (uint64_t)status.st_size;
	if (memory_is_sealed(fd))
		return fd;
	(void)sys_close(fd); /* it was not read */
	return -EINVAL;
}

static bool read_all(int fd, unsigned char *bytes, uint64_t size)
{
	for (uint64_t done = 0; done < size;) {
		long got = sys_pread(fd, bytes + done, size - done, (long)done);

		if (got <= 0)
			return false;
		done += (uint64_t)got;
	}
	return true;
}

/* The service of that name in this session, if the other has the same lock
 * file. */
static uint32_t our_service(const struct table *theirs, uint32_t service)
{
	const struct table *t = supervisor.world.table;

	return theirs->lock_file != TABLE_NONE &&
	                       text_equal(table_text(theirs, theirs->lock_file),
	                                  table_text(t, t->lock_file))
	               ? table_find(t, table_name(theirs, service))
	               : TABLE_NONE;
}

/* Which service the process is by this ledger; `unread` if that is none. */
static uint32_t service_in(const struct ledger *l, uint64_t size, int32_t pid,
                      uint32_t unread)
{
	uint32_t found = unread;

	if (ledger_check(l, size) == NULL)
		found = index_in(l, pid);
	if (unread == TABLE_NONE && found != TABLE_NONE)
		found = our_service(ledger_table(l), found);
	return found;
}

/* The ledger of the process in the folder, as a copy of *size bytes to be
 * unmapped. NULL: *error is 0 if it has none, or -errno: it cannot be read. */
static void *copy_their_ledger(int folder, uint64_t *size, int *error)
{
	int fd = open_their_ledger(folder, size);
	void *copy;

	*error = fd == -EINVAL ? fd : 0;
	if (fd < 0)
		return NULL;
	*error = -EIO;
	copy = memory_map(*size);
	if (copy != NULL && !read_all(fd, copy, *size)) {
		(void)sys_munmap(copy, *size);
		copy = NULL;
	}
	(void)sys_close(fd); /* it was only read */
	return copy;
}

/* Which service the process is by the ledger of the process in the folder,
 * which may be the same; `unread` if that cannot be read. */
static uint32_t service_by_ledger(int folder, int32_t pid, uint32_t unread)
{
	uint64_t size = 0;
	int error;
	void *copy = copy_their_ledger(folder, &size, &error);
	uint32_t found;

	if (copy == NULL)
		return error < 0 ? unread : TABLE_NONE; /* it has none */
	found = service_in(copy, size, pid, unread);
	(void)sys_munmap(copy, size);
	return found;
}

/* Which service of this session a process is, by the ledger that it has open
 * itself, if that is of a session with the same lock file; else TABLE_NONE. */
uint32_t sessions_service(int folder, int32_t pid)
{
	return service_by_ledger(folder, pid, TABLE_NONE);
}

/* By its ledger; where that cannot be read, a session has what descends from
 * its connate. */
static bool session_has(int folder, int32_t connate, int32_t pid)
{
	uint32_t found = service_by_ledger(folder, pid, UNREAD);
	struct proc p;

	if (found != UNREAD)
		return found != TABLE_NONE;
	return proc_find(pid, &p) && proc_descends(&p, connate, DEPTH_MAX);
}

/* Is the process a service of another session that runs? True as well if /proc
 * cannot be read: then that is not known. */
bool sessions_have(int32_t pid)
{
	struct proc_list all;
	bool found = false;
	struct proc p;

	if (proc_list_all(&all) < 0)
		return true;
	while (!found && proc_each(&all, &p))
		found = p.pid != supervisor.connate &&
		        text_equal(p.name, "connate") &&
		        owner_is_ours(all.folder) &&
		        session_has(all.folder, p.pid, pid);
	proc_list_close(&all);
	return found;
}

/* The path at which a process has, or had, its lock file open, by the kernel
 * (proc(5)). */
static const char *lock_link(int folder, const char *link, char path[PATH_MAX])
{
	static const char deleted[] = " (deleted)";
	long end = sys_readlinkat(folder, link, path, PATH_MAX - 1);

	path[end > 0 ? end : 0] = '\0';
	end -= (long)(sizeof(deleted) - 1);
	if (end > 0 && text_equal(path + end, deleted))
		path[end] = '\0';
	return path;
}

static bool has_our_link(int folder)
{
	static char theirs[PATH_MAX], ours[PATH_MAX];

	return text_equal(lock_link(folder, "fd/102", theirs),
	                  lock_link(AT_FDCWD, "/proc/self/fd/102", ours));
}

/* Is a lock file that is configured as `file` ours, for the process in the
 * folder? In $NAME/ it is another file where NAME has another value. If NAME is
 * not in the part of its environment that is read, the file that is open
 * tells, unless it was moved. */
bool sessions_has_lock(int folder, const char *file)
{
	static char bytes[ENVIRONMENT_BYTES];
	const char *ours = supervisor.lock + sizeof(TABLE_LOCK_IS) - 1;
	size_t length = text_variable(file);
	long size = length == 0 ? 0
	                        : fd_read_file(folder, "environ", bytes,
	                                       sizeof(bytes) - 1);
	char *block[] = { bytes, NULL };
	const char *value = NULL;

	if (length == 0)
		return text_equal(ours, file);
	bytes[size > 0 ? size : 0] = '\0';
	for (long at = 0; at < size && value == NULL;
	     at += (long)text_length(bytes + at) + 1) {
		block[0] = bytes + at;
		value = text_value(block, file + 1, length);
	}
	if (value == NULL)
		return has_our_link(folder);
	return text_starts(ours, value) &&
	       text_equal(ours + text_length(value), file + 1 + length);
}

static bool is_same(int folder, const char *theirs, const char *own)
{
	struct stat a, b;

	return sys_fstatat(folder, theirs, &a, 0) == 0 &&
	       sys_fstatat(AT_FDCWD, own, &b, 0) == 0 &&
	       a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

/* A path leads it to where it leads us: not so in a container, or behind
 * chroot(2). */
static bool sees_our_files(int folder)
{
	return is_same(folder, "ns/mnt", "/proc/self/ns/mnt") &&
	       is_same(folder, "root", "/proc/self/root");
}

/* A process of this session, such as a child of connate before its exec. */
static bool has_our_ledger(int folder)
{
	struct stat theirs, own;

	return sys_fstatat(folder, "fd/100", &theirs, 0) == 0 &&
	       sys_fstat(FD_LEDGER, &own) == 0 &&
	       theirs.st_dev == own.st_dev && theirs.st_ino == own.st_ino;
}

/* By its ledger: it holds its lock file, and that has our path. A connate, or
 * the supervisord of one that has just died. A session that has asked for the
 * lock, and has not got it, is no holder. */
static bool ledger_has_lock(int folder, const struct proc *p,
                            int32_t *supervisord)
{
	uint64_t size = 0;
	int error;
	struct ledger *l = copy_their_ledger(folder, &size, &error);
	bool has = false;

	if (l == NULL)
		return false;
	if (ledger_check(l, size) == NULL && l->locked == 1 &&
	    (text_equal(p->name, "connate") || l->supervisord == p->pid)) {
		const struct table *t = ledger_table(l);

		*supervisord = l->supervisord;
		has = t->lock_file != TABLE_NONE &&
		      sessions_has_lock(folder, table_text(t, t->lock_file));
	}
	(void)sys_munmap(l, size);
	return has;
}

/* The kernel says that it has a record lock on the file that is open where
 * connate and supervisord have their lock file (proc(5), Linux 4.1), as any
 * process may have written down that it has. */
static bool has_some_lock(int folder)
{
	char info[FDINFO_BYTES] = { 0 };
	const char *at = info;

	(void)fd_read_file(folder, "fdinfo/102", info, sizeof(info) - 1);
	_Static_assert(FD_LOCK == 102, "the number in the path");
	while (*at != '\0' && !text_starts(at, "\nlock:"))
		at++;
	return *at != '\0';
}

static bool holds_lock(int folder, const struct proc *p, int32_t *supervisord)
{
	return proc_lives(p) &&
	       (text_equal(p->name, "connate") ||
	        text_equal(p->name, "supervisord")) &&
	       owner_is_ours(folder) && !has_our_ledger(folder) &&
	       sees_our_files(folder) && has_some_lock(folder) &&
	       ledger_has_lock(folder, p, supervisord);
}

/* The connate, or the supervisord without one, of another session whose lock
 * file has our path, whatever became of the file itself; 0: there is none. The
 * lock file must be configured, and our own lock have been taken: of two that
 * begin at once only one can be seen to hold it. *supervisord: the pid that
 * their ledger has. Reads /proc; a process that cannot be looked at is
 * none. */
int32_t sessions_with_lock(int32_t *supervisord)
{
	struct proc_list all;
	struct proc p;
	int32_t found = 0;

	(void)proc_list_all(&all); /* if it cannot be had, it is empty */
	while (found == 0 && proc_each(&all, &p))
		if (holds_lock(all.folder, &p, supervisord))
			found = p.pid;
	proc_list_close(&all);
	return found;
}
