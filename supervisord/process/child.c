/* SPDX-License-Identifier: MIT */
/* A child on its way to exec: a table of steps, each with its name. It runs in
 * the memory of supervisord, on a small stack, while supervisord goes on; so it
 * writes nothing but the failure word of its service, and never returns. All
 * descriptors of supervisord are close-on-exec. */
#include "supervisord/process/child.h"

#include <asm/ioctls.h>
#include <asm/termbits.h>
#include <linux/stat.h>

#include "model/pids.h"
#include "model/said.h"
#include "model/step.h"
#include "model/text.h"
#include "model/words.h"
#include "supervisord/base/image.h"
#include "supervisord/base/privilege.h"
#include "supervisord/base/say.h"
#include "supervisord/base/supervisor.h"
#include "supervisord/io/descriptors.h"
#include "supervisord/io/pipes.h"
#include "supervisord/tree/process.h"
#include "sys/fd.h"

enum { LISTEN_FIRST = 3 };          /* sd_listen_fds(3): the first socket */

/* As a shell would exit: sh(1), "Exit Status". */
enum { EXIT_NOT_RUN = 126, EXIT_NOT_FOUND = 127, EXIT_MAX = 255 };

enum { BUILT_PATH_BYTES = 200 };    /* of a folder in which it was built */

static const struct table_service *service_of(const struct child *c)
{
	return configured(c->service);
}

/* A session and a process group of its own. */
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

/* Descriptor `to` becomes an open file of its own on what `from` is open on:
 * O_NONBLOCK is a flag of the open file (fcntl(2)), so a program that sets it
 * on a shared one changes what all others read or write through. Where it
 * cannot be opened again (there is no /proc, it is a socket) the file is
 * shared. */
static int own_file(int from, int to, int flags)
{
	int fd = descriptor_open_again(from, flags);

	if (fd >= 0)
		return fd_move(fd, to, 0);
	return from == to ? 0 : sys_dup3(from, to, 0);
}

/* Standard input: the pipe of a logger, that of connate for its command, else
 * /dev/null. */
int step_stdin(const struct child *c)
{
	uint32_t pipe = service_of(c)->pipe;

	if (c->argv == (const char **)supervisor.command) {
		/* It has that of connate; a terminal that no other session has
		 * becomes its controlling terminal: a shell needs one. */
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

	return log_to(sys_openat(AT_FDCWD,
	                         table_text(table_in_force(), s->log_at),
	                         O_WRONLY | O_CREAT | O_NOCTTY | O_APPEND |
	                                 empty,
	                         s->log_mode));
}

static int log_pipe(const struct table_service *s)
{
	if (s->log_kind != LOG_KIND_TO)
		return -1;
	return log_write_fd(s->log_pipe != 0 && configured(s->log_at)->reads_each
	                            ? s->log_pipe - 1
	                            : configured(s->log_at)->pipe);
}

static int log_to_pipe(int pipe)
{
	int error = own_file(pipe, 1, O_WRONLY);

	return error < 0 ? error : sys_dup3(1, 2, 0);
}

/* All services share the output of connate with it. The offset of a file has
 * to be shared; and a file never blocks. */
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

/* Standard output and error, by .log. */
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

/* Writes NOTIFY_SOCKET=@name. The name that the kernel has given has 5
 * characters behind its NUL (pipes.c). */
static int name_socket(char to[NOTIFY_BYTES], int fd)
{
	static const char variable[] = NOTIFY_SOCKET_IS;
	struct {
		uint16_t family;
		char name[NOTIFY_BYTES];
	} address = { 0 };
	uint32_t size = sizeof(address);
	int error = sys_getsockname(fd, &address, &size);

	__builtin_memcpy(to, variable, sizeof(variable));
	__builtin_memcpy(to + sizeof(variable) - 1, address.name + 1,
	                 NOTIFY_BYTES - sizeof(variable) + 1);
	return error;
}

/* Writes `name`, which ends with '=', and behind it `text`: a number or the name
 * of a signal. */
void child_name(char to[WATCHDOG_BYTES], const char *name, const char *text)
{
	size_t length = text_length(name);

	__builtin_memcpy(to, name, length);
	__builtin_memcpy(to + length, text, text_length(text) + 1);
}

static void name_number(char to[WATCHDOG_BYTES], const char *name,
                        uint64_t number)
{
	struct digits d;

	child_name(to, name, text_number(&d, (int64_t)number));
}

/* The other end of that by which supervisord hears the process. */
static int own_socket(const struct child *c)
{
	return log_write_fd(world_socket(&supervisor.world, c->service));
}

static int name_all(const struct child *c)
{
	const struct table_service *s = service_of(c);
	struct speaker *to = c->notify;

	name_number(to->watchdog, WATCHDOG_USEC_IS, s->watchdog_ms * 1000ull);
	name_number(to->pid, WATCHDOG_PID_IS, (uint64_t)sys_getpid());
	return name_socket(to->socket, own_socket(c));
}

/* Its last variable, or none where a pidfd has no inode (before Linux 6.9). */
static void name_self(const struct child *c)
{
	const char **last = c->envp;
	struct process self;
	struct stat status;

	while (last[1] != NULL)
		last++;
	(void)process_open(&self, sys_getpid()); /* else it has no key */
	if (self.pidfs && sys_fstat(self.fd, &status) >= 0)
		name_number(c->notify->listen_id, LISTEN_ID_IS, status.st_ino);
	else
		*last = NULL;
	process_close(&self);
}

static void append(char to[NAMES_BYTES], const char *text)
{
	size_t used = text_length(to), more = text_length(text) + 1;

	if (used + more <= NAMES_BYTES) /* it is: names and stores are bounded */
		__builtin_memcpy(to + used, text, more);
}

/* Passes a descriptor on as `to`. 0; -EBADF: it is not open. */
static int pass(uint32_t number, int to)
{
	int error = sys_dup3(log_read_fd(number), to, 0);

	return error < 0 ? error : 0;
}

/* What is stored, from this number on; returns the next one. */
static int pass_stored(const struct child *c, int to)
{
	const struct table_service *s = service_of(c);
	const uint32_t *stored = table_list(table_in_force(), s->store.at);
	char *names = c->notify->listen_names;

	names[0] = '\0';
	append(names, table_text(table_in_force(), s->listen_names));
	for (uint32_t k = 0; k < s->store.count; k++) {
		if (pass(stored[k], to) < 0)
			continue; /* nothing is stored there */
		if (to++ > LISTEN_FIRST)
			append(names, ":");
		append(names, said_entry(supervisor.ledger, stored[k])->status);
	}
	return to;
}

/* The sockets of .listen from descriptor 3 on, what is stored behind them, and
 * the variables by which sd_listen_fds(3) finds them. The number of READY_FD may
 * be that of a shared socket, so this comes first. */
int step_listen(const struct child *c)
{
	const struct table_service *s = service_of(c);
	int to = LISTEN_FIRST, error = c->unbound;

	if (!c->listens)
		return 0;
	for (uint32_t k = 0; k < table_sockets(s) && error >= 0; k++)
		error = pass(*table_number(table_in_force(), s, k), to++);
	if (s->store.count > 0)
		to = pass_stored(c, to);
	name_number(c->notify->listen_fds, LISTEN_FDS_IS,
	            (uint64_t)(to - LISTEN_FIRST));
	name_number(c->notify->listen_pid, LISTEN_PID_IS,
	            (uint64_t)sys_getpid());
	name_self(c);
	return error;
}

/* READY_FD: the socket, at the number that the program expects, which may be
 * the one that it has. supervisord reads at the other end (ready.c).
 * READY_SD_NOTIFY: the name of the socket, and what belongs to it. */
int step_ready_fd(const struct child *c)
{
	const struct table_service *s = service_of(c);
	int fd;

	if (s->ready == READY_KIND_SD_NOTIFY)
		return name_all(c);
	if (s->ready != READY_KIND_FD || c->action != &s->run)
		return 0;
	fd = own_socket(c);
	return fd == s->ready_fd ? sys_fcntl(fd, F_SETFD, 0)
	                         : sys_dup3(fd, s->ready_fd, 0);
}

/* .reads = EACH: the pipes of those that log to it, from descriptor 3 on, in the
 * order of LISTEN_FDNAMES, which concheck has made; those of services that are
 * gone stand behind them, and behind these what it has stored. As these numbers
 * may be those of the pipes themselves, each is first copied to where nothing is
 * open. */
int step_reads(const struct child *c)
{
	const struct table *t = supervisor.world.table;
	const struct table_list *store = &service_of(c)->store;
	int first = log_read_fd(t->pipes), last = first - 1, to = 3;

	if (!c->reads)
		return 0;
	name_number(c->notify->listen_pid, LISTEN_PID_IS,
	            (uint64_t)sys_getpid());
	for (uint32_t i = 0; (i = pipes_next(c->service, i)) < t->services; i++) {
		last = sys_fcntl(log_read_fd(configured(i)->log_pipe - 1),
		                 F_DUPFD_CLOEXEC, (unsigned long)first);
		if (last < 0)
			return last;
	}
	for (uint32_t k = 0; k < store->count; k++) {
		int fd = sys_fcntl(log_read_fd(table_list(t, store->at)[k]),
		                   F_DUPFD_CLOEXEC, (unsigned long)first);

		last = fd < 0 ? last : fd; /* nothing is stored there */
	}
	for (int error; first <= last; first++, to++)
		if ((error = sys_dup3(first, to, 0)) < 0)
			return error;
	return 0;
}

/* RLIMIT_NOFILE as it was given, if supervisord has raised its own. */
int step_limits(const struct child *c)
{
	(void)c;
	return supervisor.files_raised
	               ? sys_prlimit(0, RLIMIT_NOFILE, &supervisor.files, NULL)
	               : 0;
}

/* Where the path of connate ends if it runs in the folder in which it was built,
 * and what stands in that place in that of prepare/. */
#define IN_PLACE "/pid1/connate"
#define PREPARE_IN_PLACE "/prepare/prepare"

/* Executes the program of prepare/: that of the folder in which connate was
 * built, if connate runs there, else the installed one. */
static int exec_prepare(const struct child *c)
{
	static const char link[] = "/proc/self/fd/108"; /* FD_CONNATE */
	char path[BUILT_PATH_BYTES + sizeof(PREPARE_IN_PLACE)] = { 0 };
	long end = sys_readlinkat(AT_FDCWD, link, path, BUILT_PATH_BYTES) -
	           (long)(sizeof(IN_PLACE) - 1);
	const char *file = PREPARE_PATH;

	if (end > 0 && text_equal(path + end, IN_PLACE)) {
		__builtin_memcpy(path + end, PREPARE_IN_PLACE,
		                 sizeof(PREPARE_IN_PLACE));
		file = path;
	}
	return sys_execve(file, (char *const *)c->argv, (char *const *)c->envp);
}

/* A service with rare words: prepare/ takes the steps from here on, in this
 * process, with the descriptors that it needs. It is told what the process is
 * for in place of the first entry of the environment, which it restores. */
int step_prepare(const struct child *c)
{
	const struct table_service *s = service_of(c);
	static const uint8_t needed[] = { FD_LEDGER, FD_IMAGE, FD_BOARD,
		                          FD_REQUEST_OUT };
	bool checks = c->action == &s->check;
	struct flock lock = board_lock(s);
	struct task task = { .service = c->service,
		             .helper = c->role == ROLE_HELPER,
		             .action = (uint32_t)((uintptr_t)c->action -
		                                  (uintptr_t)s),
		             .refused = (uint32_t)-c->refused };
	struct digits d;

	if (s->words.count == 0)
		return 0;
	c->envp[0] = text_number(&d, (int64_t)task_pack(task));
	/* Without the lock its program counts as running too early. */
	if (!checks)
		(void)sys_fcntl_lock(FD_BOARD, F_SETLK, &lock);
	for (unsigned i = 0; i < sizeof(needed) - !checks; i++)
		(void)sys_fcntl(needed[i], F_SETFD, 0); /* it is open */
	return exec_prepare(c);
}

/* Unblocks all signals. Last before exec, so that a signal sent meanwhile ends
 * a process that is complete. supervisord has no signal handlers and ignores no
 * signal. */
int step_signals(const struct child *c)
{
	uint64_t none = 0;

	(void)c;
	return sys_sigprocmask(SIG_SETMASK, &none, NULL);
}

/* A function of a former configuration: its image calls it. */
static int call_former(const struct child *c)
{
	struct digits d;
	const char *argv[] = { "supervisord", "--call",
		               text_number(&d, c->action->at), NULL };

	return fd_exec(FD_FORMER_FIRST + c->action->image - 1,
	               (char *const *)argv, (char *const *)c->envp);
}

/* Calls a function of the configuration, by its number, and exits with its
 * result (0 … 255). Returns only if that is no exit code: -errno. */
int child_call(uint32_t function)
{
	int result = image_calls[function]();

	if (result >= 0 && result <= EXIT_MAX)
		sys_exit(result);
	return result < 0 ? result : -EINVAL;
}

/* A function of the configuration, which exits (child_call()). */
int step_call(const struct child *c)
{
	if (c->action->kind != ACTION_CALL)
		return 0;
	supervisor.envp = (char **)c->envp; /* for the programs that it runs */
	if (c->action->image != 0)
		return call_former(c);
	return child_call(c->action->at);
}

/* The program (execve(2)). */
int step_exec(const struct child *c)
{
	return sys_execve(c->path, (char *const *)c->argv,
	                  (char *const *)c->envp);
}

/* The order. First the capabilities that supervisord was given, which the
 * program gets, and without which a step may be refused (privilege.c). Next the
 * descriptors are opened, in the folder and as the user of supervisord. Then
 * the steps that need rights that the child gives up, or paths that it leaves:
 *
 *     cgroup        all else counts there; and it may limit the CPUs
 *     namespaces    mounting them private needs the whole tree, so before …
 *     chroot        … which needs rights; /proc is then mounted inside of it
 *     rlimits       after all that opens files; raising them needs rights
 *     bounding set  needs a right that setuid takes away
 *
 * Groups before the user, which may not change them. Capabilities after the
 * user: setuid keeps them only as permitted (PR_SET_KEEPCAPS). no_new_privs
 * last, as other steps may need to gain rights. */
static child_step *const take[] = {
#define STEP(number, name, label, function) function,
#define STEP_LATE STEP
#define STEP_APART(number, name, label)
#include "model/step.def"
#undef STEP_APART
#undef STEP_LATE
#undef STEP
};

/* Their numbers, in the same order. */
static const uint8_t numbers[] = {
#define STEP(number, name, label, function) number,
#define STEP_LATE STEP
#define STEP_APART(number, name, label)
#include "model/step.def"
#undef STEP_APART
#undef STEP_LATE
#undef STEP
};

/* The board entry of the service belongs to this child until its end is stored;
 * a helper has a word in its slot. With memory of its own, a helper can only
 * say it. */
static _Noreturn void fail(struct child *c, enum step step, int error)
{
	uint32_t failure = (uint32_t)step << 16 | (uint32_t)-error;
	uint32_t *word = c->role == ROLE_HELPER
	                         ? &c->failure
	                         : &board_entry_of(c->service)->failure;

	__atomic_store_n(word, failure, __ATOMIC_RELEASE);
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

/* So that a guard can write nothing to the ledger, whatever happens to it.
 * Without a /proc the descriptor stays as it is. */
static void make_read_only(int number)
{
	(void)fd_move(descriptor_open_again(number, O_RDONLY | O_CLOEXEC),
	              number, 0);
}

/* Without a /proc by the descriptor of the image in force. */
static int exec_supervisord(const char **argv, const char **envp)
{
	int error = sys_execve("/proc/self/exe", (char *const *)argv,
	                       (char *const *)envp);

	return error != -ENOENT ? error
	                        : fd_exec(FD_IMAGE, (char *const *)argv,
	                                  (char *const *)envp);
}

static void pass_on(int fd)
{
	(void)sys_fcntl(fd, F_SETFD, 0); /* it is open, or there is none */
}

/* What prepare/ needs, for a service that has it. */
static int of_prepare(const struct child *c, int fd)
{
	return service_of(c)->words.count != 0 ? fd : -1;
}

/* A guard takes the other steps for its program. The descriptors that it needs
 * stay open; signals stay blocked, so that none is lost before it reads them.
 * The limit of open files comes last: it may be below the numbers of shared
 * descriptors, which are fixed. */
static int exec_guard(const struct child *c)
{
	const int needed[] = { FD_LEDGER, FD_BOARD, FD_REQUEST_OUT,
		               log_pipe(service_of(c)),
		               input_pipe(service_of(c)),
		               ready_pipe(service_of(c)),
		               of_prepare(c, FD_IMAGE),
		               of_prepare(c, FD_CONNATE) };
	const uint32_t *passed;
	struct digits d;
	const char *argv[] = { "guard", "--guard", text_number(&d, c->service),
		               NULL };

	for (unsigned i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
		pass_on(needed[i]);
	for (uint32_t n = 0; (passed = table_number(table_in_force(),
	                                            service_of(c),
	                                            n)) != NULL; n++)
		pass_on(log_read_fd(*passed));
	make_read_only(FD_LEDGER);
	(void)step_limits(c); /* its program inherits them */
	return exec_supervisord(argv, (const char **)c->envp);
}

/* The child: takes its steps, and executes the program. argument: its struct
 * child, which no other process changes. A step that fails is stored, as step
 * << 16 | errno, and the child exits with 126, or with 127 if a file was not
 * found. */
void child_run(void *argument)
{
	struct child *c = argument;
	int error = privilege_of_child();

	if (error < 0)
		fail(c, STEP_RAISE, error);
	if (c->action == NULL)
		fail(c, STEP_GUARD, exec_guard(c));
	for (unsigned k = 0; k < sizeof(numbers); k++) {
		error = take[k](c);
		if (error < 0)
			fail(c, numbers[k], error);
	}
	sys_exit(EXIT_NOT_RUN); /* not reached: exec came back with 0 */
}
