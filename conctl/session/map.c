/* SPDX-License-Identifier: MIT */
/* The ledger of the connate that was found, by /proc. Who may open it is the
 * kernel's business (proc(5), /proc/pid/fd). It may be of another user, whom
 * root does not trust: what is opened is looked at first (process.c), where
 * everything is comes from a copy that was checked, and what is read from the
 * memory itself is brought into its range here. */
#include "conctl/conctl.h"
#include "sys/call.h"

#ifndef F_GET_SEALS
#define F_GET_SEALS 1034            /* linux/fcntl.h */
#endif

/* Between connate's start and its first supervisord's there is no ledger. */
enum { FIRST_TRIES = 200, FIRST_PAUSE_MS = 10 };

/* A process that is just being started may have no descriptor 100 yet, nor be
 * connate; for another one this only delays the refusal. */
enum { ABSENT_TRIES = 20 };

/* When connate is gone: for how long another process may take its place. */
enum { SUCCESSOR_MS = 2000, SUCCESSOR_PAUSE_MS = 5 };

/* Between a guard and its connate there are not more processes. */
enum { ANCESTORS_MAX = 16 };

struct session session = { .folder = -1 };
static bool explained;              /* why connate cannot be reached */
static const char *misfit;          /* why its ledger is not to be read … */
static uint32_t its_version;        /* … which has this layout */
static const struct ledger *kept;   /* stays mapped; or NULL */

/* The copy before this one. */
static const struct ledger *former;

static int open_ledger(int folder, uint32_t owner)
{
	return descriptor_open(folder, FD_LEDGER, SIGHT_LEDGER, owner,
	                       O_RDONLY | O_NONBLOCK);
}

int session_pipe(void)
{
	return descriptor_open(session.folder, FD_REQUEST_OUT, SIGHT_PIPE,
	                       session.owner, O_WRONLY | O_NONBLOCK);
}

/* From now on we talk to this process, of that user. */
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

static const char *why(int error, struct digits *d)
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
		return misfit;
	default:
		break;
	}
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
	kept = session.head;
	return kept;
}

const struct table *session_former(void)
{
	return former != NULL ? ledger_table(former) : NULL;
}

static void *map(uint64_t size, int fd, int *error)
{
	int how = fd < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED;
	long address = sys_mmap(NULL, size,
	                        fd < 0 ? PROT_READ | PROT_WRITE : PROT_READ,
	                        how, fd, 0);

	*error = address < 0 && address > -4096 ? (int)address : 0;
	return *error < 0 ? NULL : (void *)address;
}

/* All of it, and what is not there is 0. */
static void read_all(int fd, void *bytes, uint64_t size, uint64_t at)
{
	while (at < size) {
		long got = sys_pread(fd, (unsigned char *)bytes + at,
		                     size - at, (long)at);

		if (got <= 0 && got != -EINTR)
			return;
		at += got > 0 ? (uint64_t)got : 0;
	}
}

/* Header and table as they are now, if they are what they should be; the
 * header is the one that we have judged. At most 1 GiB is copied, which is what
 * a table of 2^20 services may have. */
static struct ledger *copy_of(int fd, const struct ledger *header,
                              uint64_t whole, int *error)
{
	uint64_t size = ledger_copy_bytes(header, whole);
	struct ledger *copy;

	its_version = header->version;
	misfit = "its parts do not fit its table";
	*error = REFUSED_CONTENT;
	if (header->version != LEDGER_VERSION || size == 0) {
		misfit = ledger_check_copy(header, LEDGER_HEADER, whole);
		return NULL;
	}
	copy = map(size, -1, error);
	if (copy == NULL)
		return NULL;
	*copy = *header;
	read_all(fd, copy, size, LEDGER_HEADER);
	misfit = ledger_check_copy(copy, size, whole);
	if (misfit == NULL) {
		copy->session_ms = time_read(copy->session_ms);
		return copy;
	}
	(void)sys_munmap(copy, size);
	*error = REFUSED_CONTENT;
	return NULL;
}

static void forget(const struct ledger *copy)
{
	if (copy != NULL && copy != kept)
		(void)sys_munmap((void *)(uintptr_t)copy, copy->record_at);
}

/* The memory is mapped as far as the checked header says, 4 GiB at most: of a
 * sparse one only the pages that are read come to be. */
static int use_ledger(int fd, const struct ledger *header,
                      const struct stat *status)
{
	uint64_t old_size = session.head != NULL ? session.head->size : 0;
	const volatile struct ledger *live;
	struct ledger *copy;
	int error;

	copy = copy_of(fd, header, (uint64_t)status->st_size, &error);
	if (copy == NULL)
		return error;
	live = map(copy->size, fd, &error);
	if (live == NULL) {
		forget(copy);
		return error;
	}
	if (session.live != NULL)
		(void)sys_munmap((void *)(uintptr_t)session.live, old_size);
	forget(former);
	former = session.head;
	session.head = copy;
	session.live = live;
	session.table = ledger_table(copy);
	session.device = status->st_dev;
	session.inode = status->st_ino;
	return 1;
}

/* Its memory cannot be cut off, for it is sealed, but it can have holes that no
 * page is left for; then reading it is a fault (mmap(2)). */
static void gone(int signal)
{
	struct digits d;

	(void)signal;
	complain("the ledger of connate, process ",
	         text_number(&d, session.connate.pid),
	         ", cannot be read: there is no memory for it", NULL);
	sys_exit(EXIT_UNREACHABLE);
}

static void expect_faults(void)
{
	struct sigaction action = {
		.sa_handler = gone,
#ifdef SA_RESTORER
		.sa_flags = SA_RESTORER,
		.sa_restorer = (__sigrestore_t)sys_exit, /* never used */
#endif
	};

	(void)sys_sigaction(SIGBUS, &action, NULL); /* else it ends us */
}

/* Is the process connate itself? Its supervisord, guards, and what they start
 * have the same descriptors for a while. */

static bool is_same(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/* It has this ledger open, too. */
static bool shares(int folder, const struct stat *ledger)
{
	struct stat theirs;

	return descriptor_stat(folder, FD_LEDGER, &theirs) >= 0 &&
	       is_same(&theirs, ledger);
}

/* It runs the file that connate keeps as its own. Where that is not known, as
 * where an emulator runs all of them, it is not supervisord's, and it has the
 * name that connate gives itself. */
static bool runs_connate(int folder)
{
	struct stat program, file;

	if (process_stat(folder, "exe", &program) < 0)
		return false;
	if (descriptor_stat(folder, FD_CONNATE, &file) >= 0 &&
	    is_same(&program, &file))
		return true;
	if (descriptor_stat(folder, FD_IMAGE, &file) >= 0 &&
	    is_same(&program, &file))
		return false;
	return process_is_called(folder, "connate\n");
}

static int can_be_pid(int32_t pid)
{
	return pid > 0 && pid <= PID_MOST ? pid : 0;
}

/* The supervisord that a header names; 0: none runs. */
static int supervisord_in(const struct ledger *header)
{
	if (header->report.supervisord == 0 && header->report.death != DEATH_NONE)
		return 0;
	return can_be_pid(header->report.supervisord != 0
	                          ? header->report.supervisord
	                          : header->supervisord);
}

/* The pids in the ledger mean something to us only in its pid namespace. */
static bool same_namespace(int folder)
{
	struct stat ours, theirs;

	return process_stat(folder, "ns/pid", &theirs) >= 0 &&
	       process_stat(AT_FDCWD, "/proc/self/ns/pid", &ours) >= 0 &&
	       is_same(&ours, &theirs);
}

/* connate is the parent of the supervisord that lives. While none does, or it
 * cannot be seen from here, connate is what runs its program. */
static bool is_connate(int pid, int folder, const struct ledger *header,
                       const struct stat *ledger)
{
	int supervisord = supervisord_in(header), its_folder, parent = 0;
	bool seen = false;

	if (supervisord == 0 || supervisord == pid || !same_namespace(folder))
		return runs_connate(folder);
	its_folder = process_open(supervisord);
	if (its_folder >= 0) {
		seen = shares(its_folder, ledger);
		parent = process_relation(its_folder).parent;
		(void)sys_close(its_folder); /* it was only looked at */
	}
	return seen ? parent == pid : runs_connate(folder);
}

/* The ancestor that is; or 0. */
static int connate_above(int folder, const struct stat *ledger)
{
	struct relation r = process_relation(folder);
	bool found = false;

	for (int k = 0; k < ANCESTORS_MAX && r.parent > 0 && !found; k++) {
		int pid = r.parent, above = process_open(pid);

		if (above < 0)
			return 0;
		found = shares(above, ledger) && runs_connate(above);
		r = process_relation(above);
		(void)sys_close(above); /* it was only looked at */
		if (found)
			return pid;
	}
	return 0;
}

static int instead;                 /* of REFUSED_PROCESS; or 0 */

/* 1: it is used; 0: it may become a ledger, or connate, yet; else why not. A
 * memfd that cannot shrink is never cut off under our eyes. */
static int try_ledger(int fd, bool patient)
{
	struct ledger header = { .magic = 0 };
	struct stat status;
	int seals = sys_fcntl(fd, F_GET_SEALS, 0);
	int error = sys_fstat(fd, &status);

	if (error < 0 || seals < 0)
		return -EBADF;
	if (status.st_size < LEDGER_HEADER || (seals & F_SEAL_SHRINK) == 0)
		return 0;
	read_all(fd, &header, sizeof(header), 0);
	if (header.magic == 0)
		return 0;
	if (!is_connate(session.connate.pid, session.folder, &header,
	                &status)) {
		instead = connate_above(session.folder, &status);
		return patient ? 0 : REFUSED_PROCESS;
	}
	return use_ledger(fd, &header, &status);
}

static bool is_alive(void)
{
	return !no_proc() && sys_kill(session.connate.pid, 0) != -ESRCH;
}

/* The process that was found, and its user. */
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

static void pause_ms(long ms)
{
	struct __kernel_timespec time = { .tv_nsec = ms * 1000000 };

	(void)sys_ppoll(NULL, 0, &time);
}

static int open_patiently(void)
{
	int result = 0;

	for (int i = 0; result == 0 && i < FIRST_TRIES; i++) {
		bool patient = i < ABSENT_TRIES;
		int fd;

		if (i > 0)
			pause_ms(FIRST_PAUSE_MS);
		fd = open_ledger(session.folder, session.owner);
		if (fd == -ENOENT && patient && is_alive())
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
	const char *itself = text_number(&e, instead);

	if (instead == 0) {
		refused("it is not connate itself, although it has its "
		        "descriptors");
		return;
	}
	explained = true;
	complain("process ", text_number(&d, session.connate.pid), " (",
	         session.connate.by,
	         ") is not connate itself: that is process ", itself,
	         ", so say -p ", itself, NULL);
}

/* What open_patiently() says. Which layout a ledger has is said, if that is
 * why it cannot be read. */
static int explain(int result)
{
	struct digits theirs, ours;

	if (result > 0)
		return 0;
	if (result == REFUSED_PROCESS)
		not_itself();
	else if (result == 0)
		refused("it has no ledger yet: no supervisord of it has come "
		        "up");
	else
		session_refused(result);
	if (result == REFUSED_CONTENT && its_version != LEDGER_VERSION)
		complain("its ledger has layout ",
		         text_number(&theirs, its_version),
		         ", this conctl reads layout ",
		         text_number(&ours, LEDGER_VERSION),
		         "; use the conctl that belongs to it", NULL);
	return result < 0 ? result : -EINVAL;
}

/* Who holds the lock may die before we have looked at it. Its descriptors go
 * first, then its lock. */
int session_open(const struct place *p)
{
	uint64_t until = now_ms() + SUCCESSOR_MS;
	int result;

	expect_faults();
	session.place = p;
	for (;; pause_ms(SUCCESSOR_PAUSE_MS)) {
		result = find_connate(p, &session.connate);
		if (result < 0)
			return result;
		result = find_process();
		if (result == 0)
			result = open_patiently();
		if ((result != -ENOENT && result != -ESRCH &&
		     result != REFUSED_PROCESS) ||
		    !session.connate.locks || now_ms() >= until)
			return explain(result);
	}
}

/* A descriptor that cannot be opened for want of memory or of descriptors
 * says nothing about connate. */
static bool says_gone(int error)
{
	return error == -ENOENT || error == -ESRCH || error == -EACCES ||
	       error == -EPERM;
}

/* A ledger of this session, which may be another one by now; and its header. */
static bool is_of_session(int folder, uint32_t owner, struct ledger *header,
                          struct stat *status)
{
	int fd = open_ledger(folder, owner);
	bool same;

	if (fd < 0)
		return false;
	*header = (struct ledger){ .magic = 0 };
	read_all(fd, header, sizeof(*header), 0);
	same = sys_fstat(fd, status) >= 0 && header->magic == LEDGER_MAGIC &&
	       time_read(header->session_ms) == session.head->session_ms;
	(void)sys_close(fd); /* it was only looked at */
	return same;
}

/* If that process is the connate of this session, we talk to it from now on. */
static bool goes_on(int pid)
{
	int folder = pid > 0 ? process_open(pid) : -ESRCH;
	struct ledger header;
	struct stat status;
	uint32_t owner;

	if (folder < 0)
		return false;
	if (process_owner(folder, &owner) == 0 && owner == session.owner &&
	    is_of_session(folder, owner, &header, &status) &&
	    is_connate(pid, folder, &header, &status)) {
		use_process(pid, folder, owner);
		return true;
	}
	(void)sys_close(folder); /* it was only looked into */
	return false;
}

/* Where connate is not PID 1, supervisord takes its place, by exec(2), when it
 * has died. Who holds the lock is connate; without one, supervisord has the
 * same descriptors already. */
static bool succeeded(void)
{
	const struct place *p = session.place;
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
		    goes_on(find_holder(find_path(p, locks[k]))))
			return true;
	return goes_on(session_report().supervisord) ||
	       goes_on(can_be_pid(session.live->supervisord));
}

/* As it is now, of the process that we know. */
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

/* Nobody takes its place when it was to end. */
enum check session_check(void)
{
	enum check found = check_once();
	uint64_t until = now_ms() + SUCCESSOR_MS;

	while (found == CHECK_GONE && !explained &&
	       load(&session.live->halt) == 0 && now_ms() < until) {
		if (succeeded())
			found = check_once();
		else
			pause_ms(SUCCESSOR_PAUSE_MS);
	}
	return found;
}

union planned session_planned(void)
{
	union planned planned = {
		.word = load_long(&session.live->planned.word),
	};

	if (planned.halt >= HALTS)
		planned.halt = HALT_NONE;
	planned.at_ms = time_read(planned.at_ms);
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

/* A zombie is dead, too: connate may have no time to reap it. And what has no
 * ledger of this session has only got its number. */
static enum life_sign sign_of(int pid)
{
	int folder = process_open(pid);
	enum life_sign sign = SIGN_DEAD;
	struct ledger header;
	struct stat status;
	char state;

	if (folder < 0)
		return sys_kill(pid, 0) == -ESRCH ? SIGN_DEAD : SIGN_ALIVE;
	state = process_relation(folder).state;
	if (state != 0 && state != 'Z' && state != 'X' &&
	    is_of_session(folder, session.owner, &header, &status))
		sign = state == 'T' ? SIGN_STOPPED : SIGN_ALIVE;
	(void)sys_close(folder); /* it was only looked into */
	return sign;
}

struct report session_report(void)
{
	struct report report = *(const volatile struct report *)&session.live->report;

	report.supervisord = can_be_pid(report.supervisord);
	report.since_ms = time_read(report.since_ms);
	report.next_ms = time_read(report.next_ms);
	return report;
}

/* connate notes each start and each death; what it has not noted yet is seen.
 * Before there is a report, or without connate, there is the ledger's pid. */
enum life_sign supervisord_sign(struct report *report)
{
	*report = session_report();
	if (report->supervisord == 0 && report->death != DEATH_NONE)
		return SIGN_NOTED;
	if (report->supervisord == 0)
		report->supervisord = can_be_pid(session.live->supervisord);
	return report->supervisord > 0 && same_namespace(session.folder)
	               ? sign_of(report->supervisord)
	               : SIGN_ALIVE;
}

enum sleep supervisord_sleep(void)
{
	struct report report;

	if (supervisord_sign(&report) != SIGN_ALIVE)
		return SLEEP_NONE;
	if (!same_namespace(session.folder))
		return SLEEP_BLIND;
	return relation_of(report.supervisord).state == 'S' ? SLEEP_SEEN
	                                                  : SLEEP_NONE;
}

bool session_lists(uint32_t service)
{
	struct record r;

	if (!table_service(session.table, service)->gone)
		return true;
	r = session_record(service);
	return state_active(r.phase.state) || r.life.pid != 0 || r.helper != 0;
}

/* An exit code, or a signal, as waitid(2) has them. */
static bool can_end(union ending e)
{
	if (e.state >= STATES || e.code > ENDING_DUMPED || e.status < 0)
		return false;
	return e.code <= ENDING_EXITED ? e.status <= 255
	                               : e.status >= 1 && e.status <= 64;
}

/* Bits that no supervisord can have stored are read as it would mend them. */
struct record session_record(uint32_t service)
{
	struct record r = ledger_read_from(
		session.head, (const void *)(uintptr_t)session.live, service);

	r.life.pid = can_be_pid(r.life.pid);
	r.helper = can_be_pid(r.helper);
	if (main_pid(r.main) > PID_MOST)
		r.main = 0;
	if (r.phase.state >= STATES)
		r.phase.state = r.life.pid > 0 ? STATE_UP : STATE_DOWN;
	if (!can_end(r.ending))
		r.ending.word = 0;
	r.wanted_ms = time_read(r.wanted_ms);
	r.up_ms = time_read(r.up_ms);
	return r;
}
