/* SPDX-License-Identifier: MIT */
/* Sessions beside ours: what they know is in their ledgers, by a descriptor of
 * each connate, as conctl reads it; or, of one that has ended, of a process that
 * it had started and that has not come to its exec.
 *
 * Any user may have a process of that name with anything at that descriptor. So
 * only processes of our own user or root are looked at, and only a memfd that
 * our own user or root has made; it is looked at before it is opened, as to open
 * a device may do something. It is never mapped but copied, so that nothing
 * changes while it is judged, and nothing faults. */
#include "model/text.h"
#include "supervisord/tree/proc.h"
#include "supervisord/tree/process.h"
#include "supervisord/base/supervisor.h"

#ifndef F_GET_SEALS
#define F_GET_SEALS 1034            /* linux/fcntl.h */
#endif

/* Ten thousand services have 3 MiB. One that is larger than this cannot be
 * read: what it knows is unknown. */
enum { OTHERS_BYTES = 64 << 20 };

enum { DEPTH_MAX = 64 };        /* of processes below a connate */

/* Instead of a service: the ledger cannot be read. */
enum { UNREAD = SERVICES_MAX };

/* In a copy, which nothing writes any more. */
static const struct record *record_at(const struct ledger *l, uint32_t i)
{
	return (const void *)((const unsigned char *)ledger_records(l) +
	                      (uint64_t)i * l->record_bytes);
}

/* Of a version without keys: none is known. */
static uint64_t key_in(const struct ledger *l, const struct record *r,
                       int32_t pid)
{
	if (l->record_bytes < offsetof(struct record, helper_key))
		return KEY_UNKNOWN;
	return r->life.pid == pid ? r->life_key : r->main_key;
}

/* The number may have come again since it was stored there. */
static bool has(const struct ledger *l, const struct record *r, int32_t pid)
{
	uint64_t known = key_in(l, r, pid), now;

	if (r->life.pid != pid && main_pid(r->main) != pid)
		return false;
	if (known == KEY_UNKNOWN)
		return true;
	return process_find_key(pid, &now) &&
	       (now == known || !process_keys_tell(now, known));
}

static uint32_t index_in(const struct ledger *l, int32_t pid)
{
	for (uint32_t i = 0; i < l->services; i++)
		if (has(l, record_at(l, i), pid))
			return i;
	return TABLE_NONE;
}

/* It could be a ledger of ours: a file of a bounded size, made by our user or
 * root. */
static bool is_ours(const struct stat *status)
{
	return (status->st_mode & S_IFMT) == S_IFREG &&
	       (status->st_uid == 0 ||
	        status->st_uid == (uint32_t)sys_getuid()) &&
	       status->st_size >= LEDGER_HEADER &&
	       status->st_size <= OTHERS_BYTES;
}

/* The same file that was looked at, to be read. */
static int open_seen(int seen)
{
	char path[32] = "/proc/self/fd/";
	struct digits d;
	const char *number = text_number(&d, seen);

	__builtin_memcpy(path + 14, number, text_length(number) + 1);
	return sys_openat(AT_FDCWD, path, O_RDONLY | O_NONBLOCK | O_CLOEXEC, 0);
}

/* A descriptor of it, or -errno; -EINVAL: it is no ledger. */
static int open_ledger(int folder, uint64_t *size)
{
	int seen = sys_openat(folder, "fd/100", O_PATH | O_CLOEXEC, 0);
	int fd = seen, seals;
	struct stat status;

	if (seen < 0)
		return seen;
	fd = sys_fstat(seen, &status) >= 0 && is_ours(&status)
	             ? open_seen(seen)
	             : -EINVAL;
	(void)sys_close(seen); /* it was only looked at */
	if (fd < 0)
		return fd;
	seals = sys_fcntl(fd, F_GET_SEALS, 0);
	*size = (uint64_t)status.st_size;
	if (seals >= 0 && (seals & F_SEAL_SHRINK) != 0)
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

/* The one of that name, if the session has our lock. */
static uint32_t ours(const struct table *theirs, uint32_t service)
{
	const struct table *t = supervisor.world.table;

	return theirs->lock_file != TABLE_NONE &&
	                       text_equal(table_text(theirs, theirs->lock_file),
	                                  table_text(t, t->lock_file))
	               ? table_find(t, table_name(theirs, service))
	               : TABLE_NONE;
}

/* What that process is by a ledger; or `unread`, if that is none. */
static uint32_t judge(const struct ledger *l, uint64_t size, int32_t pid,
                      uint32_t unread)
{
	uint32_t found = unread;

	if (ledger_check(l, size) == NULL)
		found = index_in(l, pid);
	if (unread == TABLE_NONE && found != TABLE_NONE)
		found = ours(ledger_table(l), found);
	return found;
}

/* What that process is by the ledger of the one in the folder, which may be
 * the same; or `unread`, if we cannot read that. */
static uint32_t by_ledger(int folder, int32_t pid, uint32_t unread)
{
	uint64_t size = 0;
	int fd = open_ledger(folder, &size);
	uint32_t found = unread;
	void *copy;

	if (fd < 0)
		return fd == -EINVAL ? unread : TABLE_NONE; /* it has none */
	copy = memory_map(size);
	if (copy != NULL && read_all(fd, copy, size))
		found = judge(copy, size, pid, unread);
	(void)sys_close(fd); /* it was only read */
	if (copy != NULL)
		(void)sys_munmap(copy, size);
	return found;
}

uint32_t others_entered(int folder, int32_t pid)
{
	return by_ledger(folder, pid, TABLE_NONE);
}


/* What a session knows that cannot be read is not known; but what descends from
 * it is its own. */
static bool has_it(int folder, int32_t connate, int32_t pid)
{
	uint32_t found = by_ledger(folder, pid, UNREAD);
	struct proc p;

	if (found != UNREAD)
		return found != TABLE_NONE;
	return proc_find(pid, &p) && proc_descends(&p, connate, DEPTH_MAX);
}

bool others_have(int32_t pid)
{
	struct proc_list all;
	bool found = false;
	int32_t each;

	if (proc_list_all(&all) < 0)
		return true;
	while (!found && (each = proc_next(&all)) != 0) {
		int folder = each != supervisor.pid1 ? proc_open(each) : -ESRCH;
		struct proc p;

		if (folder < 0)
			continue;
		found = proc_read(folder, &p) &&
		        text_equal(p.name, "connate") &&
		        owner_is_ours(folder) && has_it(folder, each, pid);
		(void)sys_close(folder); /* it was only read */
	}
	if (found)
		proc_list_close(&all);
	return found;
}
