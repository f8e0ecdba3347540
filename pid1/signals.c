/* SPDX-License-Identifier: MIT */
/* Signals to connate: passed on to supervisord, which decides what they mean.
 * What a signal asks for is remembered, too, in case that no supervisord is
 * able to do it. Nothing here waits. */
#include "pid1/pid1.h"

/* Signals that are not passed on: of deaths, which are looked for (reap.c); of
 * faults (reexec.c); and SIGPIPE, which connate may have caused itself by
 * writing to a closed standard error. */
#define NOT_PASSED_ON \
	(SIGNAL_BIT(SIGCHLD) | SIGNAL_BIT(SIGPIPE) | SIGNAL_BIT(SIGSEGV) | \
	 SIGNAL_BIT(SIGBUS) | SIGNAL_BIT(SIGILL) | SIGNAL_BIT(SIGFPE))

/* What connate is: the meaning of a signal depends on it. */
static enum init init_kind(const struct pid1 *p)
{
	if (!p->is_init)
		return INIT_NONE;
	return p->is_machine ? INIT_MACHINE : INIT_CONTAINER;
}

static int signal_send(struct pid1 *p, int signal)
{
	enum init init = init_kind(p);

	end_ask(p, halt_of_signal(signal, init), 1);
	return link_send(p, link_make(LINK_SIGNAL, signal, (int32_t)init, 0));
}

/* The last supervisord has refused the ledger, and so will the next one. */
static bool ledger_is_refused(const struct pid1 *p)
{
	return !p->adopted && p->report.death == DEATH_EXITED &&
	       p->report.status == EXIT_LEDGER;
}

/* ^Z in the shell that has started connate -- COMMAND: the command stops, then
 * connate, for which the shell waits; supervisord goes on. The command gets
 * SIGSTOP, as the kernel discards SIGTSTP in a session without a shell. connate
 * takes its SIGTSTP by default: so it does not stop either where no shell could
 * continue it (setpgid(2), orphaned process group). In any case the command
 * goes on afterwards. 0 or -errno: it is still to be done. */
static int suspend(struct pid1 *p)
{
	const uint64_t stop = SIGNAL_BIT(SIGTSTP);
	int error = signal_send(p, SIGSTOP);

	if (error < 0)
		return error;
	(void)sys_kill(p->self, SIGTSTP); /* none of these can fail */
	(void)sys_sigprocmask(SIG_UNBLOCK, &stop, NULL);
	(void)sys_sigprocmask(SIG_BLOCK, &stop, NULL);
	p->signals |= SIGNAL_BIT(SIGCONT);
	p->retry_soon = true;
	return 0;
}

/* 0 or -errno: it is still to be passed on. */
static int signal_pass_on(struct pid1 *p, int signal)
{
	if (signal == SIGTSTP && !p->is_init && p->supervisord_words[1] != NULL)
		return suspend(p);
	if (signal == SIGHUP && ledger_is_refused(p)) {
		keep_anew(p);
		return 0;
	}
	return signal_send(p, signal);
}

/* The end has begun: there is no supervisord any more that could be told. */
static void signals_at_end(struct pid1 *p)
{
	if (p->signals != 0)
		end_hurry(p);
	p->signals = 0;
}

/* Reads all signals that are pending, and passes them on to supervisord. Those
 * that the link has no room for stay in p->signals. SIGHUP where supervisord
 * refuses the ledger begins another ledger (keep_anew()). */
void signals_pass_on(struct pid1 *p)
{
	struct signalfd_siginfo info;

	while (sys_read(FD_SIGNAL, &info, sizeof(info)) == sizeof(info))
		p->signals |= SIGNAL_BIT(info.ssi_signo);
	p->signals &= ~NOT_PASSED_ON;
	if (p->halt != HALT_NONE)
		signals_at_end(p);
	for (int n = 1; n <= 64 && p->signals != 0; n++) {
		if ((p->signals & SIGNAL_BIT(n)) == 0)
			continue;
		if (signal_pass_on(p, n) < 0)
			break;
		p->signals &= ~SIGNAL_BIT(n);
	}
}
