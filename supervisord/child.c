/* SPDX-License-Identifier: MIT */
/* The child on its way to exec: a table of steps, each with its name. It runs
 * in supervisord's memory, on a small stack, while supervisord goes on; so it
 * writes nothing but its own record's failure word, and never returns. All
 * that supervisord holds is close-on-exec. */
#include "supervisord/supervisord.h"

#include "sys/fd.h"

enum step {
#define STEP(name, label) STEP_##name,
#include "model/step.def"
#undef STEP
	STEPS
};

/* As a shell would exit: sh(1), "Exit Status". */
enum { EXIT_NOT_RUN = 126, EXIT_NOT_FOUND = 127 };

static const struct table *table(void)
{
	return supervisor.world.table;
}

static const struct table_service *service_of(const struct child *c)
{
	return table_service(table(), c->service);
}

static const struct table_profile *profile_of(const struct child *c)
{
	return world_profile(&supervisor.world, c->service);
}

static int step_setsid(const struct child *c)
{
	(void)c;
	return sys_setsid() < 0 ? -EPERM : 0;
}

/* Before /dev is mounted: a pipe that nobody writes to reads as empty. */
static int empty_pipe(void)
{
	int fds[2];
	int error = sys_pipe2(fds, 0);

	if (error < 0)
		return error;
	(void)sys_close(fds[1]);
	return fd_move(fds[0], 0, 0);
}

static int step_stdin(const struct child *c)
{
	uint32_t pipe = service_of(c)->pipe;
	int fd;

	if (pipe != TABLE_NONE)
		return sys_dup3(log_read_fd(pipe), 0, 0);
	fd = sys_openat(AT_FDCWD, "/dev/null", O_RDONLY, 0);
	return fd == -ENOENT ? empty_pipe() : fd_move(fd, 0, 0);
}

/* Standard output and error become fd. */
static int log_to(int fd)
{
	int error = fd_move(fd, 1, 0);

	return error < 0 ? error : sys_dup3(1, 2, 0);
}

static int log_file(const struct table_service *s)
{
	int how = s->log_overwrite ? O_TRUNC : O_APPEND;

	return log_to(sys_openat(AT_FDCWD, table_text(table(), s->log_at),
	                         O_WRONLY | O_CREAT | O_NOCTTY | how,
	                         s->log_mode));
}

static int step_log(const struct child *c)
{
	const struct table_service *s = service_of(c);
	uint32_t pipe;
	int error;

	switch ((enum log_kind)s->log_kind) {
	case LOG_KIND_INHERIT:
		return 0;
	case LOG_KIND_NONE:
		return log_to(sys_openat(AT_FDCWD, "/dev/null", O_WRONLY, 0));
	case LOG_KIND_FILE:
		return log_file(s);
	case LOG_KIND_TO:
		break;
	}
	pipe = table_service(table(), s->log_at)->pipe;
	error = sys_dup3(log_write_fd(pipe), 1, 0);
	return error < 0 ? error : sys_dup3(1, 2, 0);
}

static int step_limits(const struct child *c)
{
	(void)c;
	return supervisor.files_raised
	               ? sys_prlimit(0, RLIMIT_NOFILE, &supervisor.files, NULL)
	               : 0;
}

static int step_umask(const struct child *c)
{
	uint32_t mask = profile_of(c)->umask;

	if (mask != TABLE_NONE)
		(void)sys_umask(mask);      /* it cannot fail */
	return 0;
}

/* The kernel's getpriority gives 20 - nice (getpriority(2), notes). */
static int step_nice(const struct child *c)
{
	int nice = profile_of(c)->nice;

	if (nice == 0)
		return 0;
	return sys_setpriority(0, 0, 20 - sys_getpriority(0, 0) + nice);
}

static int step_chdir(const struct child *c)
{
	uint32_t path = profile_of(c)->chdir;

	return path == TABLE_NONE ? 0 : sys_chdir(table_text(table(), path));
}

static int step_groups(const struct child *c)
{
	const struct table_profile *p = profile_of(c);

	if (!p->has_groups)
		return 0;
	return sys_setgroups(p->groups.count,
	                     table_list(table(), p->groups.at));
}

static int step_group(const struct child *c)
{
	uint32_t gid = profile_of(c)->gid;

	return gid == TABLE_NONE ? 0 : sys_setgid(gid);
}

static int step_user(const struct child *c)
{
	uint32_t uid = profile_of(c)->uid;

	return uid == TABLE_NONE ? 0 : sys_setuid(uid);
}

static int step_no_new_privs(const struct child *c)
{
	return profile_of(c)->no_new_privs
	               ? sys_prctl(PR_SET_NO_NEW_PRIVS, 1, 0)
	               : 0;
}

/* Last before exec, so that a signal sent meanwhile ends a process that is
 * complete. supervisord has no handlers and ignores nothing. */
static int step_signals(const struct child *c)
{
	uint64_t none = 0;

	(void)c;
	return sys_sigprocmask(SIG_SETMASK, &none, NULL);
}

static int step_call(const struct child *c)
{
	int result;

	if (c->action->kind != ACTION_CALL)
		return 0;
	result = image_calls[c->action->at]();
	if (result == 0)
		sys_exit(0);
	return result < 0 ? result : -EINVAL;
}

static int step_exec(const struct child *c)
{
	return sys_execve(c->argv[0], (char *const *)c->argv,
	                  (char *const *)c->envp);
}

typedef int step_run(const struct child *c);

static const struct {
	enum step step;
	step_run *run;
} steps[] = {
	{ STEP_SETSID, step_setsid },
	{ STEP_STDIN, step_stdin },
	{ STEP_LOG, step_log },
	{ STEP_LIMITS, step_limits },
	{ STEP_UMASK, step_umask },
	{ STEP_NICE, step_nice },
	{ STEP_CHDIR, step_chdir },
	{ STEP_GROUPS, step_groups },
	{ STEP_GROUP, step_group },
	{ STEP_USER, step_user },
	{ STEP_NO_NEW_PRIVS, step_no_new_privs },
	{ STEP_SIGNALS, step_signals },
	{ STEP_CALL, step_call },
	{ STEP_EXEC, step_exec },
};

/* The record is ours alone until our end is recorded. */
static _Noreturn void fail(const struct child *c, enum step step, int error)
{
	__atomic_store_n(&supervisor.records[c->service].failure,
	                 (uint32_t)step << 16 | (uint32_t)-error,
	                 __ATOMIC_RELEASE);
	sys_exit(error == -ENOENT ? EXIT_NOT_FOUND : EXIT_NOT_RUN);
}

void child_run(void *argument)
{
	const struct child *c = argument;

	for (unsigned i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		int error = steps[i].run(c);

		if (error < 0)
			fail(c, steps[i].step, error);
	}
	sys_exit(EXIT_NOT_RUN);     /* not reached: exec came back with 0 */
}
