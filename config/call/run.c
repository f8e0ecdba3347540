/* SPDX-License-Identifier: MIT */
/* A program, run to its end. */
#include "config/call/file.h"

#include "sys/call.h"

enum { EXIT_NOT_RUN = 127, SIGNALLED = 128 };

/* The pipe tells exec's error from an exit code: exec closes it. */
static _Noreturn void become(const char *const *argv, int report_fd)
{
	int error =
		sys_execve(argv[0], (char *const *)argv, call_environment());

	/* Without a reader it does not block. */
	(void)sys_write(report_fd, &error, sizeof(error));
	sys_exit(EXIT_NOT_RUN);
}

static int reap(int pid)
{
	siginfo_t how;
	int error;

	do {
		error = sys_waitid(P_PID, pid, &how, WEXITED);
	} while (error == -EINTR);
	if (error < 0)
		return error;
	return how.si_code == CLD_EXITED ? how.si_status
	                                 : SIGNALLED + how.si_status;
}

int call_run(const char *const *argv)
{
	int report[2], failure = 0, pid, started, ended;
	int error = sys_pipe2(report, O_CLOEXEC);

	if (error < 0)
		return error;
	started = sys_fork(&pid);
	if (started == 0)
		become(argv, report[1]);
	(void)sys_close(report[1]); /* the child has its own */
	if (started > 0)
		(void)call_read_all(report[0], &failure, sizeof(failure));
	(void)sys_close(report[0]); /* it was only read */
	if (started < 0)
		return started;
	ended = reap(started);
	return failure < 0 ? failure : ended;
}
