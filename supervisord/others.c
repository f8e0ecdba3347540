/* SPDX-License-Identifier: MIT */
/* Sessions beside ours, which live: what they know is in their ledgers, by a
 * descriptor of each connate, as conctl reads it. */
#include "model/text.h"
#include "supervisord/proc.h"
#include "supervisord/supervisord.h"

static bool lists(const struct ledger *l, int32_t pid)
{
	for (uint32_t i = 0; i < l->services; i++) {
		struct record r = ledger_read(l, i);

		if (r.life.pid == pid || main_pid(r.main) == pid)
			return true;
	}
	return false;
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

/* A ledger that we cannot read may list anybody. */
static bool has(int folder, int32_t pid)
{
	int fd = sys_openat(folder, "fd/100", O_RDONLY | O_NONBLOCK | O_CLOEXEC,
	                    0);
	const struct ledger *l;
	uint64_t size;
	bool found;

	if (fd < 0)
		return false; /* it only has that name, or is another user's */
	l = map(fd, &size);
	(void)sys_close(fd); /* the mapping stays */
	if (l == NULL)
		return true;
	found = ledger_check(l, size) != NULL || lists(l, pid);
	(void)sys_munmap((void *)(uintptr_t)l, size);
	return found;
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
		        text_equal(p.name, "connate") && has(folder, pid);
		(void)sys_close(folder); /* it was only read */
	}
	if (found)
		proc_list_close(&all);
	return found;
}
