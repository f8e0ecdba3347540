/* SPDX-License-Identifier: MIT */
/* We become ourselves again by exec(2): another version of us, because it was
 * asked for, or this one, because of a fault in it. We keep our pid, our
 * children and our descriptors. Nothing is lost meanwhile: signals are blocked
 * and stay pending, messages stay in the link, the dead stay zombies. What is
 * left to know goes along as a word of the command line (model/snapshot.h). */
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

static uint64_t pack(struct probation s)
{
	return (uint64_t)s.stage | (uint64_t)s.deaths << 4 |
	       (uint64_t)s.death << 8 | (uint64_t)s.status << 16;
}

static struct probation unpack(uint64_t word)
{
	return (struct probation){ .stage = word & 15,
		                   .deaths = word >> 4 & 15,
		                   .death = word >> 8 & 255,
		                   .status = word >> 16 & 255 };
}

static void make_snapshot(const struct pid1 *p)
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
		[SNAPSHOT_PROBATION] = pack(p->probation),
		[SNAPSHOT_PROBATION_MS] = p->probation_ms,
	};

	snapshot_flag(words, p->adopted, SNAPSHOT_ADOPTED);
	snapshot_flag(words, p->ever_adopted, SNAPSHOT_EVER_ADOPTED);
	snapshot_flag(words, p->drained, SNAPSHOT_DRAINED);
	snapshot_flag(words, p->trying, SNAPSHOT_TRYING);
	snapshot_flag(words, p->former_kept, SNAPSHOT_FORMER_KEPT);
	snapshot_flag(words, p->owes_kept, SNAPSHOT_OWES_KEPT);
	snapshot_flag(words, p->owes_ready, SNAPSHOT_OWES_READY);
	snapshot_flag(words, p->reexecs, SNAPSHOT_REEXECS);
	snapshot_flag(words, p->tester != 0 || p->owes_reexeced, SNAPSHOT_REEXEC_LOST);
	snapshot_write(snapshot, words);
}

static void take_words(struct pid1 *p, const uint64_t *words)
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

/* We were supervisord, and connate has died. */
static int succeed(struct pid1 *p)
{
	p->supervisord = 0;
	p->start_at_ms = 0;
	p->report.successions++;
	keep_lock_ours();
	return keep_link();
}

int reexec_read(struct pid1 *p)
{
	uint64_t words[SNAPSHOT_WORDS];
	int error = 0;

	if (!snapshot_read(snapshot, words))
		return -EINVAL;
	take_words(p, words);
	report_read(p);
	if ((words[SNAPSHOT_FLAGS] & SNAPSHOT_SUCCEEDS) != 0) {
		probation_inherit(p);
		error = succeed(p);
	} else {
		/* It may be ahead of what is written down. */
		p->probation = unpack(words[SNAPSHOT_PROBATION]);
		p->probation_ms = words[SNAPSHOT_PROBATION_MS];
	}
	return error < 0 ? error : keep_again(p);
}

/* Below zero, if it comes back at all. Until we listen again, a SIGSEGV that
 * somebody sends would end us: it has to wait. One that comes before we have
 * read what we knew passes it on as it is. */
static int become(struct pid1 *p, int fd)
{
	const char *ours[WORDS] = { "connate", "--supervisor", p->image_path,
		                    "--go-on", snapshot };
	char *const *argv = (char *const *)p->words;
	uint64_t all = ~0ull, faults = FAULTS;
	int error;

	if (p->is_settled)
		make_snapshot(p);
	keep_pass_on();
	for (int k = 0; k < WORDS; k++)
		p->words[k] = ours[k];
	(void)sys_sigprocmask(SIG_SETMASK, &all, NULL); /* cannot fail */
	if (p->folder != NULL)
		(void)sys_chdir(p->folder); /* removed: / will do */
	error = sys_execveat(fd, "", argv, p->envp, AT_EMPTY_PATH);
	if (error == -ENOSYS) /* before Linux 3.19; emulators */
		error = sys_execve("/proc/self/exe", argv, p->envp);
	if (p->folder != NULL)
		(void)sys_chdir("/"); /* it is there */
	(void)sys_sigprocmask(SIG_UNBLOCK, &faults, NULL);
	return error;
}

/* The child of another image */
static void test(void *argument)
{
	struct pid1 *p = argument;
	const char *argv[] = { "connate", "--self-test", snapshot, NULL };

	(void)sys_execveat(candidate, "", (char *const *)argv, p->envp,
	                   AT_EMPTY_PATH);
	sys_exit(127);
}

static void answer(struct pid1 *p, int result, enum death death, int status)
{
	if (candidate != 0)
		(void)sys_close(candidate);
	candidate = 0;
	p->reexecs = false;
	p->owes_reexeced = true;
	p->reexeced = link_make(LINK_REEXECED, result, (int32_t)death, status);
}

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
	make_snapshot(p);
	error = pid1_clone(p, CHILD_TESTER, &p->tester, test);
	if (error >= 0)
		return;
	p->tester = 0;
	answer(p, error, DEATH_NONE, 0);
}

/* It is the new one that answers, then. */
void reexec_tested(struct pid1 *p, const siginfo_t *how)
{
	enum death death =
		how->si_code == CLD_EXITED ? DEATH_EXITED : DEATH_KILLED;
	int error;

	p->tester = 0;
	if (p->killed_for_test != DEATH_NONE)
		death = p->killed_for_test;
	if (death != DEATH_EXITED || how->si_status != snapshot_sum(snapshot)) {
		answer(p, -ECANCELED, death, how->si_status);
		return;
	}
	(void)sys_dup3(candidate, FD_CONNATE, 0); /* both are open */
	p->reexecs = true;
	error = become(p, candidate);
	(void)keep_again(p);
	answer(p, error, DEATH_NONE, 0);
}

void reexec_watch(struct pid1 *p, uint64_t now_ms)
{
	if (p->tester == 0 || now_ms < p->test_at_ms)
		return;
	p->test_at_ms = NEVER_MS;
	p->killed_for_test = DEATH_LATE;
	(void)sys_kill(p->tester, SIGKILL); /* it is our child */
}

/* One fault after the other is not to keep the machine busy. */
static void pause(uint64_t faults)
{
	uint64_t ms = (faults - 1) * FAULT_PAUSE_MS;
	struct __kernel_timespec time = clock_left(
		0, ms < FAULT_PAUSE_MAX_MS ? ms : FAULT_PAUSE_MAX_MS);

	(void)sys_ppoll(NULL, 0, &time);
}

/* On a stack of its own. A child that shares our memory is not us. There is
 * nowhere to go back to: where exec fails, it is tried again. */
static _Noreturn void on_fault(int signal)
{
	struct pid1 *p = faulty;
	uint64_t now_ms = clock_now_ms();
	struct digits d;
	int error;

	if (sys_getpid() != p->self)
		sys_exit(127);
	p->faults = now_ms - p->fault_at_ms < FAULTS_MS ? p->faults + 1 : 1;
	if (!p->is_settled)
		p->faults = 2; /* who knows how many it were */
	p->fault_at_ms = now_ms;
	message("connate: SIG", text_signal(&d, signal),
	        ": starting itself again", NULL);
	for (;; p->faults++) {
		pause(p->faults);
		error = become(p, FD_CONNATE);
		message("connate: cannot start itself: ", text_error(&d, error),
		        "; trying again", NULL);
	}
}

/* Nobody is to see this word in the list of processes for ever. */
static void take_snapshot(char *word)
{
	for (int i = 0; *word != '\0'; i++, *word++ = '\0')
		if (i < SNAPSHOT_BYTES - 1)
			snapshot[i] = *word;
}

void reexec_arm(struct pid1 *p)
{
	const struct sigaltstack stack = { .ss_sp = fault_stack,
		                           .ss_size = sizeof(fault_stack) };
	struct sigaction action = {
		.sa_handler = on_fault,
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
		take_snapshot(p->snapshot);
	memset(&action.sa_mask, 0xff, sizeof(action.sa_mask)); /* one at a time */
	(void)sys_sigaltstack(&stack); /* none of these can fail */
	for (int n = 1; n <= 64; n++)
		if ((faults & SIGNAL_BIT(n)) != 0)
			(void)sys_sigaction(n, &action, NULL);
	(void)sys_sigprocmask(SIG_UNBLOCK, &faults, NULL);
}
