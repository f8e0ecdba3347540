/* SPDX-License-Identifier: MIT */
/* READY_BUS: starts the program of bus/ beside the service's, with the descriptor
 * by which the service would say that it is ready. It is no child of the service,
 * which may wait for its own; it is the grandchild that nobody waits for, and
 * the subreaper of the service gets it. */
#include "model/text.h"
#include "prepare/prepare.h"
#include "sys/message.h"

#ifndef BUS_PATH
#define BUS_PATH "/usr/libexec/connate/bus"
#endif

enum { EXIT_NOT_RUN = 126, BUS_FD = 3, FILES_MAX = 1024 };

#define IN_PLACE "/prepare/prepare"
#define BUS_IN_PLACE "/bus/bus"

static char path[PATH_MAX + sizeof(BUS_IN_PLACE)];

/* That of the folder in which we were built, if we run there. */
static const char *program(void)
{
	long end = sys_readlinkat(AT_FDCWD, "/proc/self/exe", path, PATH_MAX) -
	           (long)(sizeof(IN_PLACE) - 1);

	if (end <= 0 || !text_equal(path + end, IN_PLACE))
		return BUS_PATH;
	__builtin_memcpy(path + end, BUS_IN_PLACE, sizeof(BUS_IN_PLACE));
	return path;
}

static void close_others(void)
{
	if (sys_close_range(BUS_FD + 1, ~0u, 0) < 0) /* Linux 5.9 */
		for (int fd = BUS_FD + 1; fd < FILES_MAX; fd++)
			(void)sys_close(fd); /* it may not be open */
}

static _Noreturn void become(const struct prepared *p, const char *file,
                             const char *kind, const char *name,
                             const char *pid)
{
	uint64_t mask = SIGNAL_BIT(SIGPIPE); /* a bus that goes away */
	const char *argv[] = { "bus", name, kind, "3", pid, NULL };
	struct digits d;
	int error;

	(void)sys_sigprocmask(SIG_SETMASK, &mask, NULL); /* cannot fail */
	(void)sys_setsid(); /* signals for the service's group are not for it */
	error = sys_dup3((int)p->s->ready_fd, BUS_FD, 0);
	close_others();
	if (error >= 0 || error == -EINVAL) /* it is that already */
		error = sys_execve(file, (char *const *)argv,
		                   (char *const *)environment_all());
	message("prepare: ", file, ": ", text_error(&d, error), NULL);
	sys_exit(EXIT_NOT_RUN);
}

static int start(struct prepared *p, const char *file, const char *kind,
                 const char *name)
{
	struct digits d;
	const char *pid = text_number(&d, sys_getpid());
	int32_t stored = 0;
	siginfo_t how;
	int child;

	child = sys_fork(&stored);
	if (child == 0) {
		child = sys_fork(&stored);
		if (child == 0)
			become(p, file, kind, name, pid);
		sys_exit(child < 0 ? -child : 0);
	}
	if (child < 0)
		return child;
	(void)sys_waitid(P_PID, child, &how, WEXITED); /* it is ours */
	return how.si_code == CLD_EXITED ? -how.si_status : -EINTR;
}

/* Starts it, for the program of .run. 0 or -errno, -ENOENT: it is not
 * installed. */
int bus_take(struct prepared *p)
{
	struct table_list rest = p->s->words;
	const char *text = word_next(p->table, &rest, WORD_BUS);
	const char *file;
	int error;

	if (text == NULL || p->child.action != &p->s->run)
		return 0;
	file = program();
	error = sys_openat(AT_FDCWD, file, O_PATH | O_CLOEXEC, 0);
	if (error < 0)
		return error;
	(void)sys_close(error); /* it is there */
	error = start(p, file, *text == 's' ? "session" : "system", text + 1);
	if (error >= 0)
		error = sys_close((int)p->s->ready_fd);
	return error;
}
