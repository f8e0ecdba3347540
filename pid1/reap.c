/* SPDX-License-Identifier: MIT */
/* Peek, send, reap. A zombie is reaped only after its exit was put on the
 * link; when the link takes no more, the kernel's zombies are the queue and
 * nothing is dropped. Knows no service: every exit is passed on. */
#include "pid1/pid1.h"
#include "sys/reap.h"

enum { REAP_MAX = 256 };            /* before signals are looked at again */

/* supervisord is looked for by its number: it could stand behind zombies
 * that wait for the link, and the link for it. Its zombie goes last: a fault
 * of ours in between, and it is looked at again, or passed on as a stranger. */
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

/* Passing it on comes first: if we die in between, it is passed on twice,
 * and the second time no record has that pid any more. */
static bool pass_on(struct pid1 *p, const siginfo_t *how)
{
	if (how->si_pid == p->rescuer)
		p->rescuer = 0;
	if (p->halt == HALT_NONE &&
	    link_send(p, link_make(LINK_EXITED, how->si_pid, how->si_code,
	                           how->si_status)) < 0)
		return false;
	reap_release(how->si_pid);
	return true;
}

void reap(struct pid1 *p, uint64_t now_ms)
{
	siginfo_t how;

	reap_supervisord(p, now_ms);
	reap_tester(p);
	for (int i = 0; i < REAP_MAX; i++) {
		if (!reap_peek(P_ALL, 0, &how)) {
			if (p->supervisord != 0 && !p->drained)
				p->drained = link_send(
					p, link_make(LINK_DRAINED,
				                     p->supervisord, 0, 0)) ==
				             0;
			return;
		}
		if (how.si_pid == p->supervisord)
			reap_supervisord(p, now_ms);
		else if (how.si_pid == p->tester)
			reap_tester(p);
		else if (!pass_on(p, &how))
			return;
	}
	p->zombies_left = true;
}
