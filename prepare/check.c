/* SPDX-License-Identifier: MIT */
/* What checks a service: a process of prepare/ beside that of the service. It
 * starts .check again and again, ends it when it takes too long, counts its
 * failures, and tells supervisord what it has found, by a request. supervisord
 * ends it by SIGTERM; it ends by itself when nothing reads requests any more.
 *
 * All times are here, so a supervisord that is killed, stopped or replaced
 * changes none of them. What was found before is read from the ledger: another
 * such process goes on where this one was. It has the rights of connate, and
 * only the check itself gives them up. */
#include "model/descriptor.h"
#include "model/ledger.h"
#include "model/moment.h"
#include "model/request.h"
#include "model/said.h"
#include "model/text.h"
#include "prepare/prepare.h"
#include "sys/clock.h"
#include "sys/memory.h"
#include "sys/reap.h"

enum {
	PAUSE_FIRST_MS = 100,       /* until it has succeeded once: doubled up
	                               to .every */
	EXIT_CANNOT = 126,
	READ_BYTES = 4096,
	FAILURES_MAX = 1 << 20,
};

static struct {
	uint32_t every_ms, timeout_ms, failures_max, start_ms;
	bool tells;                 /* and no more: .on_failure = TELL */
	bool begins;                /* failures do not count: READY_CHECK … */
	uint64_t counts_ms;         /* … or until then */
	uint32_t run;               /* life.exits + 1 of the process that is
	                               checked */
	uint32_t failures;          /* in a row */
	enum health_state state;
	uint64_t next_ms, pause_ms;
	int signals;                /* signalfd: SIGTERM, SIGCHLD */
	int output;                 /* of the check; -1 */
	char line[SAID_STATUS];     /* the first one of it */
	uint32_t used;
	bool whole;                 /* its end was seen */
} checks;

/* Not yet: then a failure is none. */
static bool has_begun(uint64_t now_ms)
{
	return checks.state != HEALTH_UNKNOWN ||
	       (!checks.begins && now_ms >= checks.counts_ms);
}

static void read_word(const struct prepared *p)
{
	struct table_list rest = p->s->words;
	const char *text = word_next(p->table, &rest, WORD_CHECK);

	if (text == NULL)
		sys_exit(EXIT_CANNOT); /* not reached: .check has one */
	checks.every_ms = word_number(&text);
	checks.timeout_ms = word_number(&text);
	checks.failures_max = word_number(&text);
	checks.start_ms = word_number(&text);
	checks.tells = word_number(&text) != 0;
	checks.begins = p->s->ready == READY_KIND_CHECK;
}

/* What the ledger has of the process that the service has now. */
static void read_found(const struct prepared *p, uint64_t now_ms)
{
	struct record r = ledger_read(p->ledger, p->task.service);
	const struct health *h = (const void *)said_entry(
		p->ledger, p->s->check_pipe - 1);

	checks.run = r.life.exits + 1;
	checks.counts_ms = r.wanted_ms + checks.start_ms;
	checks.pause_ms = checks.every_ms;
	if (h->run == checks.run) {
		checks.failures = h->failures;
		checks.state = (enum health_state)(h->state & 3);
		checks.next_ms = earlier(h->at_ms, now_ms) + checks.every_ms;
		return;
	}
	if (!has_begun(now_ms))
		checks.pause_ms = earlier(PAUSE_FIRST_MS, checks.every_ms);
	checks.next_ms = now_ms + checks.pause_ms;
}

/* Ends the check that runs, and all of its process group. */
static void end_group(int pid)
{
	if (pid > 0)
		(void)sys_kill(-pid, SIGKILL); /* it may have ended */
}

/* Waits until that time, a signal, or output; in *writes whether there is room
 * for a request, if it is given. SIGTERM, or a session that is gone, ends the
 * check `pid`, if there is one, and this process. */
static void wait_until(uint64_t until_ms, int pid, bool *writes)
{
	struct pollfd fds[] = {
		{ .fd = checks.signals, .events = POLLIN },
		{ .fd = FD_REQUEST_OUT, .events = writes ? POLLOUT : 0 },
		{ .fd = checks.output, .events = POLLIN },
	};
	struct __kernel_timespec left = clock_left(clock_now_ms(), until_ms);
	struct signalfd_siginfo info = { .ssi_signo = 0 };
	bool ends;

	if (sys_ppoll(fds, 3, until_ms == NEVER_MS ? NULL : &left) < 0)
		fds[0].revents = 0; /* no memory: as if the time were over */
	if (fds[0].revents != 0)
		(void)sys_read(checks.signals, &info, sizeof(info));
	if (writes)
		*writes = (fds[1].revents & POLLOUT) != 0;
	ends = info.ssi_signo == SIGTERM || (fds[1].revents & POLLERR) != 0;
	if (!ends)
		return;
	end_group(pid);
	sys_exit(0);
}

/* Keeps the first line; of a byte that a terminal would obey, '?'. */
static void keep_bytes(const char *bytes, long count)
{
	for (long k = 0; k < count && !checks.whole; k++) {
		char c = bytes[k];

		checks.whole = c == '\n' ||
		               checks.used == sizeof(checks.line) - 1;
		if (!checks.whole)
			checks.line[checks.used++] =
				(unsigned char)c < ' ' || c == 127 ? '?' : c;
	}
}

/* Takes what the check has written by now, at most READ_BYTES: the first line
 * counts, the rest is taken so that it can go on. */
static void read_output(void)
{
	static char bytes[READ_BYTES];
	long got = sys_read(checks.output, bytes, sizeof(bytes));

	if (got > 0) {
		keep_bytes(bytes, got);
		return;
	}
	if (got == -EAGAIN)
		return;
	(void)sys_close(checks.output); /* all ends of it are closed */
	checks.output = -1;
}

/* In the process of the check, which goes on to its steps: in a process group of
 * its own, and with what it writes for us. */
static void become_check(int write_fd)
{
	(void)sys_setpgid(0, 0); /* its parent does so, too */
	(void)sys_dup3(write_fd, 1, 0); /* they are open */
	(void)sys_dup3(write_fd, 2, 0);
	(void)sys_close(checks.signals);
}

/* Starts the check. 0: this is its process. Else its pid, or -errno. */
static int start_check(void)
{
	int fds[2], pid, stored, error = sys_pipe2(fds, O_CLOEXEC | O_NONBLOCK);

	if (error < 0)
		return error;
	/* What the check writes to is as programs expect it. */
	(void)sys_fcntl(fds[1], F_SETFL, 0);
	pid = sys_fork(&stored);
	if (pid == 0) {
		become_check(fds[1]);
		return 0;
	}
	(void)sys_close(fds[1]); /* the check's */
	checks.output = fds[0];
	if (pid < 0)
		return pid;
	(void)sys_setpgid(pid, pid); /* it has done so, or has ended */
	return pid;
}

/* Waits until the check has ended, and takes it away with all that is left of
 * its group. How it ended; with code 0: it took too long. */
static siginfo_t await_check(int pid)
{
	uint64_t until_ms = clock_now_ms() + checks.timeout_ms;
	siginfo_t how, late = { .si_code = 0 };
	bool ended;

	while (!(ended = reap_peek(P_PID, pid, &how)) &&
	       clock_now_ms() < until_ms) {
		wait_until(until_ms, pid, NULL);
		if (checks.output >= 0)
			read_output();
	}
	if (checks.output >= 0)
		read_output(); /* what it has written last */
	end_group(pid);
	while (!reap_peek(P_PID, pid, &how))
		wait_until(NEVER_MS, pid, NULL); /* it is killed */
	reap_release(pid);
	return ended ? how : late;
}

static void close_output(void)
{
	if (checks.output >= 0)
		(void)sys_close(checks.output); /* it was only read */
	checks.output = -1;
}

/* Why it has failed: its first line, else how it ended. */
static void name_reason(char *to, const siginfo_t *how, int error)
{
	const char *what[] = { "", "", "" };
	struct digits d;

	checks.line[checks.used] = '\0';
	if (error < 0)
		what[0] = "the check cannot be started: ",
		what[1] = text_error(&d, error);
	else if (how->si_code == 0)
		what[0] = "the check had not ended after ",
		what[1] = text_number(&d, checks.timeout_ms), what[2] = " ms";
	else if (checks.used > 0)
		what[0] = checks.line;
	else if (how->si_code == CLD_EXITED)
		what[0] = "the check exited with ",
		what[1] = text_number(&d, how->si_status);
	else
		what[0] = "the check was killed by SIG",
		what[1] = text_signal(&d, how->si_status);
	for (unsigned k = 0; k < 3; k++) {
		size_t length = text_length(what[k]);

		memcpy(to, what[k], length);
		to += length;
	}
	*to = '\0';
}

static void count(bool failed, uint64_t now_ms)
{
	if (!failed) {
		checks.failures = 0;
		checks.state = HEALTH_HEALTHY;
	} else if (has_begun(now_ms)) {
		checks.failures += checks.failures < FAILURES_MAX;
	}
	if (failed && checks.failures >= checks.failures_max)
		checks.state = checks.tells ? HEALTH_UNHEALTHY : HEALTH_FAILED;
}

/* Tells supervisord. If it does not read, the pipe is full in time; then this
 * waits for it. */
static void tell(const char *why)
{
	static struct request r;
	bool writes = true;
	uint32_t length = (uint32_t)text_length(why) + 1;

	memset(&r, 0, sizeof(r));
	r.verb = REQUEST_CHECKED;
	r.id = (uint64_t)checks.failures << 8 | checks.state;
	r.digest = checks.run;
	r.argument = (uint32_t)sys_getpid();
	r.ranges = (length + sizeof(r.range[0]) - 1) / sizeof(r.range[0]);
	memcpy(r.range, why, length);
	length = request_seal(&r);
	while (!writes || sys_write(FD_REQUEST_OUT, &r, length) == -EAGAIN)
		wait_until(NEVER_MS, 0, &writes);
}

/* When the next check is due: while failures do not count, it is asked more
 * often, but ever less so. */
static void set_next(void)
{
	uint64_t now_ms = clock_now_ms();

	checks.pause_ms = has_begun(now_ms)
	                          ? checks.every_ms
	                          : earlier(2 * checks.pause_ms, checks.every_ms);
	checks.next_ms = now_ms + checks.pause_ms;
}

/* Runs one check. False: this is its process. */
static bool run_check(void)
{
	static char why[SAID_STATUS + 64];
	siginfo_t how = { .si_code = 0 };
	bool failed;
	int pid;

	checks.used = 0;
	checks.whole = false;
	pid = start_check();
	if (pid == 0)
		return false;
	if (pid > 0)
		how = await_check(pid);
	close_output();
	failed = pid < 0 || how.si_code != CLD_EXITED || how.si_status != 0;
	why[0] = '\0';
	if (failed)
		name_reason(why, &how, pid);
	count(failed, clock_now_ms());
	tell(why);
	set_next();
	return true;
}

/* Checks the service for as long as this process lives. Returns in the process
 * of each check, which is to take its steps. */
void checks_run(struct prepared *p)
{
	const uint64_t heard = SIGNAL_BIT(SIGTERM) | SIGNAL_BIT(SIGCHLD);

	(void)sys_prctl(PR_SET_NAME, (unsigned long)"check", 0);
	read_word(p);
	read_found(p, clock_now_ms());
	checks.output = -1;
	checks.signals = sys_signalfd(-1, &heard, O_CLOEXEC | O_NONBLOCK);
	if (checks.signals < 0)
		sys_exit(EXIT_CANNOT);
	do {
		while (clock_now_ms() < checks.next_ms)
			wait_until(checks.next_ms, 0, NULL);
	} while (run_check());
}
