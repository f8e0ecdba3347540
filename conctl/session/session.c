/* SPDX-License-Identifier: MIT */
/* Reaching connate: it is found, its ledger is mapped, and if it cannot be
 * reached one line says why. When connate is gone, the process that has
 * succeeded it is looked for. Knows no service. */
#include "conctl/session/session.h"

#include "conctl/base/order.h"
#include "conctl/base/out.h"
#include "conctl/base/terminal.h"
#include "conctl/base/time.h"
#include "conctl/session/identity.h"
#include "conctl/session/process.h"
#include "conctl/session/watch.h"
#include "model/descriptor.h"
#include "model/text.h"
#include "sys/call.h"
#include "sys/clock.h"

#ifndef F_GET_SEALS
#define F_GET_SEALS 1034            /* linux/fcntl.h */
#endif

/* From the start of connate to that of its first supervisord there is no
 * ledger. */
enum { FIRST_TRIES = 200, FIRST_PAUSE_MS = 10 };

/* A process that is just being started may have no descriptor 100 yet, nor be
 * connate yet; for another process these tries only delay the refusal. */
enum { ABSENT_TRIES = 20 };

/* When connate is gone: how long a successor may take. */
enum { SUCCESSOR_MS = 2000, SUCCESSOR_PAUSE_MS = 5 };

static bool explained;              /* why connate cannot be reached */
static int real_connate;            /* with REFUSED_PROCESS: which process
                                       connate is; 0: not known */

/* Opens the end of the request pipe that is written to. A descriptor, -errno or
 * REFUSED_… */
int session_pipe(void)
{
	return descriptor_open(session.folder, FD_REQUEST_OUT, FILE_PIPE,
	                       session.owner, O_WRONLY | O_NONBLOCK);
}

/* Talks to this process, of that user, from now on. */
static void use_process(int pid, int folder, uint32_t owner)
{
	if (session.folder >= 0)
		(void)sys_close(session.folder); /* it was only looked into */
	session.connate.pid = pid;
	session.folder = folder;
	session.owner = owner;
}

static bool no_proc(void)
{
	int fd = sys_openat(AT_FDCWD, "/proc/self", O_PATH | O_CLOEXEC, 0);

	if (fd >= 0)
		(void)sys_close(fd);        /* it only had to exist */
	return fd < 0;
}

/* Why connate cannot be reached: of -errno or REFUSED_… */
static const char *session_refusal(int error, struct digits *d)
{
	int alive = sys_kill(session.connate.pid, 0);

	if (no_proc())
		return "/proc is not mounted here";
	switch (error) {
	case REFUSED_MIXED:
		return "its user ids are not all the same, as those of "
		       "connate are";
	case REFUSED_LEDGER:
		return "it is not connate: its descriptor 100 is no ledger "
		       "of its user";
	case REFUSED_PIPE:
		return "its descriptor 111 is not the request pipe that "
		       "connate makes: nothing was written to it";
	case REFUSED_CONTENT:
		return mapping_mismatch().reason;
	default:
		break;
	}
	if ((error == -EACCES || error == -EPERM) && sys_getuid() == 0)
		return "permission denied, even to root: it is not connate, "
		       "or of another namespace, or a security module "
		       "forbids it";
	if (error == -EACCES || error == -EPERM)
		return "permission denied: it belongs to another user";
	if (alive == -ESRCH)
		return "no such process";
	if (error == -ENOENT && alive == -EPERM)
		return "permission denied: it is hidden from this user";
	if (error == -ENOENT || error == -ENXIO || error == -EBADF)
		return "it is not connate: its descriptor 100 is no ledger";
	return text_error(d, error);
}

static void session_unreachable(const char *reason)
{
	const struct found *f = &session.connate;
	struct digits d;

	explained = true;
	complain("cannot reach connate, process ", text_number(&d, f->pid),
	         " (", f->by, f->path != NULL ? " " : "",
	         f->path != NULL ? f->path : "", "): ", reason,
	         f->by[0] == 't' ? "; -p PID, -l LOCKFILE or "
	                           "CONNATE_LOCK_FILE says which one"
	                         : "",
	         NULL);
}

/* Writes one line: connate cannot be reached, and why: -errno or REFUSED_… */
void session_refused(int error)
{
	struct digits d;

	session_unreachable(session_refusal(error, &d));
}

/* The memory of a ledger cannot shrink, as it is sealed, but it can have holes
 * for which there is no page left; reading them is a fault (mmap(2)). */
static _Noreturn void fault(int signal)
{
	struct digits d;

	(void)signal;
	terminal_leave();
	complain("the ledger of connate, process ",
	         text_number(&d, session.connate.pid),
	         ", cannot be read: there is no memory for it", NULL);
	sys_exit(EXIT_UNREACHABLE);
}

static void expect_faults(void)
{
	struct sigaction action = {
		.sa_handler = fault,
#ifdef SA_RESTORER
		.sa_flags = SA_RESTORER,
		.sa_restorer = (__sigrestore_t)sys_exit, /* never used */
#endif
	};

	(void)sys_sigaction(SIGBUS, &action, NULL); /* else it ends us */
}

/* 1: it is used; 0: it may become a ledger, or its process connate, yet; else
 * why not. Only a memfd that is sealed against shrinking is used. */
static int try_ledger(int fd, bool patient)
{
	struct ledger header;
	struct stat status;
	int seals = sys_fcntl(fd, F_GET_SEALS, 0);
	int error = sys_fstat(fd, &status);

	if (error < 0 || seals < 0)
		return -EBADF;
	if (status.st_size < LEDGER_HEADER || (seals & F_SEAL_SHRINK) == 0)
		return 0;
	mapping_header(fd, &header);
	if (header.magic == 0)
		return 0;
	if (!process_is_connate(session.connate.pid, session.folder, &header,
	                        &status)) {
		real_connate = connate_above(session.folder, &status);
		return patient ? 0 : REFUSED_PROCESS;
	}
	return mapping_use(fd, &header, &status);
}

static bool connate_is_alive(void)
{
	return !no_proc() && sys_kill(session.connate.pid, 0) != -ESRCH;
}

/* The process that was found, and its user: 0, -errno or REFUSED_MIXED. */
static int find_process(void)
{
	int folder = process_open(session.connate.pid), error;
	uint32_t owner;

	if (folder < 0)
		return folder;
	error = process_owner(folder, &owner);
	if (error < 0) {
		(void)sys_close(folder); /* it was only looked into */
		return error;
	}
	use_process(session.connate.pid, folder, owner);
	return 0;
}

/* As try_ledger(), waiting for a ledger; or -errno, REFUSED_… */
static int open_patiently(void)
{
	int result = 0;

	for (int i = 0; result == 0 && i < FIRST_TRIES; i++) {
		bool patient = i < ABSENT_TRIES;
		int fd;

		if (i > 0)
			pause_ms(FIRST_PAUSE_MS);
		fd = mapping_open(session.folder, session.owner);
		if (fd == -ENOENT && patient && connate_is_alive())
			continue;
		if (fd < 0)
			return fd;
		result = try_ledger(fd, patient);
		(void)sys_close(fd);        /* the mapping stays */
	}
	return result;
}

static void not_itself(void)
{
	struct digits d, e;
	const char *itself = text_number(&e, real_connate);

	if (real_connate == 0) {
		session_unreachable(
			"it is not connate itself, although it has its "
			"descriptors");
		return;
	}
	explained = true;
	complain("process ", text_number(&d, session.connate.pid), " (",
	         session.connate.by,
	         ") is not connate itself: that is process ", itself,
	         ", so say -p ", itself, NULL);
}

/* Explains a result of open_patiently(): also which layout a ledger has, if
 * that is why it cannot be read. Returns 0, or below zero. */
static int explain(int result)
{
	struct digits theirs, ours;

	if (result > 0)
		return 0;
	if (result == REFUSED_PROCESS)
		not_itself();
	else if (result == 0)
		session_unreachable(
			"it has no ledger yet: no supervisord of it has come "
			"up");
	else
		session_refused(result);
	if (result == REFUSED_CONTENT &&
	    mapping_mismatch().version != LEDGER_VERSION)
		complain("its ledger has layout ",
		         text_number(&theirs, mapping_mismatch().version),
		         ", this conctl reads layout ",
		         text_number(&ours, LEDGER_VERSION),
		         "; use the conctl that belongs to it", NULL);
	return result < 0 ? result : -EINVAL;
}

/* Finds connate and maps its ledger. Tries again for a moment when the holder
 * of a lock file dies before it could be looked at: its descriptors go first,
 * then its lock. 0; or below zero, and that has been explained. */
int session_open(const struct locator *l)
{
	uint64_t until = clock_now_ms() + SUCCESSOR_MS;
	int result;

	expect_faults();
	session.locator = l;
	for (;; pause_ms(SUCCESSOR_PAUSE_MS)) {
		result = find_connate(l, &session.connate);
		if (result < 0)
			return result;
		result = find_process();
		if (result == 0)
			result = open_patiently();
		if ((result != -ENOENT && result != -ESRCH &&
		     result != REFUSED_PROCESS) ||
		    !session.connate.locks || clock_now_ms() >= until)
			return explain(result);
	}
}

/* Whether the error says that connate is gone; a lack of memory or descriptors
 * says nothing about it. */
static bool says_gone(int error)
{
	return error == -ENOENT || error == -ESRCH || error == -EACCES ||
	       error == -EPERM;
}

/* If that process is the connate of this session, it is used from now on. */
static bool continues_in(int pid)
{
	int folder = pid > 0 ? process_open(pid) : -ESRCH;
	struct ledger header;
	struct stat status;
	uint32_t owner;

	if (folder < 0)
		return false;
	if (process_owner(folder, &owner) == 0 && owner == session.owner &&
	    mapping_continues(folder, owner, &header, &status) &&
	    process_is_connate(pid, folder, &header, &status)) {
		use_process(pid, folder, owner);
		return true;
	}
	(void)sys_close(folder); /* it was only looked into */
	return false;
}

/* Where connate is not process 1, supervisord becomes connate, by execve(2),
 * when that has died. The successor holds the lock; without a lock file it has
 * the same descriptors already. */
static bool succeeded(void)
{
	const struct locator *l = session.locator;
	uint32_t configured = session.table->lock_file;
	const char *const locks[] = {
		l->lock_file,
		configured != TABLE_NONE ? table_text(session.table, configured)
		                         : NULL,
		l->env_lock_file,
		conctl_lock_file,
	};

	for (size_t k = 0; k < sizeof(locks) / sizeof(locks[0]); k++)
		if (locks[k] != NULL && locks[k][0] != '\0' &&
		    continues_in(find_holder(find_path(l, locks[k]))))
			return true;
	return continues_in(pid_in_range(session.live->report.supervisord)) ||
	       continues_in(pid_in_range(session.live->supervisord));
}

/* The state of the process that is known as connate. */
static enum check check_once(void)
{
	struct stat status;
	int result = descriptor_stat(session.folder, FD_LEDGER, &status);

	if (says_gone(result))
		return CHECK_GONE;
	if (result < 0 || (status.st_dev == session.device &&
	                   status.st_ino == session.inode))
		return CHECK_SAME;
	result = open_patiently();
	if (says_gone(result))
		return CHECK_GONE;
	return explain(result) < 0 ? CHECK_GONE : CHECK_MOVED;
}

/* Whether connate is still there, with the same ledger. A process that has
 * succeeded it is used from now on: it may take two seconds until there is one,
 * but none is expected when the session was to end. A new ledger is mapped. Of
 * CHECK_GONE with a reason of its own that reason has been explained. */
enum check session_check(void)
{
	enum check found = check_once();
	uint64_t until = clock_now_ms() + SUCCESSOR_MS;

	while (found == CHECK_GONE && !explained &&
	       load(&session.live->halt) == 0 && clock_now_ms() < until) {
		if (succeeded())
			found = check_once();
		else
			pause_ms(SUCCESSOR_PAUSE_MS);
	}
	return found;
}

/* Whether it is time to check: once in CHECK_MS at most, and at once if the
 * ledger says that descriptor 100 is another one now, or a process has
 * ended. Sets *next_ms then. */
bool session_check_due(uint64_t *next_ms)
{
	uint64_t now = clock_now_ms();

	if (!watch_ended() && now < *next_ms && !load(&session.live->moved))
		return false;
	*next_ms = now + CHECK_MS;
	return true;
}

/* Writes one line that connate has ended, unless CHECK_GONE was explained. */
void session_gone(void)
{
	struct digits d;

	if (!explained)
		complain("connate, process ",
		         text_number(&d, session.connate.pid),
		         ", has ended meanwhile", NULL);
}
