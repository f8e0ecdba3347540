/* SPDX-License-Identifier: MIT */
/* The child on its way to exec: a table of steps, each with its name. It runs
 * in supervisord's memory, on a small stack, while supervisord goes on; so it
 * writes nothing but its own record's failure word, and never returns. All
 * that supervisord holds is close-on-exec. */
#include <asm/ioctls.h>
#include <asm/termbits.h>
#include <linux/stat.h>

#include "supervisord/base/supervisor.h"

#include "model/step.h"
#include "model/text.h"
#include "sys/fd.h"

/* As a shell would exit: sh(1), "Exit Status". */
enum { EXIT_NOT_RUN = 126, EXIT_NOT_FOUND = 127, EXIT_MAX = 255 };

static const struct table *table(void)
{
	return supervisor.world.table;
}

static const struct table_service *service_of(const struct child *c)
{
	return table_service(table(), c->service);
}

int step_setsid(const struct child *c)
{
	(void)c;
	return sys_setsid() < 0 ? -EPERM : 0;
}

/* The reading end of a pipe that has no writer: reading gives the end of file,
 * writing fails with EBADF. Instead of /dev/null before /dev is mounted, or in
 * a sandbox in which devices cannot be opened (mount(2), MS_NODEV). */
static int empty_pipe(void)
{
	int fds[2];
	int error = sys_pipe2(fds, 0);

	if (error < 0)
		return error;
	(void)sys_close(fds[1]);
	return fds[0];
}

static int open_null(int flags)
{
	int fd = sys_openat(AT_FDCWD, "/dev/null", flags, 0);
	bool full = fd == -EMFILE || fd == -ENFILE || fd == -ENOMEM;

	return fd >= 0 || full ? fd : empty_pipe();
}

/* Opens what descriptor `from` is open on, or -errno. */
static int open_again(int from, int flags)
{
	char link[32] = "/proc/self/fd/";
	struct digits d;
	const char *text = text_number(&d, from);

	__builtin_memcpy(link + sizeof("/proc/self/fd/") - 1, text,
	                 text_length(text) + 1);
	return sys_openat(AT_FDCWD, link, flags | O_NOCTTY, 0);
}

/* Descriptor `to` becomes an open file of its own on what `from` is open on:
 * O_NONBLOCK is a flag of the open file (fcntl(2)), so a program that sets it on
 * a shared one changes what all others read or write through. Where it cannot
 * be opened again (there is no /proc, it is a socket) the file is shared. */
static int own_file(int from, int to, int flags)
{
	int fd = open_again(from, flags);

	if (fd >= 0)
		return fd_move(fd, to, 0);
	return from == to ? 0 : sys_dup3(from, to, 0);
}

int step_stdin(const struct child *c)
{
	uint32_t pipe = service_of(c)->pipe;

	if (c->argv == (const char **)supervisor.command) {
		/* It has that of connate; and if that is a terminal, which no
		 * other session has, then for its own: a shell wants to. */
		(void)sys_ioctl(0, TIOCSCTTY, NULL);
		return 0;
	}
	if (pipe != TABLE_NONE)
		return own_file(log_read_fd(pipe), 0, O_RDONLY);
	return fd_move(open_null(O_RDONLY), 0, 0);
}

/* Standard output and error become fd. */
static int log_to(int fd)
{
	int error = fd_move(fd, 1, 0);

	return error < 0 ? error : sys_dup3(1, 2, 0);
}

/* The first process of an attempt to start. */
static bool is_first(const struct child *c)
{
	const struct table_service *s = service_of(c);

	return c->role == ROLE_LIFE &&
	       c->action == (s->setup.kind != ACTION_NONE ? &s->setup
	                                                  : &s->run);
}

static int log_file(const struct child *c)
{
	const struct table_service *s = service_of(c);
	int empty = s->log_overwrite && is_first(c) ? O_TRUNC : 0;

	return log_to(sys_openat(AT_FDCWD, table_text(table(), s->log_at),
	                         O_WRONLY | O_CREAT | O_NOCTTY | O_APPEND |
	                                 empty,
	                         s->log_mode));
}

static int log_pipe(const struct table_service *s)
{
	if (s->log_kind != LOG_KIND_TO)
		return -1;
	return log_write_fd(table_service(table(), s->log_at)->pipe);
}

static int log_to_pipe(int pipe)
{
	int error = own_file(pipe, 1, O_WRONLY);

	return error < 0 ? error : sys_dup3(1, 2, 0);
}

/* connate's own output is shared by all services, with connate. Of a file the
 * offset has to be shared, and nothing that has no reader can block. */
static int inherit(int fd)
{
	struct stat status;
	struct termios settings;

	if (sys_fstat(fd, &status) < 0)
		return 0; /* connate has none: it stays closed */
	if (S_ISFIFO(status.st_mode) ||
	    (S_ISCHR(status.st_mode) && sys_ioctl(fd, TCGETS, &settings) == 0))
		return own_file(fd, fd, O_WRONLY);
	return 0;
}

int step_log(const struct child *c)
{
	const struct table_service *s = service_of(c);
	int error;

	switch ((enum log_kind)s->log_kind) {
	case LOG_KIND_INHERIT:
		error = inherit(1);
		return error < 0 ? error : inherit(2);
	case LOG_KIND_NONE:
		return log_to(open_null(O_WRONLY));
	case LOG_KIND_FILE:
		return log_file(c);
	case LOG_KIND_TO:
		break;
	}
	return log_to_pipe(log_pipe(s));
}

/* We listen at the other end (ready.c). Its number may be the one
 * that the program expects. */
int step_ready_fd(const struct child *c)
{
	const struct table_service *s = service_of(c);
	int fd;

	if (s->ready != READY_KIND_FD || c->action != &s->run)
		return 0;
	fd = log_write_fd(s->ready_pipe);
	return fd == s->ready_fd ? sys_fcntl(fd, F_SETFD, 0)
	                         : sys_dup3(fd, s->ready_fd, 0);
}

int step_limits(const struct child *c)
{
	(void)c;
	return supervisor.files_raised
	               ? sys_prlimit(0, RLIMIT_NOFILE, &supervisor.files, NULL)
	               : 0;
}

/* Last before exec, so that a signal sent meanwhile ends a process that is
 * complete. supervisord has no handlers and ignores nothing. */
int step_signals(const struct child *c)
{
	uint64_t none = 0;

	(void)c;
	return sys_sigprocmask(SIG_SETMASK, &none, NULL);
}

/* A function that only a former configuration had. */
static int call_former(const struct child *c)
{
	struct digits d;
	const char *argv[] = { "supervisord", "--call",
		               text_number(&d, c->action->at), NULL };

	return sys_execveat(FD_FORMER_FIRST + c->action->image - 1, "",
	                    (char *const *)argv, (char *const *)c->envp,
	                    AT_EMPTY_PATH);
}

int child_call(uint32_t function)
{
	int result = image_calls[function]();

	if (result >= 0 && result <= EXIT_MAX)
		sys_exit(result);
	return result < 0 ? result : -EINVAL;
}

int step_call(const struct child *c)
{
	if (c->action->kind != ACTION_CALL)
		return 0;
	supervisor.envp = (char **)c->envp; /* for the programs that it runs */
	if (c->action->image != 0)
		return call_former(c);
	return child_call(c->action->at);
}

int step_exec(const struct child *c)
{
	return sys_execve(c->path, (char *const *)c->argv,
	                  (char *const *)c->envp);
}

/* First of all it may do what supervisord was given the right to, which its
 * program gets, and without which a step may be refused (privilege.c). What
 * it is given is opened next, where and as whom supervisord is. Then what
 * needs rights that it gives up, or paths that it leaves:
 *
 *     cgroup        all else counts there; and it may limit the CPUs
 *     namespaces    mounting them private needs the whole tree, so before …
 *     chroot        … which needs rights; /proc is then mounted inside of it
 *     rlimits       after all that opens files; raising them needs rights
 *     bounding set  needs a right that setuid takes away
 *
 * Groups before the user, who may not change them. Capabilities after the user:
 * setuid keeps them only as permitted (PR_SET_KEEPCAPS). no_new_privs last,
 * for it could only stand in the way. */
static child_step *const steps[STEPS] = {
#define STEP(name, label, function) function,
#define STEP_APART(name, label) NULL,
#include "model/step.def"
#undef STEP_APART
#undef STEP
};

/* The place is ours alone until our end is recorded; a helper's is not. With
 * memory of its own it can only say it. */
static _Noreturn void fail(struct child *c, enum step step, int error)
{
	uint32_t failure = (uint32_t)step << 16 | (uint32_t)-error;

	__atomic_store_n(c->role == ROLE_HELPER
	                         ? &c->failure
	                         : &supervisor.board[service_of(c)->board_entry].failure,
	                 failure, __ATOMIC_RELEASE);
	if (c->role == ROLE_HELPER && c->apart)
		say_step(c->service, failure);
	sys_exit(error == -ENOENT ? EXIT_NOT_FOUND : EXIT_NOT_RUN);
}

static int input_pipe(const struct table_service *s)
{
	return s->pipe != TABLE_NONE ? log_read_fd(s->pipe) : -1;
}

static int ready_pipe(const struct table_service *s)
{
	return s->ready_pipe != TABLE_NONE ? log_write_fd(s->ready_pipe) : -1;
}

/* A guard is to write nothing there, whatever becomes of it. Without a /proc it
 * stays as it is. */
static void read_only(int number)
{
	(void)fd_move(open_again(number, O_RDONLY | O_CLOEXEC), number, 0);
}

/* Without a /proc there is the image in force. */
static int execute_ourselves(const char **argv, const char **envp)
{
	int error = sys_execve("/proc/self/exe", (char *const *)argv,
	                       (char *const *)envp);

	return error != -ENOENT ? error
	                        : sys_execveat(FD_IMAGE, "",
	                                       (char *const *)argv,
	                                       (char *const *)envp,
	                                       AT_EMPTY_PATH);
}

/* It takes the other steps for its program. What it needs of ours stays open;
 * signals stay blocked, so that none is lost before it listens. */
static int guard(const struct child *c)
{
	const int needed[] = { FD_LEDGER, FD_BOARD, FD_REQUEST_OUT,
		               log_pipe(service_of(c)),
		               input_pipe(service_of(c)),
		               ready_pipe(service_of(c)) };
	struct digits d;
	const char *argv[] = { "guard", "--guard", text_number(&d, c->service),
		               NULL };

	for (unsigned i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
		if (needed[i] >= 0)
			(void)sys_fcntl(needed[i], F_SETFD, 0); /* it is open */
	read_only(FD_LEDGER);
	return execute_ourselves(argv, c->envp);
}

void child_run(void *argument)
{
	struct child *c = argument;
	int error = privilege_of_child();

	if (error < 0)
		fail(c, STEP_RAISE, error);
	if (c->action == NULL) {
		(void)step_limits(c); /* what it has, its program inherits */
		fail(c, STEP_GUARD, guard(c));
	}
	for (unsigned k = 0; k < STEPS; k++) {
		error = steps[k] != NULL ? steps[k](c) : 0;
		if (error < 0)
			fail(c, (enum step)k, error);
	}
	sys_exit(EXIT_NOT_RUN); /* not reached: exec came back with 0 */
}
