/* SPDX-License-Identifier: MIT */
/* --history: a process of its own beside the logger, as no call waits for a futex
 * and for pipes, and so that a disk that hangs under the history holds up no line
 * of a service. It shares nothing with the logger but the command line: it reads
 * the ledger and writes its file. The kernel kills it with the logger
 * (PR_SET_PDEATHSIG); what it has not written then is written by its successor,
 * which goes on behind the last line (chronicle.c). It sleeps until something
 * changes. */
#include "log/history.h"

#include "log/chronicle.h"
#include "log/options.h"
#include "log/source.h"
#include "log/turn.h"
#include "model/moment.h"
#include "model/text.h"
#include "sys/call.h"
#include "sys/clock.h"
#include "sys/message.h"

enum { AGAIN_MS = 1000, CHECK_MS = 2000 };

static uint32_t connate;            /* its pid; 0: it is not known */
static int32_t helper;              /* the pid of that process; 0: none runs */
static uint64_t start_ms;           /* not before that */
static uint64_t check_ms;           /* when its ledger is looked at again */
static uint64_t *mapped;            /* the inode of that ledger, in memory that
                                       the process shares; or NULL */

/* Said once, until it can be read again. */
static void say_source(int error)
{
	static int said;
	struct digits d;

	if (error < 0 && said == 0 && error != -EAGAIN)
		message("connate-log: --history: the ledger of connate cannot "
		        "be read: ",
		        error == -EPROTO ? "it is of another version"
		                         : text_error(&d, error),
		        error == -EACCES
		                ? "; it has to run as the user of connate"
		                : "; it is tried again",
		        NULL);
	if (error != -EAGAIN)
		said = error < 0 ? error : 0;
}

static void say_file(int error)
{
	static int said;
	struct digits d;

	if (error < 0 && said == 0)
		message("connate-log: cannot write the history ",
		        options.history, ": ", text_error(&d, error),
		        "; it is tried again", NULL);
	if (error >= 0 && said < 0)
		message("connate-log: the history can be written again", NULL);
	said = error < 0 ? error : 0;
}

/* What the former ledger still has is written before it is given up, as the new
 * one may not have the names of all its services. */
static int open_source(void)
{
	int error;

	if (source != NULL && source->moved == 0)
		return 0;
	if (source != NULL)
		(void)chronicle_go_on(); /* else from the next one */
	error = source_open(connate);
	if (error >= 0 && mapped != NULL)
		__atomic_store_n(mapped, source_mapped, __ATOMIC_RELAXED);
	say_source(error);
	chronicle_moved();
	return error;
}

static _Noreturn void run(int parent)
{
	/* Ended by then: it has another parent. */
	if (sys_prctl(PR_SET_PDEATHSIG, SIGKILL, 0) < 0 ||
	    sys_getppid() != parent)
		sys_exit(1);
	(void)sys_close_range(3, ~0u, 0); /* else they stay open unused */
	for (;;) {
		uint32_t seen = 0;
		int error = open_source();

		if (error >= 0) {
			seen = __atomic_load_n(&source->change,
			                       __ATOMIC_ACQUIRE);
			error = chronicle_go_on();
			say_file(error);
		}
		(void)turn_reap(0); /* compressors */
		source_wait(seen, error < 0);
	}
}

/* Is a history wanted, and no process writes it? */
bool history_is_due(void)
{
	return options.history != NULL && connate != 0 && helper == 0;
}

/* A ledger that is given up, or of an image that is rolled back, is not touched any
 * more: no word of it tells the process that another one is in force. So when
 * services say something, every two seconds at most, it is looked at which one
 * is; if twice another one than that of the process, that is ended, and the next
 * one opens the right one. */
static void check_ledger(void)
{
	static uint64_t other;
	uint64_t now_ms, inode;

	if (helper == 0 || mapped == NULL)
		return;
	now_ms = clock_now_ms();
	if (now_ms < check_ms)
		return;
	check_ms = now_ms + CHECK_MS;
	inode = source_inode(connate);
	if (inode == __atomic_load_n(mapped, __ATOMIC_RELAXED))
		inode = 0;
	if (inode != 0 && inode == other)
		(void)sys_kill(helper, SIGKILL); /* it is our child */
	other = inode;
}

/* Starts that process, if it is due and did not end just now; if it runs, looks
 * whether it has the right ledger. To be called each time that the loop comes
 * round. All signals are blocked. */
void history_go_on(void)
{
	int32_t pid = 0;
	int parent = sys_getpid(), child;

	check_ledger();
	if (!history_is_due() || clock_now_ms() < start_ms)
		return;
	start_ms = clock_now_ms() + AGAIN_MS;
	child = sys_fork(&pid);
	if (child == 0)
		run(parent);
	helper = child > 0 ? child : 0; /* else it is due again */
}

/* Starts the history of the connate that the environment names. */
void history_begin(char *const *envp)
{
	const char *text = text_value(envp, "CONNATE_PID", 11);
	uint64_t pid = 0;
	long at;

	if (options.history == NULL)
		return;
	if (text == NULL || !text_to_number(text, INT32_MAX, &pid) || pid == 0)
		message("connate-log: --history: CONNATE_PID is not set; it "
		        "has to be started by connate", NULL);
	connate = (uint32_t)pid;
	at = sys_mmap(NULL, sizeof(*mapped), PROT_READ | PROT_WRITE,
	              MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (at > 0 || at < -4096)
		mapped = (uint64_t *)at; /* else it is not looked at */
	history_go_on();
}

/* SIGCHLD: children have ended. */
void history_reap(void)
{
	if (turn_reap(helper) && helper != 0)
		helper = 0;
}

/* The logger ends: what has happened until now is written. The process is ended
 * first, so that one of the two writes; killed within a line, that is cut off. */
void history_finish(void)
{
	siginfo_t info = { 0 };

	if (options.history == NULL || connate == 0)
		return;
	if (helper != 0) {
		(void)sys_kill(helper, SIGKILL); /* it is our child */
		while (sys_waitid(P_PID, helper, &info, WEXITED) == -EINTR)
			;
		helper = 0;
	}
	if (source_open(connate) >= 0)
		say_file(chronicle_go_on());
}
