/* SPDX-License-Identifier: MIT */
/* Probation: the former image and its ledger are kept until the image that has
 * taken over has proved itself. It ends when supervisord says STOOD; or, as an
 * older version does not know that message, after a time.
 *
 * Every death of an image on probation counts, whatever time lies between, but
 * for SIGKILL from outside. After PROBATION_DEATHS the former image takes its
 * place and goes on with the ledger that is in force, which it merges into its
 * own configuration as any other image would (supervisord/upgrade/upgrade.c).
 * If it cannot, as it refuses that ledger or dies as often, it is given its
 * former ledger.
 *
 * A fault of connate may come between any two steps. The snapshot has what is
 * in memory, and the message or the zombie is handled again:
 *
 *     keep     image, ledger, then former_kept, before either is replaced.
 *              Handled again: what is kept is not overwritten by the new one.
 *     restore  the former image becomes the image; then the stage; then the
 *              image that was left becomes the former one. In between: the
 *              next death does the same again, with the same image.
 *     ledger   our report goes into the former ledger, then that becomes the
 *              ledger, then it is not kept any more. In between: again, with
 *              the same ledger. */
#include <linux/fcntl.h>

#include "pid1/pid1.h"
#include "sys/clock.h"
#include "sys/fd.h"
#include "sys/message.h"

/* For an image that does not say STOOD: after it could have said so. */
enum { LATEST_MS = PROBATION_MAX_MS + 60000 };

static bool fd_is_kept(int fd)
{
	return sys_fcntl(fd, F_GETFD, 0) >= 0;
}

/* Is an even older image to stay kept? An image that has died on probation is
 * none to go back to. */
static bool older_is_kept(const struct pid1 *p)
{
	return p->probation.stage == STAGE_PROBATION &&
	       p->probation.deaths > 0 && fd_is_kept(FD_FORMER_IMAGE);
}

/* Keeps the image in force, and with ADOPT_LEDGER its ledger, before others
 * take their place. Handled again after a fault of connate, it changes
 * nothing. */
void probation_keep(struct pid1 *p, enum adopt how)
{
	bool older = older_is_kept(p);

	if (p->former_kept)
		return;
	/* These fail only where a descriptor is not open: then there is
	 * nothing to go back to. */
	if (!older)
		(void)sys_dup3(FD_IMAGE, FD_FORMER_IMAGE, 0);
	if (how != ADOPT_LEDGER && !older)
		(void)sys_close(FD_FORMER_LEDGER);
	if (how == ADOPT_LEDGER && !(older && fd_is_kept(FD_FORMER_LEDGER)))
		(void)sys_dup3(FD_LEDGER, FD_FORMER_LEDGER, 0);
	p->former_kept = true;
}

/* The image that has just come into force is on probation from now on. */
void probation_begin(struct pid1 *p)
{
	p->probation = (struct probation){ .stage = STAGE_PROBATION };
	p->probation_ms = clock_now_ms() + LATEST_MS;
}

static void probation_end(struct pid1 *p)
{
	p->probation = (struct probation){ .stage = STAGE_NONE };
	(void)sys_close(FD_FORMER_IMAGE);  /* there may be none */
	(void)sys_close(FD_FORMER_LEDGER); /* there may be none */
	report_write(p);
}

/* STOOD: ends the probation, if supervisord `pid` is the one that runs. */
void probation_stood(struct pid1 *p, int pid)
{
	if (pid == p->supervisord && p->adopted && !p->trying &&
	    p->probation.stage != STAGE_NONE)
		probation_end(p);
}

/* We were supervisord, and connate has died: we hold the former image, too,
 * unless our version as supervisord did not know of it. Then the probation is
 * over. */
void probation_inherit(struct pid1 *p)
{
	p->probation_ms = clock_now_ms() + LATEST_MS;
	if (p->probation.stage >= STAGES || !fd_is_kept(FD_FORMER_IMAGE))
		probation_end(p);
}

/* When the probation ends by itself; NEVER_MS: there is none. */
uint64_t probation_due_ms(const struct pid1 *p)
{
	return p->probation.stage != STAGE_NONE ? p->probation_ms : NEVER_MS;
}

/* Ends the probation when its time is over. */
void probation_watch(struct pid1 *p, uint64_t now_ms)
{
	if (p->adopted && now_ms >= probation_due_ms(p))
		probation_end(p);
}

static bool image_restore(struct pid1 *p)
{
	int left = sys_fcntl(FD_IMAGE, F_DUPFD_CLOEXEC, 0);

	if (sys_dup3(FD_FORMER_IMAGE, FD_IMAGE, 0) < 0) {
		if (left >= 0)
			(void)sys_close(left); /* it stays where it is */
		return false;
	}
	p->probation.stage = STAGE_RESTORED;
	p->probation.deaths = 0;
	p->probation_ms = clock_now_ms() + LATEST_MS;
	if (p->report.images > 0)
		p->report.images--;
	(void)fd_move(left, FD_FORMER_IMAGE, 0); /* else it is the former one */
	message("connate: the new image of supervisord is rolled back: the "
	        "former one goes on; conctl exec tries another", NULL);
	return true;
}

static bool ledger_restore(struct pid1 *p)
{
	if (!fd_is_kept(FD_FORMER_LEDGER))
		return false;
	report_write_to(p, FD_FORMER_LEDGER);
	report_put_back(FD_FORMER_LEDGER);
	(void)sys_dup3(FD_FORMER_LEDGER, FD_LEDGER, 0); /* both are open */
	(void)sys_close(FD_FORMER_LEDGER); /* it is the ledger now */
	p->probation.deaths = 0;
	message("connate: the former image of supervisord cannot go on with "
	        "this ledger: it has its own again, and looks for services",
	        NULL);
	return true;
}

static bool is_from_outside(const struct report *n)
{
	return n->death == DEATH_KILLED && n->status == SIGKILL;
}

/* supervisord has died, as p->report says: counts it, if there is a probation.
 * True: it was one death too many, and another image, or ledger, has taken the
 * place of the one in force. */
bool probation_died(struct pid1 *p)
{
	struct probation *s = &p->probation;

	if (s->stage == STAGE_NONE || is_from_outside(&p->report))
		return false;
	if (s->deaths < PROBATION_DEATHS)
		s->deaths++;
	if (s->stage == STAGE_PROBATION) {
		s->death = (uint8_t)p->report.death;
		s->status = (uint8_t)p->report.status;
	}
	if (s->deaths < PROBATION_DEATHS)
		return false;
	return s->stage == STAGE_PROBATION ? image_restore(p)
	                                   : ledger_restore(p);
}
