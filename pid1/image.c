/* SPDX-License-Identifier: MIT */
/* supervisord: started from the file that was opened first, which may have
 * been replaced or deleted since, and started again for ever. Knows nothing
 * of what it does. */
#include "model/text.h"
#include "pid1/pid1.h"
#include "sys/fd.h"
#include "sys/message.h"

/* The child borrows our memory until exec, on a stack of its own; the number
 * of its descriptor is beside those of descriptor.def. */
enum { STACK_BYTES = 2048, FD_IMAGE = 105 };

static _Alignas(16) unsigned char stack[STACK_BYTES];

int image_open(struct pid1 *p)
{
	int error = fd_move(sys_openat(AT_FDCWD, p->image_path,
	                               O_PATH | O_CLOEXEC, 0),
	                    FD_IMAGE, O_CLOEXEC);
	struct digits d;

	p->has_image = error >= 0;
	if (!p->has_image)
		message("connate: cannot open ", p->image_path, ": ",
		        text_error(&d, error),
		        p->is_init ? "; trying again" : NULL, NULL);
	return error;
}

static void run(void *argument)
{
	struct pid1 *p = argument;
	static const char *const words[] = { "supervisord", NULL };
	char *const *argv = (char *const *)words; /* as exec has it */

	(void)sys_prlimit(0, RLIMIT_NOFILE, &p->files, NULL);
	p->start_error = sys_execveat(FD_IMAGE, "", argv, p->envp,
	                              AT_EMPTY_PATH);
	if (p->start_error == -ENOSYS) /* before Linux 3.19; emulators */
		p->start_error = sys_execve("/proc/self/fd/105", argv,
		                            p->envp);
	sys_exit(127);
}

static uint64_t backoff_ms(const struct pid1 *p)
{
	uint64_t delay = (uint64_t)p->deaths * BACKOFF_STEP_MS;

	return delay < BACKOFF_MAX_MS ? delay : BACKOFF_MAX_MS;
}

static void start_later(struct pid1 *p, uint64_t now_ms)
{
	p->start_at_ms = now_ms + backoff_ms(p);
	p->deaths++;
}

/* In our memory; or, where an emulator knows only threads and forks, in a
 * copy of it. */
static int launch(struct pid1 *p)
{
	int result = sys_clone(CLONE_VM | CLONE_PARENT_SETTID | SIGCHLD,
	                       stack + sizeof(stack), &p->supervisord, NULL,
	                       run, p);

	if (result != -EINVAL)
		return result;
	result = sys_fork(&p->supervisord);
	if (result == 0)
		run(p);
	if (result > 0)
		p->supervisord = result; /* an emulator may not have */
	return result;
}

/* The kernel stores the pid before the child runs, as for a service. */
void image_start(struct pid1 *p, uint64_t now_ms)
{
	struct digits d;
	int error;

	if (!p->has_image && image_open(p) < 0) {
		start_later(p, now_ms); /* PID 1 goes on trying */
		return;
	}
	p->start_at_ms = NEVER_MS;
	p->start_error = 0;
	p->adopted = p->drained = false;
	p->started_ms = now_ms;
	error = launch(p);
	if (error > 0)
		return;
	p->supervisord = 0;
	p->start_at_ms = now_ms + BACKOFF_STEP_MS;
	message("connate: cannot start supervisord: ", text_error(&d, error),
	        "; trying again", NULL);
}

static void say_death(const struct pid1 *p, const siginfo_t *how)
{
	struct digits d, e;

	if (p->start_error != 0)
		message("connate: cannot run ", p->image_path, ": ",
		        text_error(&d, p->start_error), "; trying again",
		        NULL);
	else if (how->si_code == CLD_EXITED)
		message("connate: supervisord exited with ",
		        text_number(&d, how->si_status),
		        "; starting it again", NULL);
	else
		message("connate: supervisord was killed by SIG",
		        text_signal(&e, how->si_status),
		        "; starting it again", NULL);
}

/* Killed from outside after it worked: nobody is helped by waiting. */
static bool blameless(const struct pid1 *p, const siginfo_t *how,
                      uint64_t now_ms)
{
	if (!p->adopted)
		return false;
	return (how->si_code == CLD_KILLED && how->si_status == SIGKILL) ||
	       now_ms - p->started_ms >= STEADY_MS;
}

void image_died(struct pid1 *p, const siginfo_t *how, uint64_t now_ms)
{
	p->supervisord = 0;
	if (p->halt != HALT_NONE)
		return;
	say_death(p, how);
	if (blameless(p, how, now_ms)) {
		p->deaths = 0;
		p->start_at_ms = now_ms;
	} else {
		start_later(p, now_ms);
	}
	image_watch(p, now_ms);
}

/* What has to be done about it by now. */
void image_watch(struct pid1 *p, uint64_t now_ms)
{
	if (p->halt != HALT_NONE)
		return;
	if (p->supervisord == 0 && p->start_at_ms <= now_ms)
		image_start(p, now_ms);
	if (p->supervisord != 0 && !p->adopted &&
	    now_ms - p->started_ms >= ADOPT_MS) {
		message("connate: supervisord did not get ready in 10 s; "
		        "killing it", NULL);
		(void)sys_kill(p->supervisord, SIGKILL); /* it is our child */
		p->started_ms = now_ms;
	}
}
