/* SPDX-License-Identifier: MIT */
/* Peek, send, reap. A zombie is reaped only after its exit was put on the
 * link; when the link takes no more, the kernel's zombies are the queue and
 * nothing is dropped. Knows no service: every exit is passed on. */
#include "pid1/pid1.h"
#include "sys/reap.h"

enum { REAP_MAX = 256 };            /* before signals are looked at again */

/* supervisord is looked for by its pid: it could stand behind zombies that wait
 * for room on the link, and the link for supervisord to read it. Its zombie is
 * reaped last: after a fault of ours in between it is looked at again, or
 * passed on as any other. */
static void reap_supervisord(struct pid1 *p, uint64_t now_ms)
{
	siginfo_t how;

	if (p->supervisord == 0 || !reap_peek(P_PID, p->supervisord, &how))
		return;
	/* What it said before it died counts: that its image and its ledger
	 * are in force, for instance. */
	orders_receive(p);
	image_died(p, &how, now_ms);
	reap_release(how.si_pid);
}

static void reap_tester(struct pid1 *p)
{
	siginfo_t how;

	if (p->tester == 0 || !reap_peek(P_PID, p->tester, &how))
		return;
	reexec_tested(p, &how);
	reap_release(how.si_pid);
}

/* False: the link has no room. Sending comes first: if connate dies in between,
 * the exit is sent twice, and the second time no record has that pid any
 * more. */
static bool exit_pass_on(struct pid1 *p, const siginfo_t *how)
{
	if (how->si_pid == p->rescuer)
		p->rescuer = 0;
	if (p->halt == HALT_NONE &&
	    link_send(p, link_make(LINK_EXITED, how->si_pid, how->si_code,
	                           how->si_status)) < 0)
		return false;
	p->some_ended = true;
	reap_release(how->si_pid);
	return true;
}

static void drained_send(struct pid1 *p)
{
	if (p->supervisord != 0 && !p->drained)
		p->drained = link_send(p, link_make(LINK_DRAINED,
		                                    p->supervisord, 0, 0)) == 0;
}

/* Reaps at most REAP_MAX zombies, each after its exit was sent to supervisord;
 * those that the link has no room for stay zombies. Tells a supervisord DRAINED
 * when none is left. */
void reap(struct pid1 *p, uint64_t now_ms)
{
	siginfo_t how;

	reap_supervisord(p, now_ms);
	reap_tester(p);
	for (int i = 0; i < REAP_MAX; i++) {
		if (!reap_peek(P_ALL, 0, &how)) {
			drained_send(p);
			return;
		}
		if (how.si_pid == p->supervisord)
			reap_supervisord(p, now_ms);
		else if (how.si_pid == p->tester)
			reap_tester(p);
		else if (!exit_pass_on(p, &how))
			return;
	}
	p->zombies_left = true;
}
