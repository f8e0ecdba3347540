/* SPDX-License-Identifier: MIT */
/* The ledger of the connate that was found, mapped read-only through /proc.
 * Who may open it is the kernel's business (proc(5), /proc/pid/fd). */
#include "conctl/conctl.h"
#include "sys/call.h"

#ifndef F_GET_SEALS
#define F_GET_SEALS 1034            /* linux/fcntl.h */
#endif

/* Between connate's start and its first supervisord's there is no ledger. */
enum { FIRST_TRIES = 200, FIRST_PAUSE_MS = 10 };

/* A process that is just being started may have no descriptor 100 yet; for
 * another one that is not connate this only delays the refusal. */
enum { ABSENT_TRIES = 20 };

/* When connate is gone: for how long another process may take its place. */
enum { SUCCESSOR_MS = 2000, SUCCESSOR_PAUSE_MS = 5 };

struct session session;
static bool explained;              /* why connate cannot be reached */
static const struct ledger *kept;   /* stays mapped; or NULL */

/* The ledger before this one. */
static const struct ledger *former;
static uint64_t former_size;

int session_descriptor(int number, int flags)
{
	return find_descriptor(session.connate.pid, number, flags);
}

static bool no_proc(void)
{
	int fd = sys_openat(AT_FDCWD, "/proc/self", O_PATH | O_CLOEXEC, 0);

	if (fd >= 0)
		(void)sys_close(fd);        /* it only had to exist */
	return fd < 0;
}

static const char *why(int error, struct digits *d)
{
	int alive = sys_kill(session.connate.pid, 0);

	if (no_proc())
		return "/proc is not mounted here";
	if ((error == -EACCES || error == -EPERM) && sys_getuid() == 0)
		return "permission denied, even to root: it is of another "
		       "namespace, or a security module forbids it";
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

static void refused(const char *reason)
{
	const struct found *f = &session.connate;
	struct digits d;

	explained = true;
	complain("cannot reach connate, process ", text_number(&d, f->pid),
	         " (", f->by, f->path != NULL ? " " : "",
	         f->path != NULL ? f->path : "", "): ", reason,
	         f->by[0] == 't' ? "; -p PID or -l LOCKFILE says which one"
	                         : "",
	         NULL);
}

void session_refused(int error)
{
	struct digits d;

	refused(why(error, &d));
}

const struct ledger *session_keep(void)
{
	kept = session.ledger;
	return kept;
}

const struct table *session_former(void)
{
	return former != NULL ? ledger_table(former) : NULL;
}

static void become_former(void)
{
	if (former != NULL && former != kept)
		(void)sys_munmap((void *)(uintptr_t)former, former_size);
	former = session.ledger;
	former_size = session.size;
}

/* 1: mapped; 0: it may become a ledger yet; else -errno. A memfd that cannot
 * shrink is never cut off under our eyes. */
static int map(int fd)
{
	struct stat status;
	int seals = sys_fcntl(fd, F_GET_SEALS, 0);
	int error = sys_fstat(fd, &status);
	long address;

	if (error < 0 || seals < 0)
		return -EBADF;
	if (status.st_size < LEDGER_HEADER || (seals & F_SEAL_SHRINK) == 0)
		return 0;
	address = sys_mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_SHARED,
	                   fd, 0);
	if (address < 0 && address > -4096)
		return (int)address;
	become_former();
	session.ledger = (const struct ledger *)address;
	session.size = (uint64_t)status.st_size;
	session.device = status.st_dev;
	session.inode = status.st_ino;
	return __atomic_load_n(&session.ledger->magic, __ATOMIC_ACQUIRE) != 0;
}

static bool is_alive(void)
{
	return !no_proc() && sys_kill(session.connate.pid, 0) != -ESRCH;
}

static int map_patiently(void)
{
	int result = 0;

	for (int i = 0; result == 0 && i < FIRST_TRIES; i++) {
		struct __kernel_timespec pause = {
			.tv_nsec = FIRST_PAUSE_MS * 1000000,
		};
		int fd;

		if (i > 0)
			(void)sys_ppoll(NULL, 0, &pause);
		fd = session_descriptor(FD_LEDGER, O_RDONLY | O_NONBLOCK);
		if (fd == -ENOENT && i < ABSENT_TRIES && is_alive())
			continue;
		if (fd < 0)
			return fd;
		result = map(fd);
		(void)sys_close(fd);        /* the mapping stays */
	}
	return result;
}

/* It is not to be read by us. Which layout it has is said, if that is why. */
static int misfit(const char *wrong)
{
	const struct ledger *l = session.ledger;
	struct digits theirs, ours;

	refused(wrong);
	if (l != NULL && l->magic == LEDGER_MAGIC &&
	    l->version != LEDGER_VERSION)
		complain("its ledger has layout ",
		         text_number(&theirs, l->version),
		         ", this conctl reads layout ",
		         text_number(&ours, LEDGER_VERSION),
		         "; use the conctl that belongs to it", NULL);
	return -EINVAL;
}

/* What map_patiently() says. */
static int use_ledger(int result)
{
	const char *wrong;

	if (result < 0) {
		session_refused(result);
		return result;
	}
	wrong = result == 0 ? "it has no ledger yet: no supervisord of it "
	                      "has come up"
	                    : ledger_check(session.ledger, session.size);
	if (wrong != NULL)
		return misfit(wrong);
	session.table = ledger_table(session.ledger);
	return 0;
}

static void pause(void)
{
	struct __kernel_timespec time = {
		.tv_nsec = SUCCESSOR_PAUSE_MS * 1000000,
	};

	(void)sys_ppoll(NULL, 0, &time);
}

/* Who holds the lock may die before we have looked at it. Its descriptors go
 * first, then its lock. */
int session_open(const struct place *p)
{
	uint64_t until = now_ms() + SUCCESSOR_MS;
	int result;

	session.place = p;
	for (;; pause()) {
		result = find_connate(p, &session.connate);
		if (result < 0)
			return result;
		result = map_patiently();
		if ((result != -ENOENT && result != -ESRCH) ||
		    !session.connate.locks || now_ms() >= until)
			return use_ledger(result);
	}
}

/* A descriptor that cannot be opened for want of memory or of descriptors
 * says nothing about connate. */
static bool says_gone(int error)
{
	return error == -ENOENT || error == -ESRCH || error == -EACCES ||
	       error == -EPERM;
}

/* Is this process of the session? It becomes the one that we talk to. Its
 * ledger may be another one by now. */
static bool is_of_session(int pid)
{
	struct ledger theirs = { .magic = 0 };
	int fd = pid > 0 ? find_descriptor(pid, FD_LEDGER,
	                                   O_RDONLY | O_NONBLOCK)
	                 : -ESRCH;
	bool same = fd >= 0 &&
	            sys_pread(fd, &theirs, sizeof(theirs), 0) ==
	                    sizeof(theirs) &&
	            theirs.magic == LEDGER_MAGIC &&
	            theirs.session_ms == session.ledger->session_ms;

	if (fd >= 0)
		(void)sys_close(fd);        /* it was only looked at */
	if (same)
		session.connate.pid = pid;
	return same;
}

/* Where connate is not PID 1, supervisord takes its place, by exec(2), when it
 * has died. Who holds the lock is connate; without one, supervisord has the
 * same descriptors already. */
static bool succeeded(void)
{
	const struct place *p = session.place;
	const struct ledger *l = session.ledger;
	uint32_t configured = session.table->lock_file;
	const char *const locks[] = {
		p->lock_file,
		configured != TABLE_NONE ? table_text(session.table, configured)
		                         : NULL,
		p->env_lock_file,
		conctl_lock_file,
	};

	for (size_t k = 0; k < sizeof(locks) / sizeof(locks[0]); k++)
		if (locks[k] != NULL && locks[k][0] != '\0' &&
		    is_of_session(find_holder(find_path(p, locks[k]))))
			return true;
	return is_of_session(*(const volatile int32_t *)&l->note.supervisord) ||
	       is_of_session(*(const volatile int32_t *)&l->supervisord);
}

/* As it is now, of the process that we know. */
static enum check check_once(void)
{
	struct stat status;
	int fd = session_descriptor(FD_LEDGER, O_RDONLY | O_NONBLOCK);
	int error = fd < 0 ? fd : sys_fstat(fd, &status), result;

	if (fd >= 0)
		(void)sys_close(fd);        /* it was only looked at */
	if (fd < 0 && says_gone(error))
		return CHECK_GONE;
	if (error < 0 || (status.st_dev == session.device &&
	                  status.st_ino == session.inode))
		return CHECK_SAME;
	result = map_patiently();
	if (says_gone(result))
		return CHECK_GONE;
	return use_ledger(result) < 0 ? CHECK_GONE : CHECK_MOVED;
}

/* Nobody takes its place when it was to end. */
enum check session_check(void)
{
	enum check found = check_once();
	uint64_t until = now_ms() + SUCCESSOR_MS;

	while (found == CHECK_GONE && !explained &&
	       load(&session.ledger->halt) == 0 && now_ms() < until) {
		if (succeeded())
			found = check_once();
		else
			pause();
	}
	return found;
}

union planned session_planned(void)
{
	union planned planned = {
		.word = __atomic_load_n(&session.ledger->planned.word,
		                        __ATOMIC_ACQUIRE)
	};

	if (planned.halt >= HALTS)
		planned.halt = HALT_NONE;
	return planned;
}

void session_gone(void)
{
	struct digits d;

	if (!explained)
		complain("connate, process ",
		         text_number(&d, session.connate.pid),
		         ", has ended meanwhile", NULL);
}

/* The pids in the ledger mean something to us only in its pid namespace. */
static bool same_namespace(void)
{
	struct stat ours, theirs;
	int fd = find_entry(session.connate.pid, "/ns/pid", -1, O_RDONLY);
	int own = sys_openat(AT_FDCWD, "/proc/self/ns/pid",
	                     O_RDONLY | O_CLOEXEC, 0);
	bool same = fd >= 0 && own >= 0 && sys_fstat(fd, &theirs) >= 0 &&
	            sys_fstat(own, &ours) >= 0 &&
	            ours.st_ino == theirs.st_ino;

	if (fd >= 0)
		(void)sys_close(fd);        /* it was only looked at */
	if (own >= 0)
		(void)sys_close(own);       /* likewise */
	return same;
}

/* A zombie is dead, too: connate may have no time to reap it. */
static enum life_sign sign_of(int pid)
{
	int error = sys_kill(pid, 0);
	char state = process_state(pid);

	if (error == -ESRCH || state == 'Z' || state == 'X')
		return SIGN_DEAD;
	return state == 'T' ? SIGN_STOPPED : SIGN_ALIVE;
}

/* connate notes each start and each death; what it has not noted yet is seen.
 * Before there is a note, or without connate, there is the ledger's pid. */
enum life_sign supervisord_sign(struct note *note)
{
	const struct ledger *l = session.ledger;

	*note = *(const volatile struct note *)&l->note;
	if (note->supervisord == 0 && note->death != DEATH_NONE)
		return SIGN_NOTED;
	if (note->supervisord == 0)
		note->supervisord =
			__atomic_load_n(&l->supervisord, __ATOMIC_RELAXED);
	return note->supervisord > 0 && same_namespace()
	               ? sign_of(note->supervisord)
	               : SIGN_ALIVE;
}

bool session_lists(uint32_t service)
{
	struct record r;

	if (!table_service(session.table, service)->gone)
		return true;
	r = session_record(service);
	return state_active(r.phase.state) || r.life.pid != 0 || r.helper != 0;
}

/* Bits that no supervisord can have stored are read as it would mend them. */
struct record session_record(uint32_t service)
{
	struct record r = ledger_read(session.ledger, service);

	if (r.phase.state >= STATES)
		r.phase.state = r.life.pid > 0 ? STATE_UP : STATE_DOWN;
	return r;
}
