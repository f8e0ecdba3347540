/* SPDX-License-Identifier: MIT */
/* The shared descriptors, each at its number (model/descriptor.def). connate
 * holds all of them, so that they outlive every supervisord; it passes on those
 * without FD_CLOEXEC. */
#include "model/board.h"
#include "model/text.h"
#include "pid1/pid1.h"
#include "sys/fd.h"
#include "sys/message.h"

enum {
	FILES_WANTED = FD_LOG_FIRST + 8,
};

/* Opens standard input, output and error where they are missing: otherwise the
 * next descriptors that we, or the processes that we start, open would be taken
 * for them. The kernel of a machine without a console gives us none, and there
 * may be nothing in /dev yet: then a folder, which can at least not be written
 * to. */
static void open_standard(bool is_machine)
{
	for (int fd = 0; fd <= 2; fd++)
		if (sys_fcntl(fd, F_GETFD, 0) == -EBADF &&
		    !(is_machine && sys_openat(AT_FDCWD, "/dev/console",
		                               O_RDWR | O_NOCTTY, 0) >= 0) &&
		    sys_openat(AT_FDCWD, "/dev/null", O_RDWR, 0) < 0)
			(void)sys_openat(AT_FDCWD, "/", O_RDONLY, 0);
}

static int pair_move(const int fds[2], int first, int first_flags)
{
	int error = fd_move(fds[0], first, first_flags);

	if (error < 0) {
		(void)sys_close(fds[1]);
		return error;
	}
	return fd_move(fds[1], first + 1, 0);
}

/* Makes the link: FD_LINK_PID1 and FD_LINK. 0 or more; or -errno. */
int keep_link(void)
{
	int fds[2];
	int error = sys_socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fds);

	return error < 0 ? error : pair_move(fds, FD_LINK_PID1, O_CLOEXEC);
}

static int make_pipe(int first)
{
	int fds[2];
	int error = sys_pipe2(fds, O_NONBLOCK);

	return error < 0 ? error : pair_move(fds, first, 0);
}

static int make_signalfd(void)
{
	uint64_t all = ~0ull;

	return fd_move(sys_signalfd(-1, &all, O_NONBLOCK | O_CLOEXEC),
	               FD_SIGNAL, O_CLOEXEC);
}

static int ledger_open(void)
{
	return fd_move(sys_memfd_create("connate", MFD_ALLOW_SEALING),
	               FD_LEDGER, 0);
}

/* The board is sparse: only pages that are used exist. supervisord sets and
 * seals its size. */
static int make_board(void)
{
	int error = fd_move(sys_memfd_create("connate-board",
	                                     MFD_ALLOW_SEALING),
	                    FD_BOARD, 0);

	return error < 0 ? error : sys_ftruncate(FD_BOARD, BOARD_BYTES);
}

/* The log pipes may need many numbers. supervisord, and the services, get the
 * limit that was given to us. */
static void files_raise(struct pid1 *p)
{
	struct rlimit64 most;

	if (sys_prlimit(0, RLIMIT_NOFILE, NULL, &p->files) < 0)
		return;
	most = p->files;
	most.rlim_cur = most.rlim_max;
	(void)sys_prlimit(0, RLIMIT_NOFILE, &most, NULL); /* needs no right */
}

/* Says an error, and returns it; 0: there was none. */
static int error_say(const char *what, int error, const struct pid1 *p)
{
	struct digits d, n, m;

	if (error >= 0)
		return 0;
	message("connate: cannot make the ", what, ": ", text_error(&d, error),
	        error == -EBADF || error == -EMFILE || error == -EINVAL
	                ? " (the limit of open files, ulimit -n, is "
	                : NULL,
	        text_number(&n, (int64_t)p->files.rlim_max), "; ",
	        text_number(&m, FILES_WANTED), " are needed)", NULL);
	return error;
}

static int make_all(struct pid1 *p)
{
	int error;

	if (p->ever_adopted) /* all the others were given back */
		return error_say("signalfd", make_signalfd(), p);
	fd_close_all(3, INT32_MAX); /* they are for no service */
	if ((error = error_say("ledger", ledger_open(), p)) < 0 ||
	    (error = error_say("signalfd", make_signalfd(), p)) < 0 ||
	    (error = error_say("link", keep_link(), p)) < 0 ||
	    (error = error_say("board", make_board(), p)) < 0 ||
	    (error = error_say("request pipe", make_pipe(FD_REQUEST_IN),
	                       p)) < 0)
		return error;
	return error_say("response pipe", make_pipe(FD_RESPONSE_IN), p);
}

/* Makes all shared descriptors, or takes those that another manager has stored,
 * and closes all others but the standard ones. 0; or -errno, which was said:
 * without them nothing can be heard or kept. PID 1 of a machine, which must not
 * exit, tries it again until they can be made. */
int keep_open(struct pid1 *p)
{
	int error;

	files_raise(p);
	open_standard(p->is_machine);
	if (store_take(p))
		store_resume(p);
	while ((error = make_all(p)) < 0 && p->is_machine)
		(void)sys_ppoll(NULL, 0, /* it cannot be interrupted */
		                &(struct __kernel_timespec){ .tv_sec = 5 });
	return error;
}

/* Makes another ledger, and another board, both empty: supervisord refuses the
 * ledger, and SIGHUP asked for this. The next supervisord finds the services
 * anew (supervisord/recovery/rediscover.c). Guards go on with the former board
 * and loggers with the former pipes, as only the former ledger says what the
 * numbers of both mean. An error is said, and all is as before. */
void keep_anew(struct pid1 *p)
{
	message("connate: the ledger is given up; services are found anew",
	        NULL);
	if (error_say("ledger", ledger_open(), p) < 0 ||
	    error_say("board", make_board(), p) < 0)
		return; /* another SIGHUP tries it again */
	for (int fd = FD_FORMER_FIRST; fd < FD_ORPHANS; fd++)
		(void)sys_close(fd); /* there may be none */
	fd_close_all(FD_LOG_FIRST, INT32_MAX);
	store_changed(p, FD_BOARD);
	store_renew(p);
	p->report = (struct report){ .images = p->report.images,
		                 .successions = p->report.successions };
	p->start_at_ms = 0;
}

/* Opens our own file as FD_CONNATE, so that we can execute it again: by
 * /proc/self/exe; before /proc is mounted by argv[0], which the kernel sets to
 * the path of an init. */
void keep_self(const struct pid1 *p)
{
	int fd = sys_openat(AT_FDCWD, "/proc/self/exe", O_PATH | O_CLOEXEC, 0);

	if (fd < 0)
		fd = sys_openat(AT_FDCWD, p->path, O_PATH | O_CLOEXEC, 0);
	(void)fd_move(fd, FD_CONNATE, 0); /* without it a fault is the end */
}

/* Descriptors that only connate uses, but its successor by exec needs. */
static const int private_fds[] = { FD_LOCK, FD_LINK_PID1, FD_CANDIDATE };

static void private_fds_set(unsigned flags)
{
	const unsigned count = sizeof(private_fds) / sizeof(private_fds[0]);

	for (unsigned i = 0; i < count; i++) /* it may not be open */
		(void)sys_fcntl(private_fds[i], F_SETFD, flags);
}

/* Passes all descriptors on over the exec by which connate becomes itself
 * again; keep_again() takes that back. */
void keep_pass_on(void)
{
	private_fds_set(0);
}

/* After that exec: all descriptors are at their numbers, but for the signalfd,
 * which is made anew. p->files stays as it was. 0; or -errno, which was
 * said. */
int keep_again(struct pid1 *p)
{
	struct rlimit64 given = p->files;

	files_raise(p);
	p->files = given;
	private_fds_set(FD_CLOEXEC);
	return error_say("signalfd", make_signalfd(), p);
}

static void lock_answer(struct pid1 *p, int result)
{
	/* Not sent: this supervisord is killed after ADOPT_MS, and the next
	 * one asks again. */
	(void)link_send(p, link_make(LINK_LOCKED, result, 0, 0));
}

static void lock_refused(struct pid1 *p, int error)
{
	struct flock lock = { .l_type = F_WRLCK, .l_len = 1 };
	struct digits d, e;
	char path[MESSAGE_BYTES / 2];
	long length = sys_readlinkat(AT_FDCWD, "/proc/self/fd/102", path,
	                             sizeof(path) - 1);

	path[length > 0 ? length : 0] = '\0';
	/* Else pid 0. The first byte is connate's; if it has died, another one
	 * is locked. */
	(void)sys_fcntl_lock(FD_LOCK, F_GETLK, &lock);
	if (lock.l_type == F_UNLCK) {
		lock = (struct flock){ .l_type = F_WRLCK };
		(void)sys_fcntl_lock(FD_LOCK, F_GETLK, &lock);
	}
	message("connate: cannot lock ", length > 0 ? path : "the lock file",
	        ": ",
	        lock.l_pid > 0 ? "it is held by process "
	                       : text_error(&d, error),
	        lock.l_pid > 0 ? text_number(&e, lock.l_pid) : "",
	        lock.l_pid > 0 ? " (is this session running already?)" : "",
	        p->is_init || p->ever_adopted ? "; going on without it" : "",
	        NULL);
	if (!p->is_init && !p->ever_adopted)
		end_begin(p, HALT_EXIT, 1, false);
}

/* Gives up the byte of the lock that is supervisord's (LOCK_OF_SUPERVISORD), if
 * there is a lock file. */
void keep_lock_ours(void)
{
	struct flock rest = { .l_type = F_UNLCK,
		              .l_start = LOCK_OF_SUPERVISORD };

	(void)sys_fcntl_lock(FD_LOCK, F_SETLK, &rest); /* if there is one */
}

/* Locks the lock file, open as fd, which becomes FD_LOCK, and answers LOCKED. A
 * record lock belongs to this process for as long as it lives, and F_GETLK
 * tells others its pid (fcntl(2)). A supervisord that was killed before it had
 * the answer has a successor that asks again, and may have locked its byte
 * already: so only the first time all of the file is locked. Refused, the end
 * begins, if connate is not PID 1 and no supervisord has worked yet. */
void keep_lock(struct pid1 *p, int fd)
{
	bool again = sys_fcntl(FD_LOCK, F_GETFD, 0) >= 0;
	struct flock lock = {
		.l_type = F_WRLCK,
		.l_len = again ? LOCK_OF_SUPERVISORD : 0,
	};
	int error = fd_move(fd, FD_LOCK, O_CLOEXEC);

	if (error >= 0)
		error = sys_fcntl_lock(FD_LOCK, F_SETLK, &lock);
	keep_lock_ours();
	if (error < 0)
		lock_refused(p, error);
	if (error >= 0 || p->is_init || p->ever_adopted)
		lock_answer(p, error < 0 ? error : 0);
}

/* KEEP: keeps fd at that number: of the lock file or its watch, a log pipe or a
 * former image. Any other number is refused, which is said, and fd is closed. Below 0:
 * none was attached. */
void keep_fd(struct pid1 *p, int number, int fd)
{
	struct digits d, e;
	int error;

	if (fd < 0)
		return;
	if (number == FD_LOCK) {
		keep_lock(p, fd);
		return;
	}
	error = number >= FD_FORMER_FIRST || number == FD_LOCK_WATCH
	                ? fd_move(fd, number, 0)
	                : -EINVAL;
	if (error == -EINVAL && number < FD_FORMER_FIRST)
		(void)sys_close(fd);
	if (error < 0)
		message("connate: cannot keep descriptor ",
		        text_number(&d, number), ": ", text_error(&e, error),
		        NULL);
	else
		store_changed(p, number);
}

/* DROP: closes the descriptor at that number, of a log pipe or a former image.
 * Does nothing for other numbers. */
void keep_drop(struct pid1 *p, int number)
{
	if (number < FD_FORMER_FIRST)
		return;
	(void)sys_close(number);    /* it may not be open */
	store_removed(p, number);
}
