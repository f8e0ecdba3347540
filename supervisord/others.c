/* SPDX-License-Identifier: MIT */
/* Sessions beside ours: what they know is in their ledgers, by a descriptor of
 * each connate, as conctl reads it; or, of one that has ended, of a process that
 * it had started and that has not come to its exec. */
#include "model/text.h"
#include "supervisord/proc.h"
#include "supervisord/supervisord.h"

static uint32_t index_in(const struct ledger *l, int32_t pid)
{
	for (uint32_t i = 0; i < l->services; i++) {
		struct record r = ledger_read(l, i);

		if (r.life.pid == pid || main_pid(r.main) == pid)
			return i;
	}
	return TABLE_NONE;
}

/* One that cannot be cut off under our eyes, or NULL. */
static const struct ledger *map(int fd, uint64_t *size)
{
	struct stat status;
	int seals = sys_fcntl(fd, F_GET_SEALS, 0);
	long address;

	if (seals < 0 || (seals & F_SEAL_SHRINK) == 0 ||
	    sys_fstat(fd, &status) < 0)
		return NULL;
	*size = (uint64_t)status.st_size;
	address = sys_mmap(NULL, *size, PROT_READ, MAP_SHARED, fd, 0);
	return address < 0 && address > -4096 ? NULL
	                                      : (const struct ledger *)address;
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

/* What that process is by the ledger of the one in the folder, which may be
 * the same; or `unread`, if we cannot read that. */
static uint32_t by_ledger(int folder, int32_t pid, uint32_t unread)
{
	int fd = sys_openat(folder, "fd/100", O_RDONLY | O_NONBLOCK | O_CLOEXEC,
	                    0);
	const struct ledger *l;
	uint64_t size;
	uint32_t found = unread;

	if (fd < 0)
		return TABLE_NONE; /* it has none, or is another user's */
	l = map(fd, &size);
	(void)sys_close(fd); /* the mapping stays */
	if (l == NULL)
		return unread;
	if (ledger_check(l, size) == NULL)
		found = index_in(l, pid);
	if (unread == TABLE_NONE && found != TABLE_NONE)
		found = ours(ledger_table(l), found);
	(void)sys_munmap((void *)(uintptr_t)l, size);
	return found;
}

uint32_t others_entered(int folder, int32_t pid)
{
	return by_ledger(folder, pid, TABLE_NONE);
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
		        by_ledger(folder, pid, 0) != TABLE_NONE;
		(void)sys_close(folder); /* it was only read */
	}
	if (found)
		proc_list_close(&all);
	return found;
}
