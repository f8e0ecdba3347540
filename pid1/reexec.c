/* SPDX-License-Identifier: MIT */
/* We become ourselves again by exec(2): another version of us, because it was
 * asked for, or this one, because of a fault in it. We keep our pid, our
 * children and our descriptors. Nothing is lost meanwhile: signals are blocked
 * and stay pending, messages stay in the link, the dead stay zombies. What is
 * left to know goes along as a word of the command line (model/memo.h). */
#include "model/memo.h"
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
static char memo[MEMO_BYTES];
static struct pid1 *faulty; /* for the handler */
static int candidate;       /* the image that is tested; 0: none */

static void memo_flag(uint64_t *words, bool set, enum memo_flag flag)
{
	if (set)
		words[MEMO_FLAGS] |= flag;
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

static void make_memo(const struct pid1 *p)
{
	uint64_t words[MEMOS] = {
		[MEMO_VERSION] = 1,
		[MEMO_SUPERVISORD] = (uint64_t)p->supervisord,
		[MEMO_STARTED_MS] = p->started_ms,
		[MEMO_START_AT_MS] = p->start_at_ms,
		[MEMO_SIGNALS] = p->signals,
		[MEMO_HALT] = (uint64_t)p->halt << 8 | (uint8_t)p->code,
		[MEMO_END_SIGNAL] = (uint64_t)p->end_signal,
		[MEMO_END_AT_MS] = p->end_at_ms,
		[MEMO_FILES_SOFT] = p->files.rlim_cur,
		[MEMO_FILES_HARD] = p->files.rlim_max,
		[MEMO_NUMBER] = p->number,
		[MEMO_FAULTS] = p->faults,
		[MEMO_FAULT_AT_MS] = p->fault_at_ms,
		[MEMO_RESCUER] = (uint64_t)p->rescuer,
		[MEMO_PROBATION] = pack(p->probation),
		[MEMO_PROBATION_MS] = p->probation_ms,
	};

	memo_flag(words, p->adopted, MEMO_ADOPTED);
	memo_flag(words, p->ever_adopted, MEMO_EVER_ADOPTED);
	memo_flag(words, p->drained, MEMO_DRAINED);
	memo_flag(words, p->trying, MEMO_TRYING);
	memo_flag(words, p->former_kept, MEMO_FORMER_KEPT);
	memo_flag(words, p->owes_kept, MEMO_OWES_KEPT);
	memo_flag(words, p->owes_ready, MEMO_OWES_READY);
	memo_flag(words, p->reexecs, MEMO_REEXECS);
	memo_flag(words, p->tester != 0 || p->owes_reexeced, MEMO_REEXEC_LOST);
	memo_write(memo, words);
}

static void take_words(struct pid1 *p, const uint64_t *words)
{
	uint64_t flags = words[MEMO_FLAGS];

	p->supervisord = (int)words[MEMO_SUPERVISORD];
	p->started_ms = words[MEMO_STARTED_MS];
	p->start_at_ms = words[MEMO_START_AT_MS];
	p->signals = words[MEMO_SIGNALS];
	p->halt = (enum halt)(words[MEMO_HALT] >> 8);
	p->code = (int)(words[MEMO_HALT] & 255);
	p->end_signal = (int)words[MEMO_END_SIGNAL];
	p->end_at_ms = words[MEMO_END_AT_MS];
	p->files.rlim_cur = words[MEMO_FILES_SOFT];
	p->files.rlim_max = words[MEMO_FILES_HARD];
	p->number = (uint32_t)words[MEMO_NUMBER];
	p->faults = words[MEMO_FAULTS];
	p->fault_at_ms = words[MEMO_FAULT_AT_MS];
	p->rescuer = (int)words[MEMO_RESCUER];
	p->adopted = (flags & MEMO_ADOPTED) != 0;
	p->ever_adopted = (flags & MEMO_EVER_ADOPTED) != 0;
	p->drained = (flags & MEMO_DRAINED) != 0;
	p->trying = (flags & MEMO_TRYING) != 0;
	p->former_kept = (flags & MEMO_FORMER_KEPT) != 0;
	p->owes_kept = (flags & MEMO_OWES_KEPT) != 0;
	p->owes_ready = (flags & MEMO_OWES_READY) != 0;
	p->owes_reexeced = (flags & (MEMO_REEXECS | MEMO_REEXEC_LOST |
	                             MEMO_SUCCEEDS)) != 0;
	p->reexeced = (flags & MEMO_REEXECS) != 0
	                      ? link_make(LINK_REEXECED, 0, 0, 0)
	                      : link_make(LINK_REEXECED, -ECANCELED,
	                                  DEATH_KILLED, SIGKILL);
}

/* We were supervisord, and connate has died. */
static int succeed(struct pid1 *p)
{
	p->supervisord = 0;
	p->start_at_ms = 0;
	p->note.successions++;
	keep_lock_ours();
	return keep_link();
}

int reexec_read(struct pid1 *p)
{
	uint64_t words[MEMOS];
	int error = 0;

	if (!memo_read(memo, words))
		return -EINVAL;
	take_words(p, words);
	note_read(p);
	if ((words[MEMO_FLAGS] & MEMO_SUCCEEDS) != 0) {
		probation_inherit(p);
		error = succeed(p);
	} else {
		/* It may be ahead of what is written down. */
		p->probation = unpack(words[MEMO_PROBATION]);
		p->probation_ms = words[MEMO_PROBATION_MS];
	}
	return error < 0 ? error : keep_again(p);
}

/* Below zero, if it comes back at all. Until we listen again, a SIGSEGV that
 * somebody sends would end us: it has to wait. One that comes before we have
 * read what we knew passes it on as it is. */
static int become(struct pid1 *p, int fd)
{
	const char *ours[WORDS] = { "connate", "--supervisor", p->image_path,
		                    "--go-on", memo };
	char *const *argv = (char *const *)p->words;
	uint64_t all = ~0ull, faults = FAULTS;
	int error;

	if (p->is_settled)
		make_memo(p);
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
	const char *argv[] = { "connate", "--self-test", memo, NULL };

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
	make_memo(p);
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
	if (death != DEATH_EXITED || how->si_status != memo_sum(memo)) {
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
static void take_memo(char *word)
{
	for (int i = 0; *word != '\0'; i++, *word++ = '\0')
		if (i < MEMO_BYTES - 1)
			memo[i] = *word;
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
	if (p->memo != NULL)
		take_memo(p->memo);
	memset(&action.sa_mask, 0xff, sizeof(action.sa_mask)); /* one at a time */
	(void)sys_sigaltstack(&stack); /* none of these can fail */
	for (int n = 1; n <= 64; n++)
		if ((faults & SIGNAL_BIT(n)) != 0)
			(void)sys_sigaction(n, &action, NULL);
	(void)sys_sigprocmask(SIG_UNBLOCK, &faults, NULL);
}
