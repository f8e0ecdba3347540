/* SPDX-License-Identifier: MIT */
/* supervisord: started from the file that was opened first, which may have been
 * replaced or deleted since, and started again for ever. Knows nothing of what
 * supervisord does. */
#include "model/text.h"
#include "pid1/pid1.h"
#include "sys/clock.h"
#include "sys/fd.h"
#include "sys/message.h"

/* What connate-build has made of /etc/connate. */
static const char image_of_machine[] = "/etc/connate/supervisord";

/* The path of the file to begin with, where the command line names none. */
const char *image_first(const struct pid1 *p)
{
	return p->is_init ? image_of_machine : SUPERVISORD_PATH;
}

/* The image of this machine cannot be opened, or has died before it has ever
 * worked: the installed one takes its place, which is said. False: it was that already. */
static bool image_fall_back(struct pid1 *p, bool says)
{
	if (p->ever_adopted || p->image_path != image_of_machine)
		return false;
	p->image_path = SUPERVISORD_PATH;
	p->has_image = false;
	if (says)
		message("connate: taking ", p->image_path, NULL);
	return true;
}

/* Opens the file of supervisord at p->image_path as FD_IMAGE; where that of
 * this machine cannot be opened, the installed one. 0 or more; or -errno, which
 * was said, unless there is a shell on the console; that this machine has none
 * of its own is not said. */
int image_open(struct pid1 *p)
{
	struct digits d;
	int error;

	do {
		error = fd_move(sys_openat(AT_FDCWD, p->image_path,
		                           O_PATH | O_CLOEXEC, 0),
		                FD_IMAGE, 0);
		p->has_image = error >= 0;
		if (error < 0 && p->rescuer == 0 &&
		    !(error == -ENOENT && p->image_path == image_of_machine))
			message("connate: cannot open ", p->image_path, ": ",
			        text_error(&d, error),
			        p->is_init ? "; trying again" : NULL, NULL);
	} while (error < 0 && image_fall_back(p, error != -ENOENT));
	return error;
}

static void supervisord_run(void *argument)
{
	struct pid1 *p = argument;
	char *const *argv = (char *const *)p->supervisord_words;

	(void)sys_prlimit(0, RLIMIT_NOFILE, &p->files, NULL);
	if (p->folder != NULL)
		(void)sys_chdir(p->folder); /* if it was removed, from / */
	p->start_error = fd_exec(FD_IMAGE, argv, p->envp);
	sys_exit(127);
}

static uint64_t backoff_ms(const struct pid1 *p)
{
	uint64_t delay = (uint64_t)p->report.deaths * BACKOFF_STEP_MS;

	return delay < BACKOFF_MAX_MS ? delay : BACKOFF_MAX_MS;
}

static void start_later(struct pid1 *p, uint64_t now_ms)
{
	p->start_at_ms = now_ms + backoff_ms(p);
	p->report.deaths++;
}

/* May supervisord be started from the file that is open? One that has never
 * worked is opened again by its name: it may have been mended. */
static bool image_is_usable(const struct pid1 *p)
{
	return p->has_image && (p->ever_adopted || p->report.deaths == 0);
}

/* We were supervisord before we became connate: what only supervisord uses goes
 * to the next one, which has its copies by now. */
static void close_fds_of_supervisord(void)
{
	(void)sys_close(FD_ORPHANS);
	(void)sys_close(FD_ORPHAN_EVENTS);
	(void)sys_close(FD_READY);
}

/* There is no supervisord, for this error of clone(2): said once, not at each
 * try. before: that of the last try. */
static void start_failed(struct pid1 *p, int error, int before, uint64_t now_ms)
{
	struct digits d;

	p->supervisord = 0;
	p->start_error = error;
	p->report.death = DEATH_CANNOT;
	p->report.status = -error;
	start_later(p, now_ms);
	p->report.next_ms = p->start_at_ms;
	report_write(p);
	if (error != before)
		message("connate: cannot start supervisord: ",
		        text_error(&d, error),
		        error == -EAGAIN
		                ? " (ulimit -u and pids.max have to allow 3 "
		                  "or more processes)"
		                : "",
		        "; trying again", NULL);
}

/* Starts supervisord. Where that fails it is tried again later, by
 * image_watch(). After a fault of ours anywhere in here it is started at once
 * if there is no pid: the kernel stores the pid before the child runs. */
void image_start(struct pid1 *p, uint64_t now_ms)
{
	int error, before = p->start_error;

	if (!image_is_usable(p) && image_open(p) < 0) {
		start_later(p, now_ms); /* PID 1 goes on trying */
		return;
	}
	p->start_error = 0;
	p->adopted = p->drained = false;
	p->started_ms = now_ms;
	p->killed_for = DEATH_NONE;
	p->unread = 0;
	p->unread_at_ms = NEVER_MS;
	error = pid1_clone(p, CHILD_SUPERVISORD, &p->supervisord,
	                   supervisord_run);
	p->report.supervisord = p->supervisord;
	p->report.next_ms = 0;
	report_write(p);
	p->start_at_ms = 0;
	if (error > 0) {
		if (p->report.successions != 0)
			close_fds_of_supervisord();
		return;
	}
	start_failed(p, error, before, now_ms);
}

static const char *next_words(const struct pid1 *p)
{
	return p->trying ? "; the former image goes on"
	                 : "; starting it again";
}

/* Says nothing while a person works at the rescue shell: it is on the
 * console. */
static void death_say(const struct pid1 *p)
{
	const struct report *n = &p->report;
	struct digits d;

	if (p->rescuer != 0)
		return;
	switch ((enum death)n->death) {
	case DEATH_CANNOT:
		message("connate: cannot run ", p->image_path, ": ",
		        text_error(&d, n->status), "; trying again", NULL);
		break;
	case DEATH_EXITED:
		message("connate: supervisord exited with ",
		        text_number(&d, n->status), next_words(p), NULL);
		break;
	case DEATH_KILLED:
		message("connate: supervisord was killed by SIG",
		        text_signal(&d, n->status), next_words(p), NULL);
		break;
	case DEATH_LATE:
	case DEATH_STUCK: /* image_watch() has said it */
	case DEATH_NONE:
		break;
	}
}

static void report_death(struct pid1 *p, const siginfo_t *how, uint64_t now_ms)
{
	struct report *n = &p->report;

	n->supervisord = 0;
	n->since_ms = now_ms;
	n->status = how->si_status;
	n->death = how->si_code == CLD_EXITED ? DEATH_EXITED : DEATH_KILLED;
	if (p->killed_for != DEATH_NONE)
		n->death = p->killed_for;
	if (p->start_error == 0)
		return;
	n->death = DEATH_CANNOT;
	n->status = -p->start_error;
}

static bool image_is_steady(const struct pid1 *p, uint64_t now_ms)
{
	return p->adopted && now_ms >= p->started_ms + STEADY_MS;
}

/* Is it to be started again at once? It had worked for long; or it worked, and
 * was killed from outside, so that waiting helps nothing. */
static bool image_is_blameless(const struct pid1 *p, uint64_t now_ms)
{
	return image_is_steady(p, now_ms) ||
	       (p->adopted && p->report.death == DEATH_KILLED &&
	        p->report.status == SIGKILL);
}

static void trial_end(struct pid1 *p)
{
	if (p->trying)
		(void)sys_close(FD_CANDIDATE); /* cannot fail: it is open */
	p->trying = p->former_kept = false;
}

/* Sets when supervisord is started again. other: another image or ledger took
 * the place of the one that died. */
static void start_plan(struct pid1 *p, uint64_t now_ms, bool other)
{
	if (other || image_is_blameless(p, now_ms)) {
		p->report.deaths = 0;
		p->start_at_ms = now_ms;
	} else {
		start_later(p, now_ms);
	}
	p->report.next_ms = p->start_at_ms;
	report_write(p);
}

/* supervisord has died, as waitid(2) says in *how: says it, counts it, rolls an
 * image on probation back if it was one death too many, and starts supervisord
 * again at once if that is due. What it has sent before must have been
 * received. */
void image_died(struct pid1 *p, const siginfo_t *how, uint64_t now_ms)
{
	bool tried, other;

	p->owes_kept = false; /* the one that waited is dead */
	report_death(p, how, now_ms);
	p->supervisord = 0;
	if (p->halt != HALT_NONE)
		return;
	death_say(p);
	tried = p->trying;
	other = !tried && probation_died(p);
	if (other)
		store_renew(p);
	end_count_death(p, tried || other || image_is_steady(p, now_ms));
	trial_end(p);
	other |= image_fall_back(p, true);
	start_plan(p, now_ms, other);
	image_watch(p, now_ms);
}

/* TRY: supervisord `pid` executes another image in its place, which is open as
 * fd (below 0: none was attached); fd becomes FD_CANDIDATE. FD_IMAGE stays: it
 * is the one that goes on if the other one does not say ADOPTED. */
void image_try(struct pid1 *p, int pid, int fd)
{
	if (pid != p->supervisord || fd < 0) {
		if (fd >= 0)
			(void)sys_close(fd); /* its sender is dead */
		return;
	}
	p->trying = fd_move(fd, FD_CANDIDATE, O_CLOEXEC) >= 0;
	p->adopted = p->drained = false;
	p->started_ms = clock_now_ms();
}

static void supervisord_kill(struct pid1 *p, enum death why)
{
	p->killed_for = why;
	(void)sys_kill(p->supervisord, SIGKILL); /* it is our child */
}

/* ADOPTED: supervisord `pid` works. With an image that was tried that image
 * comes into force, and with ADOPT_LEDGER the ledger that is open as fd, which
 * the caller closes: both, or neither. An image that was tried is on probation
 * then. */
void image_adopt(struct pid1 *p, int pid, enum adopt how, int fd)
{
	if (pid != p->supervisord)
		return;
	if (p->trying && how != ADOPT_SAME)
		probation_keep(p, how);
	if (how == ADOPT_LEDGER &&
	    (fd < 0 || sys_dup3(fd, FD_LEDGER, 0) < 0)) {
		message("connate: no ledger came; killing supervisord", NULL);
		supervisord_kill(p, DEATH_LATE);
		return;
	}
	if (p->trying && how != ADOPT_SAME) {
		(void)sys_dup3(FD_CANDIDATE, FD_IMAGE, 0); /* both are open */
		p->report.images++;
		p->report.deaths = 0;
		probation_begin(p);
	}
	if (p->trying || how == ADOPT_LEDGER)
		store_renew(p);
	if (!p->ever_adopted)
		store_begin(p);
	trial_end(p);
	p->adopted = p->ever_adopted = p->owes_kept = true;
	report_write(p);
}

/* Starts supervisord if that is due, and kills one that has not said ADOPTED
 * within ADOPT_MS or has read no message for STUCK_MS. To be called each time
 * that the loop comes round. */
void image_watch(struct pid1 *p, uint64_t now_ms)
{
	if (p->halt != HALT_NONE)
		return;
	if (p->supervisord == 0 && p->start_at_ms <= now_ms)
		image_start(p, now_ms);
	if (p->supervisord == 0 || p->killed_for != DEATH_NONE)
		return;
	probation_watch(p, now_ms);
	if (!p->adopted && now_ms >= p->started_ms + ADOPT_MS) {
		message("connate: supervisord did not get ready in 10 s; "
		        "killing it",
		        p->trying ? next_words(p) : NULL, NULL);
		supervisord_kill(p, DEATH_LATE);
	} else if (p->adopted && now_ms >= p->unread_at_ms &&
	           link_is_stuck(p, now_ms)) {
		message("connate: supervisord has read no message for 30 s; "
		        "killing it", NULL);
		supervisord_kill(p, DEATH_STUCK);
	}
}
