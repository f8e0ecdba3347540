/* SPDX-License-Identifier: MIT */
/* The ledger of our connate, by its descriptor in /proc, and the ring of events
 * in it, which is read while supervisord writes it. The ledger is one of our own
 * manager: its header and table are checked once, when it is mapped; events are
 * brought into range as they are read. Knows no file. */
#include "log/source.h"

#include <linux/futex.h>

#include "model/descriptor.h"
#include "model/text.h"
#include "sys/call.h"

enum { AGAIN_S = 1, AGAIN_MOST = 10, PATH_ROOM = 64 };

const struct ledger *source;
uint64_t source_mapped;
static uint64_t size;

/* The path of that process's ledger, until the next call. */
static const char *path_of(uint32_t pid)
{
	static char path[PATH_ROOM];
	struct digits d;
	const char *parts[] = { "/proc/", text_number(&d, pid), "/fd/100" };
	char *at = path;

	_Static_assert(FD_LEDGER == 100, "in the path");
	for (int k = 0; k < 3; k++)
		for (const char *c = parts[k]; *c != '\0'; c++)
			*at++ = *c;
	*at = '\0';
	return path;
}

/* Which file is the ledger of that process now; 0: it cannot be told. */
uint64_t source_inode(uint32_t connate)
{
	struct stat status;

	return sys_fstatat(AT_FDCWD, path_of(connate), &status, 0) < 0
	               ? 0
	               : status.st_ino;
}

/* The ledger of that process, which is looked at before it is opened, as opening
 * another file may have effects (open(2), O_PATH). A descriptor or -errno. */
static int open_of(uint32_t pid, struct stat *status)
{
	const char *path = path_of(pid);
	int fd = sys_openat(AT_FDCWD, path, O_PATH | O_CLOEXEC, 0);
	bool is_ledger;

	if (fd < 0)
		return fd;
	is_ledger = sys_fstat(fd, status) == 0 &&
	            (status->st_mode & S_IFMT) == S_IFREG &&
	            status->st_nlink == 0;
	(void)sys_close(fd);        /* it was only looked at */
	return is_ledger ? sys_openat(AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0)
	                 : -ENXIO;
}

static int map(int fd, const struct stat *status)
{
	const struct ledger *l;
	int error;
	long at;

	if (status->st_size < LEDGER_HEADER)
		return -EAGAIN;     /* it is just being made */
	at = sys_mmap(NULL, (size_t)status->st_size, PROT_READ, MAP_SHARED, fd,
	              0);
	if (at < 0 && at > -4096)
		return (int)at;
	l = (const struct ledger *)at;
	if (ledger_check(l, (uint64_t)status->st_size) != NULL ||
	    (status->st_ino == source_mapped && l->moved != 0)) {
		error = l->magic == LEDGER_MAGIC && l->version != LEDGER_VERSION
		                ? -EPROTO
		                : -EAGAIN;
		(void)sys_munmap((void *)at, (size_t)status->st_size);
		return error;
	}
	source = l;
	size = (uint64_t)status->st_size;
	source_mapped = status->st_ino;
	return 0;
}

/* Maps the ledger of process `connate`, or, if that has died, of the supervisord
 * that has taken its place, which the former ledger names. 0 or -errno: -EAGAIN:
 * there is none yet; -EACCES: our user is not that of connate; -EPROTO: it is of
 * another version. The caller waits and tries again. */
int source_open(uint32_t connate)
{
	static uint32_t other;
	struct stat status;
	int fd, error;

	if (source != NULL)
		other = (uint32_t)source->supervisord;
	source_close();
	fd = open_of(connate, &status);
	if (fd == -ENOENT && other != 0)
		fd = open_of(other, &status);
	if (fd < 0)
		return fd;
	error = map(fd, &status);
	(void)sys_close(fd);        /* the mapping stays */
	return error;
}

/* Has none mapped any more. */
void source_close(void)
{
	if (source != NULL)
		(void)sys_munmap((void *)(uintptr_t)source, size);
	source = NULL;
}

/* How many events there have been, modulo 2^32: the number of the next one. */
uint32_t source_events(void)
{
	return __atomic_load_n(&source->events, __ATOMIC_ACQUIRE);
}

/* Reads event k: true if it is whole and was not overwritten, and says what a
 * supervisord can have stored. Event k + LEDGER_EVENTS is written while the
 * counter stands there, so one event less than these can be read. */
bool source_event(uint32_t k, struct event *e)
{
	uint32_t back = source_events() - k;

	if (back == 0 || back >= LEDGER_EVENTS)
		return false;
	*e = *(const volatile struct event *)ledger_event(source, k);
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	return source_events() - k < LEDGER_EVENTS &&
	       e->service < source->services && e->from < STATES &&
	       e->to < STATES && e->target < TARGETS &&
	       e->kind < EVENTS && e->code <= ENDING_DUMPED;
}

/* Sleeps until the change counter is another one than `seen`; with `again` a
 * second at most. Without a ledger a second, then twice as long each time, up to
 * 17 minutes: to another user the ledger stays closed. */
void source_wait(uint32_t seen, bool again)
{
	static uint32_t tries;
	struct __kernel_timespec pause = { .tv_sec = AGAIN_S };
	int error = -ENOSYS;

	if (source != NULL)
		tries = 0;
	else
		pause.tv_sec <<= tries < AGAIN_MOST ? tries++ : tries;
	if (source != NULL)
		error = sys_futex(&source->change, FUTEX_WAIT, seen,
		                  again ? &pause : NULL);
	if (error < 0 && error != -EAGAIN && error != -EINTR &&
	    error != -ETIMEDOUT)
		(void)sys_ppoll(NULL, 0, &pause); /* then it is tried again */
}
