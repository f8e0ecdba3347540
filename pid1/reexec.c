/* SPDX-License-Identifier: MIT */
/* connate executes itself again (exec(2)): another version, because conctl
 * asked for it, or the same one, because of a fault in it. It keeps its pid,
 * its children and its descriptors. Nothing is lost meanwhile: signals are
 * blocked and stay pending, messages stay in the link, children that have died
 * stay zombies. What else it knows is in a word of its command line
 * (model/snapshot.h). */
#include "model/snapshot.h"
#include "model/text.h"
#include "pid1/pid1.h"
#include "sys/clock.h"
#include "sys/fd.h"
#include "sys/memory.h"
#include "sys/message.h"

enum { FAULT_STACK_BYTES = 16384 };

#define FAULTS \
	(SIGNAL_BIT(SIGSEGV) | SIGNAL_BIT(SIGBUS) | SIGNAL_BIT(SIGILL) | \
	 SIGNAL_BIT(SIGFPE))

static _Alignas(16) unsigned char fault_stack[FAULT_STACK_BYTES];
static char snapshot[SNAPSHOT_BYTES];
static struct pid1 *faulty; /* for the handler */
static int candidate;       /* the image that is tested; 0: none */

static void snapshot_flag(uint64_t *words, bool set, enum snapshot_flag flag)
{
	if (set)
		words[SNAPSHOT_FLAGS] |= flag;
}

static uint64_t probation_pack(struct probation s)
{
	return (uint64_t)s.stage | (uint64_t)s.deaths << 4 |
	       (uint64_t)s.death << 8 | (uint64_t)s.status << 16;
}

static struct probation probation_unpack(uint64_t word)
{
	return (struct probation){ .stage = word & 15,
		                   .deaths = word >> 4 & 15,
		                   .death = word >> 8 & 255,
		                   .status = word >> 16 & 255 };
}

static void snapshot_make(const struct pid1 *p)
{
	uint64_t words[SNAPSHOT_WORDS] = {
		[SNAPSHOT_VERSION] = 1,
		[SNAPSHOT_SUPERVISORD] = (uint64_t)p->supervisord,
		[SNAPSHOT_STARTED_MS] = p->started_ms,
		[SNAPSHOT_START_AT_MS] = p->start_at_ms,
		[SNAPSHOT_SIGNALS] = p->signals,
		[SNAPSHOT_HALT] = (uint64_t)p->halt << 8 | (uint8_t)p->code,
		[SNAPSHOT_END_SIGNAL] = (uint64_t)p->end_signal,
		[SNAPSHOT_END_AT_MS] = p->end_at_ms,
		[SNAPSHOT_FILES_SOFT] = p->files.rlim_cur,
		[SNAPSHOT_FILES_HARD] = p->files.rlim_max,
		[SNAPSHOT_NUMBER] = p->number,
		[SNAPSHOT_FAULTS] = p->faults,
		[SNAPSHOT_FAULT_AT_MS] = p->fault_at_ms,
		[SNAPSHOT_RESCUER] = (uint64_t)p->rescuer,
		[SNAPSHOT_PROBATION] = probation_pack(p->probation),
		[SNAPSHOT_PROBATION_MS] = p->probation_ms,
		[SNAPSHOT_REST_MS] = p->rest_ms,
	};

	snapshot_flag(words, p->adopted, SNAPSHOT_ADOPTED);
	snapshot_flag(words, p->ever_adopted, SNAPSHOT_EVER_ADOPTED);
	snapshot_flag(words, p->drained, SNAPSHOT_DRAINED);
	snapshot_flag(words, p->trying, SNAPSHOT_TRYING);
	snapshot_flag(words, p->former_kept, SNAPSHOT_FORMER_KEPT);
	snapshot_flag(words, p->owes_kept, SNAPSHOT_OWES_KEPT);
	snapshot_flag(words, p->owes_ready, SNAPSHOT_OWES_READY);
	snapshot_flag(words, p->reexecs, SNAPSHOT_REEXECS);
	snapshot_flag(words, p->tester != 0 || p->owes_reexeced,
	              SNAPSHOT_REEXEC_LOST);
	snapshot_write(snapshot, words);
}

static void snapshot_take(struct pid1 *p, const uint64_t *words)
{
	uint64_t flags = words[SNAPSHOT_FLAGS];

	p->supervisord = (int)words[SNAPSHOT_SUPERVISORD];
	p->started_ms = words[SNAPSHOT_STARTED_MS];
	p->start_at_ms = words[SNAPSHOT_START_AT_MS];
	p->signals = words[SNAPSHOT_SIGNALS];
	p->halt = (enum halt)(words[SNAPSHOT_HALT] >> 8);
	p->code = (int)(words[SNAPSHOT_HALT] & 255);
	p->end_signal = (int)words[SNAPSHOT_END_SIGNAL];
	p->end_at_ms = words[SNAPSHOT_END_AT_MS];
	p->files.rlim_cur = words[SNAPSHOT_FILES_SOFT];
	p->files.rlim_max = words[SNAPSHOT_FILES_HARD];
	p->number = (uint32_t)words[SNAPSHOT_NUMBER];
	p->faults = words[SNAPSHOT_FAULTS];
	p->fault_at_ms = words[SNAPSHOT_FAULT_AT_MS];
	p->rescuer = (int)words[SNAPSHOT_RESCUER];
	if (words[SNAPSHOT_REST_MS] != 0)
		p->rest_ms = (uint32_t)words[SNAPSHOT_REST_MS];
	p->adopted = (flags & SNAPSHOT_ADOPTED) != 0;
	p->ever_adopted = (flags & SNAPSHOT_EVER_ADOPTED) != 0;
	p->drained = (flags & SNAPSHOT_DRAINED) != 0;
	p->trying = (flags & SNAPSHOT_TRYING) != 0;
	p->former_kept = (flags & SNAPSHOT_FORMER_KEPT) != 0;
	p->owes_kept = (flags & SNAPSHOT_OWES_KEPT) != 0;
	p->owes_ready = (flags & SNAPSHOT_OWES_READY) != 0;
	p->owes_reexeced = (flags & (SNAPSHOT_REEXECS | SNAPSHOT_REEXEC_LOST |
	                             SNAPSHOT_SUCCEEDS)) != 0;
	p->reexeced = (flags & SNAPSHOT_REEXECS) != 0
	                      ? link_make(LINK_REEXECED, 0, 0, 0)
	                      : link_make(LINK_REEXECED, -ECANCELED,
	                                  DEATH_KILLED, SIGKILL);
}

/* We were supervisord, and connate has died: we take its place. */
static int connate_succeed(struct pid1 *p)
{
	p->supervisord = 0;
	p->start_at_ms = 0;
	p->report.successions++;
	keep_lock_ours();
	return keep_link();
}

/* After exec: takes what is in the snapshot, the report in the ledger, and the
 * descriptors. 0; or -errno: the snapshot is none that can be read, or a
 * descriptor cannot be made. */
int reexec_read(struct pid1 *p)
{
	uint64_t words[SNAPSHOT_WORDS];
	int error = 0;

	if (!snapshot_read(snapshot, words))
		return -EINVAL;
	snapshot_take(p, words);
	report_read(p);
	if ((words[SNAPSHOT_FLAGS] & SNAPSHOT_SUCCEEDS) != 0) {
		probation_inherit(p);
		error = connate_succeed(p);
	} else {
		/* It may be ahead of what the ledger has. */
		p->probation = probation_unpack(words[SNAPSHOT_PROBATION]);
		p->probation_ms = words[SNAPSHOT_PROBATION_MS];
	}
	return error < 0 ? error : keep_again(p);
}

/* Executes the image that is open as fd in our place. -errno, if that fails.
 * All signals are blocked meanwhile: a SIGSEGV from outside would end the new
 * image before it has a handler. Before p->is_settled the snapshot that we were
 * given is passed on as it is. */
static int image_exec(struct pid1 *p, int fd)
{
	const char *ours[WORDS] = { "connate", "--supervisor", p->image_path,
		                    "--go-on", snapshot };
	char *const *argv = (char *const *)p->words;
	uint64_t all = ~0ull, faults = FAULTS;
	int error;

	if (p->is_settled)
		snapshot_make(p);
	keep_pass_on();
	for (int k = 0; k < WORDS; k++)
		p->words[k] = ours[k];
	(void)sys_sigprocmask(SIG_SETMASK, &all, NULL); /* cannot fail */
	if (p->folder != NULL)
		(void)sys_chdir(p->folder); /* if it was removed, from / */
	error = fd_exec(fd, argv, p->envp);
	if (p->folder != NULL)
		(void)sys_chdir("/"); /* it exists */
	(void)sys_sigprocmask(SIG_UNBLOCK, &faults, NULL);
	return error;
}

/* The child: the candidate says whether it can read the snapshot. */
static void tester_run(void *argument)
{
	struct pid1 *p = argument;
	const char *argv[] = { "connate", "--self-test", snapshot, NULL };

	(void)fd_exec(candidate, (char *const *)argv, p->envp);
	sys_exit(127);
}

static void reexec_answer(struct pid1 *p, int result, enum death death,
                          int status)
{
	if (candidate != 0)
		(void)sys_close(candidate);
	candidate = 0;
	p->reexecs = false;
	p->owes_reexeced = true;
	p->reexeced = link_make(LINK_REEXECED, result, (int32_t)death, status);
}

/* REEXEC: tests the image that is open as fd (below 0: none was attached), and
 * then executes it. What comes of it is owed to supervisord as REEXECED; -EBUSY
 * while another image is tested. now_ms: the test has to end within
 * ADOPT_MS. */
void reexec_ask(struct pid1 *p, int fd, uint64_t now_ms)
{
	int error;

	if (fd < 0 || p->tester != 0) {
		if (fd >= 0)
			(void)sys_close(fd); /* one at a time */
		p->owes_reexeced = true;
		p->reexeced = link_make(LINK_REEXECED, -EBUSY, 0, 0);
		return;
	}
	candidate = fd;
	p->killed_for_test = DEATH_NONE;
	p->test_at_ms = now_ms + ADOPT_MS;
	snapshot_make(p);
	error = pid1_clone(p, CHILD_TESTER, &p->tester, tester_run);
	if (error >= 0)
		return;
	p->tester = 0;
	reexec_answer(p, error, DEATH_NONE, 0);
}

/* The test has ended, as waitid(2) says in *how. Passed, the image is executed,
 * and answers REEXECED itself. */
void reexec_tested(struct pid1 *p, const siginfo_t *how)
{
	enum death death =
		how->si_code == CLD_EXITED ? DEATH_EXITED : DEATH_KILLED;
	int error;

	p->tester = 0;
	if (p->killed_for_test != DEATH_NONE)
		death = p->killed_for_test;
	if (death != DEATH_EXITED || how->si_status != snapshot_sum(snapshot)) {
		reexec_answer(p, -ECANCELED, death, how->si_status);
		return;
	}
	(void)sys_dup3(candidate, FD_CONNATE, 0); /* both are open */
	p->reexecs = true;
	error = image_exec(p, candidate);
	(void)keep_again(p);
	reexec_answer(p, error, DEATH_NONE, 0);
}

/* Kills a test whose time is over. */
void reexec_watch(struct pid1 *p, uint64_t now_ms)
{
	if (p->tester == 0 || now_ms < p->test_at_ms)
		return;
	p->test_at_ms = NEVER_MS;
	p->killed_for_test = DEATH_LATE;
	(void)sys_kill(p->tester, SIGKILL); /* it is our child */
}

/* Waits, the longer the more faults came in a row, so that they do not keep the
 * machine busy. */
static void fault_pause(uint64_t faults)
{
	uint64_t ms = (faults - 1) * FAULT_PAUSE_MS;
	struct __kernel_timespec time = clock_left(
		0, ms < FAULT_PAUSE_MAX_MS ? ms : FAULT_PAUSE_MAX_MS);

	(void)sys_ppoll(NULL, 0, &time);
}

/* The handler, on a stack of its own. In a child that shares our memory it ends
 * that child. Code that has a fault cannot go on: where exec fails, it is tried
 * again. */
static _Noreturn void fault_handle(int signal)
{
	struct pid1 *p = faulty;
	uint64_t now_ms = clock_now_ms();
	struct digits d;
	int error;

	if (sys_getpid() != p->self)
		sys_exit(127);
	p->faults = now_ms - p->fault_at_ms < FAULTS_MS ? p->faults + 1 : 1;
	if (!p->is_settled)
		p->faults = 2; /* their number is not known */
	p->fault_at_ms = now_ms;
	message("connate: SIG", text_signal(&d, signal),
	        ": starting itself again", NULL);
	for (;; p->faults++) {
		fault_pause(p->faults);
		error = image_exec(p, FD_CONNATE);
		message("connate: cannot start itself: ", text_error(&d, error),
		        "; trying again", NULL);
	}
}

/* Moves the snapshot off our command line, which the list of processes
 * shows. */
static void snapshot_move(char *word)
{
	for (int i = 0; *word != '\0'; i++, *word++ = '\0')
		if (i < SNAPSHOT_BYTES - 1)
			snapshot[i] = *word;
}

/* From now on a fault of connate makes it execute itself again. Takes the
 * snapshot, if there is one, off the command line. */
void reexec_arm(struct pid1 *p)
{
	const struct sigaltstack stack = { .ss_sp = fault_stack,
		                           .ss_size = sizeof(fault_stack) };
	struct sigaction action = {
		.sa_handler = fault_handle,
#ifdef SA_RESTORER
		.sa_flags = SA_ONSTACK | SA_RESTORER,
		.sa_restorer = (__sigrestore_t)sys_exit, /* never used */
#else
		.sa_flags = SA_ONSTACK,
#endif
	};
	uint64_t faults = FAULTS;

	faulty = p;
	if (p->snapshot != NULL)
		snapshot_move(p->snapshot);
	/* One fault at a time. */
	memset(&action.sa_mask, 0xff, sizeof(action.sa_mask));
	(void)sys_sigaltstack(&stack); /* none of these can fail */
	for (int n = 1; n <= 64; n++)
		if ((faults & SIGNAL_BIT(n)) != 0)
			(void)sys_sigaction(n, &action, NULL);
	(void)sys_sigprocmask(SIG_UNBLOCK, &faults, NULL);
}
