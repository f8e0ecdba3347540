/* SPDX-License-Identifier: MIT */
/* Memory and processor time of the processes of each service, by one pass over
 * /proc. A process belongs to the service that its nearest ancestor is a process
 * of; one that has left that tree, as daemons do, to the service whose process
 * leads its session. A cgroup would tell the same of a service that has one
 * to itself, but few have one, and each kind of cgroup has files of its own.
 * Memory is that of stat, one read for all: the kernel may count it some pages
 * for each processor too late (proc(5)). Knows no screen. */
#include "conctl/session/usage.h"

#include <stdbool.h>
#include <stddef.h>

#include "conctl/session/identity.h"
#include "conctl/session/mapping.h"
#include "conctl/session/process.h"
#include "conctl/session/record.h"
#include "sys/call.h"
#include "sys/fd.h"

enum {
	NONE = 0,                   /* else the number of a service, + 1 */
	UNKNOWN = -1,
	DEEPEST = 4096,             /* of a tree; pids that are used again can
	                               seem to be a circle */
	STAT_BYTES = 512,
	AUXV_WORDS = 64,
	AUXV_PAGE = 6, AUXV_TICKS = 17, /* linux/auxvec.h */
	FOLDER_BYTES = 32768,
};

/* By pid. The pages of pids that no process has take no memory. */
struct process {
	int32_t next;               /* of the pass; 0: the last one */
	int32_t parent, session;
	int32_t service;            /* NONE, UNKNOWN … */
	bool seen;                  /* in this pass */
	uint64_t ticks, pages;
};

static struct process *processes;   /* PID_MOST + 1 of them */
static struct usage *usages;        /* SERVICES_MAX of them */
static int32_t first;
static uint64_t page_bytes = 4096, ticks_per_second = 100;

/* Zeros; the kernel provides those pages that are written to. */
static int reserve(uint64_t size, void **memory)
{
	long address = sys_mmap(NULL, size, PROT_READ | PROT_WRITE,
	                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1,
	                        0);

	if (address < 0 && address > -4096)
		return (int)address;
	*memory = (void *)address;
	return 0;
}

/* The units of stat, as the kernel tells each program (getauxval(3)). */
static void learn_units(void)
{
	unsigned long words[AUXV_WORDS] = { 0 };

	(void)fd_read_file(AT_FDCWD, "/proc/self/auxv", words,
	                   sizeof(words)); /* the usual ones may do */
	for (int k = 0; k + 1 < AUXV_WORDS && words[k] != 0; k += 2) {
		if (words[k] == AUXV_PAGE && words[k + 1] != 0)
			page_bytes = words[k + 1];
		if (words[k] == AUXV_TICKS && words[k + 1] != 0)
			ticks_per_second = words[k + 1];
	}
}

static int prepare(void)
{
	void *memory;
	int error;

	if (usages != NULL)
		return 0;
	learn_units();
	error = reserve((PID_MOST + 1) * sizeof(*processes), &memory);
	if (error < 0)
		return error;
	processes = memory;
	error = reserve(SERVICES_MAX * sizeof(*usages), &memory);
	if (error < 0) {
		(void)sys_munmap(processes,
		                 (PID_MOST + 1) * sizeof(*processes));
		return error;
	}
	usages = memory;
	return 0;
}

/* The next number of a line, behind a space. */
static const char *field_next(const char *at, uint64_t *value)
{
	while (*at == ' ' || *at == '-')
		at++;
	for (*value = 0; *at >= '0' && *at <= '9'; at++)
		*value = *value * 10 + (uint64_t)(*at - '0');
	return at;
}

/* Of the text of a stat file (proc(5)), the fields from the fourth on: they
 * stand behind the name, which may hold any byte, and the state. */
static bool stat_parse(const char *stat, long size, struct process *p)
{
	enum { PARENT = 4, SESSION = 6, UTIME = 14, CSTIME = 17, RSS = 24 };
	const char *at;
	uint64_t value;

	while (size > 0 && stat[size - 1] != ')')
		size--;
	if (size <= 0 || stat[size] != ' ')
		return false;
	at = stat + size + 2;
	for (int field = PARENT; field <= RSS; field++) {
		at = field_next(at, &value);
		if (field == PARENT)
			p->parent = value <= PID_MOST ? (int32_t)value : 0;
		if (field == SESSION)
			p->session = value <= PID_MOST ? (int32_t)value : 0;
		if (field >= UTIME && field <= CSTIME)
			p->ticks += value;
		if (field == RSS)
			p->pages = value;
	}
	return true;
}

/* "123/stat"; the name of the entry is that of a folder in /proc. */
static void process_take(int proc, const char *name)
{
	char path[24], stat[STAT_BYTES] = { 0 };
	static const char file[] = "/stat";
	struct process p = { .service = UNKNOWN, .seen = true };
	uint64_t pid;
	size_t at = (size_t)(field_next(name, &pid) - name);

	if (at == 0 || at > 7 || name[at] != '\0' || pid == 0 || pid > PID_MOST)
		return;
	for (size_t k = 0; k < at; k++)
		path[k] = name[k];
	for (size_t k = 0; k < sizeof(file); k++)
		path[at + k] = file[k];
	if (processes[pid].seen ||
	    !stat_parse(stat, fd_read_file(proc, path, stat, sizeof(stat) - 8),
	                &p))
		return;
	p.next = first;
	processes[pid] = p;
	first = (int32_t)pid;
}

static int take_all(void)
{
	static char bytes[FOLDER_BYTES];
	int proc = sys_openat(AT_FDCWD, "/proc",
	                      O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
	long got = 1;

	if (proc < 0)
		return proc;
	while (got > 0) {
		got = sys_getdents64(proc, bytes, sizeof(bytes));
		for (long at = 0; at < got;) {
			const struct linux_dirent64 *entry =
				(const void *)(bytes + at);

			process_take(proc, entry->d_name);
			at += entry->d_reclen;
		}
	}
	(void)sys_close(proc); /* it was only read */
	return (int)got;
}

static void forget_all(void)
{
	while (first != 0) {
		struct process *p = &processes[first];

		first = p->next;
		*p = (struct process){ .next = 0 };
	}
}

static void mark(int32_t pid, uint32_t service)
{
	if (pid > 0 && pid <= PID_MOST && processes[pid].seen)
		processes[pid].service = (int32_t)service + 1;
}

/* The processes that the ledger knows. */
static void mark_all(void)
{
	for (uint32_t i = 0; i < session.table->services; i++) {
		struct record r = session_record(i);

		usages[i] = (struct usage){ .processes = 0 };
		mark(r.life.pid, i);
		mark(main_pid(r.main), i);
		mark(r.helper, i);
	}
}

/* By the nearest ancestor of which it is known. What is found is stored along
 * the way: so a pass costs one step for each process. */
static int32_t service_by_tree(int32_t pid)
{
	int32_t found = NONE, at = pid;
	int deep = 0;

	for (; at != 0 && processes[at].seen && deep < DEEPEST; deep++) {
		found = processes[at].service;
		if (found != UNKNOWN)
			break;
		at = processes[at].parent;
	}
	found = found == UNKNOWN ? NONE : found;
	for (; deep > 0 && pid != at; deep--) {
		processes[pid].service = found;
		pid = processes[pid].parent;
	}
	return found;
}

static void add(int32_t pid)
{
	const struct process *p = &processes[pid], *leader;
	int32_t service = service_by_tree(pid);
	struct usage *u;

	leader = &processes[p->session];
	if (service == NONE && leader->seen)
		service = service_by_tree(p->session);
	if (service == NONE)
		return;
	u = &usages[service - 1];
	u->processes++;
	u->memory_bytes += p->pages * page_bytes;
	u->cpu_ms += p->ticks * 1000 / ticks_per_second;
}

/* Reads what all processes use now. 0; or -errno, and nothing is known: there
 * is no /proc, no memory, or connate is in another pid namespace (-ENXIO). */
int usage_read(void)
{
	int error = prepare();

	if (error < 0)
		return error;
	if (!pids_are_ours(session.folder))
		return -ENXIO;
	forget_all();
	error = take_all();
	mark_all();
	for (int32_t pid = first; pid != 0; pid = processes[pid].next)
		add(pid);
	return error;
}

/* What the processes of a service used when usage_read() succeeded last. */
struct usage usage_of(uint32_t service)
{
	return usages != NULL ? usages[service]
	                      : (struct usage){ .processes = 0 };
}
