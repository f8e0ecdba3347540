/* SPDX-License-Identifier: MIT */
/* A guard: supervisord --guard N. It stands between supervisord and the program
 * of one service, as the parent of the program and as the subreaper of all that
 * descends from it (prctl(2), PR_SET_CHILD_SUBREAPER): a process that loses its
 * parent becomes a child of the guard, and none escapes. It does its part
 * alone: supervisord may be dead or stopped. What supervisord has to know is on
 * the board, in the word `main`, which only the guard writes once the kernel
 * has stored the pid (model/ledger.h), and a request tells supervisord to look.
 * Peek, record, release, as everywhere.
 *
 *     SIGTERM  stop: the signal of .stop to the program
 *     SIGQUIT  kill
 *     GUARD_SIGNAL, with a pid: by a message of the service (notify.c) that is
 *              its program now; 0: all was read that it had said when supervisord
 *              was told to look
 *
 * The program is a child of the guard, or, if the service has named it itself,
 * a process that descends from it: then its pidfd tells that it has ended.
 *
 * It exits with 0 when its program has ended and, by .stop_all, nothing is
 * left. */
#include "supervisord/guard/guard.h"

#include "model/request.h"
#include "model/text.h"
#include "supervisord/base/memory.h"
#include "supervisord/base/privilege.h"
#include "supervisord/base/supervisor.h"
#include "supervisord/guard/main_process.h"
#include "supervisord/io/descriptors.h"
#include "supervisord/process/exec.h"
#include "supervisord/process/owner.h"
#include "supervisord/process/spawn.h"
#include "supervisord/tree/proc.h"
#include "supervisord/tree/process.h"
#include "supervisord/tree/tree.h"
#include "sys/capability.h"
#include "sys/clock.h"
#include "sys/message.h"
#include "sys/reap.h"

enum {
	EXIT_CANNOT = 126,
	GUARD_REAP_MAX = 256,   /* ends, before signals have their turn */
	KILL_ROUNDS = 16,       /* of killing children; then the tree at once */
	KILL_TREE_MS = 100,     /* or after this; doubled each time … */
	GIVE_UP_MS = 3200,      /* … and the last time is said */
	WORD_MS = 2000,         /* for supervisord to read a last message */
};

static struct guard {
	uint32_t service;
	const struct table_service *s;
	struct board_entry *entry; /* main is the guard's, once the kernel has
	                              stored the pid */
	int32_t main;           /* the program; 0: not yet, or no more */
	int refused;            /* -errno of the last try to start it */
	int32_t group;          /* that is to stop; 0: none */
	bool started, ended;    /* there was a program; the last has ended */
	bool arrived;           /* it has done exec, or ended */
	bool ready;             /* MAIN_READY was stored */
	bool stopping, killing; /* SIGTERM, SIGQUIT came */
	bool rest_told;         /* SIGTERM was sent to what was left */
	bool news;              /* supervisord is still to be told */
	bool again;             /* there is more to reap */
	uint64_t now_ms, start_at_ms, kill_tree_at_ms;
	uint64_t succeeded_at_ms; /* when main took over from another process */
	uint64_t ended_at_ms;   /* when main ended */
	uint64_t word_at_ms;    /* main is a zombie: until when its last message
	                           is awaited, or that its parent reaps it;
	                           0: it is none */
	int looks;              /* requests to look without an answer yet */
	bool named;             /* main was named by the service */
	bool main_gone;         /* main_fd is readable */
	int main_fd;            /* pidfd of a main that is no child; -1 */
	struct exec_look look;
	uint32_t kill_tree_ms, rounds;
	int signal_fd;
} guard;

static struct tree descendants; /* its spare is the guard: set_up_guard() */

static const char *own_name(void)
{
	return name_of(guard.service);
}

static _Noreturn void give_up(const char *service, const char *what, int error)
{
	struct digits d;

	message("guard: ", service, ": ", what, error < 0 ? ": " : "",
	        error < 0 ? text_error(&d, error) : "", NULL);
	sys_exit(EXIT_CANNOT);
}

/* The process that has forked it has exited, but another fork may be to come;
 * told to stop between the two, it leaves the child behind. */
static bool is_daemon(void)
{
	uint64_t until_ms = guard.ended ? guard.ended_at_ms : guard.now_ms;

	return guard.ready &&
	       until_ms >= guard.succeeded_at_ms + DAEMON_SETTLED_MS;
}

/* Before it is a daemon, all that a program has started is part of its attempt
 * to become one. A program that was named leaves its predecessor, and whatever
 * that has started. */
static bool all_must_go(void)
{
	return guard.s->stop_all || guard.named ||
	       (guard.s->ready == READY_KIND_DAEMONIZE && !is_daemon());
}

static bool has_children(void)
{
	siginfo_t how;

	return sys_waitid(P_ALL, 0, &how, WEXITED | WNOHANG | WNOWAIT) !=
	       -ECHILD;
}

static void store_main(int32_t main)
{
	__atomic_store_n(&guard.entry->main, main, __ATOMIC_RELEASE);
}

static void say_not_sent(int signal, int error)
{
	struct digits d, e;

	if (error < 0 && error != -ESRCH)
		message("guard: ", own_name(), ": cannot send SIG",
		        text_signal(&d, signal), ": ", text_error(&e, error),
		        NULL);
}

/* To the process group of the program, as supervisord does without a guard
 * (doc/why/0006): its own, or that of the process which has made it. A child
 * between clone and setsid(2) is in the group of the guard still. */
static void find_group(void)
{
	struct proc p = { .group = 0 };

	privilege_raise();
	if (!proc_find(guard.main, &p) || p.group <= 1 ||
	    p.group == sys_getpid())
		p.group = guard.main;
	privilege_lower();
	guard.group = p.group;
}

static int signal_main_group(int signal)
{
	find_group();
	return process_signal_group(guard.group, guard.main, signal);
}

/* A process stopped by SIGSTOP would not act on the signal. */
static void signal_main(int signal)
{
	if (guard.main == 0)
		return;
	say_not_sent(signal, signal_main_group(signal));
	if (signal != SIGKILL)
		(void)signal_main_group(SIGCONT);
}

/* A command of .stop is run by supervisord. */
static void stop_main(void)
{
	if (guard.s->stop.kind == ACTION_SIGNAL)
		signal_main((int)guard.s->stop.at);
	else if (guard.main != 0)
		find_group();
}

/* Starting */

static void say_refused(int error)
{
	struct digits d;

	message("guard: ", own_name(), ": cannot start its program: ",
	        text_error(&d, error),
	        error == -EAGAIN
	                ? " (ulimit -u and pids.max have to allow one more)"
	                : "",
	        "; trying again", NULL);
}

static void start_program(void)
{
	int pid;

	if (guard.started || guard.now_ms < guard.start_at_ms)
		return;
	pid = spawn_guarded(guard.service);
	if (pid == -EAGAIN || pid == -ENOMEM) {
		guard.start_at_ms = guard.now_ms + LAUNCH_AGAIN_MS;
		if (guard.refused != pid)
			say_refused(pid);
		guard.refused = pid;
		return;
	}
	if (pid < 0)
		give_up(own_name(), "cannot start a process", pid);
	guard.started = true;
	guard.main = pid;
	exec_look_begin(&guard.look, guard.now_ms);
}

static void store_ready(void)
{
	guard.ready = true;
	store_main(guard.main | MAIN_READY);
}

static void look_for_exec(void)
{
	if (guard.arrived || guard.main == 0 || guard.now_ms < guard.look.at_ms)
		return;
	guard.arrived = spawn_arrived();
	if (!guard.arrived) {
		exec_look_again(&guard.look, guard.now_ms);
		return;
	}
	guard.news = true;
	if (guard.s->ready != READY_KIND_DAEMONIZE &&
	    __atomic_load_n(&guard.entry->failure, __ATOMIC_ACQUIRE) == 0)
		store_ready();
}

/* Ends */

/* A daemon starts by exiting with 0, and so it hands over to a successor, as
 * does a program with .hands_over. When one that was up is to stop, this is how
 * it stops. */
static bool hands_over(const siginfo_t *how)
{
	return (guard.s->ready == READY_KIND_DAEMONIZE ||
	        guard.s->hands_over) && !guard.killing &&
	       !(guard.stopping && guard.ready) &&
	       how->si_code == ENDING_EXITED && how->si_status == 0;
}

static void forget_main(void)
{
	if (guard.main_fd >= 0)
		(void)sys_close(guard.main_fd); /* it was only polled */
	guard.main_fd = -1;
	guard.main_gone = false;
	guard.word_at_ms = 0;
}

static void set_successor(int32_t pid)
{
	forget_main();
	guard.main = pid;
	guard.succeeded_at_ms = guard.now_ms;
	guard.arrived = guard.ready = guard.news = true;
	store_main(pid | MAIN_READY);
	if (guard.stopping)
		stop_main();
}

/* In its first seconds a daemon has no processes of other users yet, but may
 * have given itself another user. */
static int32_t find_successor(void)
{
	enum main_process_user which =
		is_daemon() ? MAIN_HAS_OUR_USER : MAIN_PREFERS_OUR_USER;

	return main_process_find(guard.main, owner_of(guard.service), which,
	                         guard.s->ready != READY_KIND_DAEMONIZE);
}

static void main_has_ended(const siginfo_t *how)
{
	int32_t successor;

	privilege_raise();
	successor = hands_over(how) ? find_successor() : 0;
	privilege_lower();
	if (successor != 0) {
		set_successor(successor);
		return;
	}
	forget_main();
	store_main(main_end(how->si_code, how->si_status));
	guard.main = 0;
	guard.ended_at_ms = guard.now_ms;
	guard.ended = guard.news = true;
}

/* The program has exited with 0, and may have named another one just before:
 * supervisord reads that first, and then says so. */
static bool awaits_word(const siginfo_t *how)
{
	if (guard.s->ready != READY_KIND_SD_NOTIFY || guard.stopping ||
	    guard.killing || how->si_code != ENDING_EXITED ||
	    how->si_status != 0)
		return false;
	if (guard.word_at_ms == 0) {
		guard.word_at_ms = guard.now_ms + WORD_MS;
		guard.news = true;
	}
	return guard.now_ms < guard.word_at_ms;
}

/* Of a main that is the child of another process. */
static union ending ending_of_named(void)
{
	struct pidfd_info info = { .mask = PIDFD_INFO_EXIT };

	if (sys_ioctl(guard.main_fd, PIDFD_GET_INFO, &info) >= 0 &&
	    (info.mask & PIDFD_INFO_EXIT) != 0)
		return ending_from_wait((uint32_t)info.exit_code);
	return (union ending){ .code = 0 };
}

/* The kernel tells how it ended once its parent has reaped it, for which that
 * has WORD_MS. */
static void end_named(void)
{
	siginfo_t how;
	union ending ending;

	if (!guard.main_gone)
		return;
	ending = ending_of_named();
	if (guard.word_at_ms == 0)
		guard.word_at_ms = guard.now_ms + WORD_MS;
	if (ending.code == 0 && guard.now_ms < guard.word_at_ms)
		return;
	how.si_code = ending.code;
	how.si_status = ending.status;
	main_has_ended(&how);
}

static void reap_all(void)
{
	siginfo_t how;

	guard.again = false;
	for (int i = 0; i < GUARD_REAP_MAX; i++) {
		if (!reap_peek(P_ALL, 0, &how))
			return;
		if (how.si_pid == guard.main) {
			if (awaits_word(&how))
				return;
			main_has_ended(&how);
		}
		reap_release(how.si_pid);
	}
	guard.again = true;
}

static int stop_rest(void)
{
	struct tree_pass told;

	privilege_raise();
	told = tree_signal(&descendants, SIGTERM);
	privilege_lower();
	return told.error;
}

/* What the program has left is told to stop. supervisord limits the time for
 * that. */
static void end_rest(void)
{
	if (!guard.ended || guard.rest_told || !all_must_go() ||
	    !has_children())
		return;
	guard.rest_told = guard.news = true;
	if (!guard.killing)
		say_not_sent(SIGTERM, stop_rest());
}

/* A stop is for the group of the program, which may end before the others of
 * it; one that ends by itself leaves them (supervisord/process/groups.c). */
static bool group_is_left(void)
{
	return guard.group > 1 && process_group_has_child(guard.group);
}

static bool is_over(void)
{
	if (!guard.started)
		return guard.stopping || guard.killing;
	return guard.ended &&
	       !(all_must_go() ? has_children() : group_is_left());
}

/* Killing */

/* Children keep their numbers until the guard reaps them; their children become
 * children of the guard. */
static void kill_children(void)
{
	struct proc_list children;
	struct proc p;

	privilege_raise();
	(void)proc_list_children(&children, descendants.spare); /* or empty */
	while (proc_each(&children, &p))
		if (p.parent == descendants.spare)
			(void)sys_kill(p.pid, SIGKILL); /* later again */
	privilege_lower();
}

static void say_undead(int error)
{
	char text[TREE_TEXT];
	struct digits d;

	privilege_raise();
	(void)tree_names(&descendants, text);
	privilege_lower();
	if (text[0] == '\0')
		return;
	if (error < 0)
		message("guard: ", own_name(), ": cannot kill ", text, ": ",
		        text_error(&d, error), NULL);
	else
		message("guard: ", own_name(), ": ", text,
		        " does not die of SIGKILL", NULL);
}

/* For processes that fork while they are killed, or that descend from one that
 * does not die. */
static void kill_tree(void)
{
	struct tree_pass last;

	privilege_raise();
	(void)sys_setpriority(0, 0, -20); /* where it is allowed */
	last = tree_kill(&descendants);
	privilege_lower();
	guard.rounds = 0;
	if (guard.now_ms < guard.kill_tree_at_ms)
		return;
	if (guard.kill_tree_ms >= GIVE_UP_MS) {
		guard.kill_tree_at_ms = NEVER_MS;
		say_undead(last.error);
		return;
	}
	guard.kill_tree_ms *= 2;
	guard.kill_tree_at_ms = guard.now_ms + guard.kill_tree_ms;
}

/* Each time that children have ended: their children have become the
 * guard's. */
static void kill_more(void)
{
	if (!guard.killing || !all_must_go())
		return;
	kill_children();
	if (++guard.rounds >= KILL_ROUNDS ||
	    guard.now_ms >= guard.kill_tree_at_ms)
		kill_tree();
}

static void begin_to_kill(void)
{
	if (guard.killing)
		return;
	guard.killing = true;
	guard.kill_tree_ms = KILL_TREE_MS;
	guard.kill_tree_at_ms = guard.now_ms + guard.kill_tree_ms;
	signal_main(SIGKILL);
	if (guard.main == 0 && group_is_left())
		(void)sys_kill(-guard.group, SIGKILL); /* it may end now */
}

static void begin_to_stop(void)
{
	guard.stopping = true;
	stop_main();
}

/* By a pidfd, if it is the child of another process: without that (before Linux
 * 5.3) the main process stays the same. */
static void follow(int32_t pid)
{
	struct proc p;
	int fd = -1;

	if (guard.main == 0 || pid == guard.main || !proc_find(pid, &p) ||
	    !proc_descends(&p, descendants.spare, PROCESS_PARENTS))
		return;
	if (p.parent != descendants.spare && (fd = sys_pidfd_open(pid)) < 0)
		return;
	guard.named = true;
	set_successor(pid);
	guard.main_fd = fd;
}

static void hear_word(int32_t pid)
{
	if (pid == 0 && --guard.looks == 0)
		guard.word_at_ms = earlier(guard.word_at_ms, guard.now_ms);
	privilege_raise();
	if (pid > 1)
		follow(pid);
	privilege_lower();
}

static void read_signals(void)
{
	struct signalfd_siginfo info;

	while (sys_read(guard.signal_fd, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo == SIGTERM)
			begin_to_stop();
		if (info.ssi_signo == SIGQUIT)
			begin_to_kill();
		if (info.ssi_signo == GUARD_SIGNAL)
			hear_word(info.ssi_int);
	}
}

/* A request in one packet; if the pipe is full, later. If it is lost, that does
 * no harm: a new supervisord looks at all services. */
static void send_news(void)
{
	static struct request r;
	long done;

	if (!guard.news)
		return;
	r.verb = REQUEST_LOOK;
	r.argument = (uint32_t)sys_getpid();
	done = sys_write(FD_REQUEST_OUT, &r, request_seal(&r));
	guard.news = done == -EAGAIN || done == -EINTR;
	guard.looks += done > 0;
}

static uint64_t due_ms(void)
{
	uint64_t at = NEVER_MS;

	if (guard.again || (guard.main_gone && guard.word_at_ms == 0))
		return guard.now_ms;
	if (!guard.started)
		at = guard.start_at_ms;
	if (guard.main != 0 && !guard.arrived)
		at = guard.look.at_ms;
	if (guard.killing && all_must_go())
		at = earlier(at, guard.kill_tree_at_ms);
	return guard.word_at_ms != 0 ? earlier(at, guard.word_at_ms) : at;
}

static void wait_for_more(void)
{
	uint64_t until = due_ms();
	struct __kernel_timespec timeout = clock_left(clock_now_ms(), until);
	struct pollfd fds[] = {
		{ .fd = guard.signal_fd, .events = POLLIN },
		{ .fd = guard.news ? FD_REQUEST_OUT : -1, .events = POLLOUT },
		{ .fd = guard.main_fd,
		  .events = guard.word_at_ms == 0 ? POLLIN : 0 },
	};

	/* An error: there was no memory, and all is looked at. */
	(void)sys_ppoll(fds, 3, until == NEVER_MS ? NULL : &timeout);
	guard.main_gone |= fds[2].revents != 0;
}

static _Noreturn void go_on(void)
{
	for (;; wait_for_more()) {
		guard.now_ms = clock_now_ms();
		read_signals();
		reap_all();
		end_named();
		end_rest();
		if (is_over())
			sys_exit(0);
		start_program();
		look_for_exec();
		kill_more();
		send_news();
	}
}

/* Coming up */

/* supervisord has checked the ledger. It is the ledger by which the guard was
 * started, whichever is in force by now; so a guard starts as fast with 10,000
 * services as with one. */
static const char *map_ledger(void)
{
	struct stat status;
	long address = -EINVAL;

	if (sys_fstat(FD_LEDGER, &status) >= 0 &&
	    status.st_size >= LEDGER_HEADER)
		address = sys_mmap(NULL, (size_t)status.st_size, PROT_READ,
		                   MAP_SHARED, FD_LEDGER, 0);
	if (address < 0 && address > -MEMORY_PAGE)
		return "there is no ledger; a guard is started by supervisord";
	supervisor.ledger = (struct ledger *)address;
	if (supervisor.ledger->magic != LEDGER_MAGIC ||
	    supervisor.ledger->version != LEDGER_VERSION)
		return "the ledger is of another version";
	supervisor.world.table = ledger_table(supervisor.ledger);
	return NULL;
}

static void set_service(const char *number)
{
	const char *wrong = map_ledger();
	uint64_t service;
	void *vectors;

	if (wrong != NULL)
		give_up(number, wrong, 0);
	if (!text_to_number(number, supervisor.world.table->services - 1,
	                    &service))
		give_up(number, "there is no such service", 0);
	guard.service = (uint32_t)service;
	guard.s = configured(guard.service);
	if (board_open(guard.s->board_entry, guard.s->board_entry + 1) < 0 ||
	    (vectors = memory_map(spawn_vector_bytes(1))) == NULL)
		give_up(own_name(), "there is no memory", 0);
	spawn_place(vectors, NULL, 0);
	guard.entry = board_entry_of(guard.service);
}

static int open_signals(void)
{
	uint64_t all = ~0ull, ours = SIGNAL_BIT(SIGCHLD) | SIGNAL_BIT(SIGTERM) |
	                             SIGNAL_BIT(SIGQUIT) |
	                             SIGNAL_BIT(GUARD_SIGNAL);

	(void)sys_sigprocmask(SIG_SETMASK, &all, NULL); /* cannot fail */
	return sys_signalfd(-1, &ours, O_NONBLOCK | O_CLOEXEC);
}

/* A session of its own, so that SIGQUIT of a terminal does not reach it; and in
 * packet mode a write to the request pipe is read as one message (pipe(7)). */
static void set_up_guard(void)
{
	int error = sys_prctl(PR_SET_CHILD_SUBREAPER, 1, 0); /* Linux 3.4 */

	descendants.spare = sys_getpid();
	guard.main_fd = -1;
	if (error < 0)
		give_up(own_name(), "cannot adopt orphans", error);
	guard.signal_fd = open_signals();
	if (guard.signal_fd < 0)
		give_up(own_name(), "cannot make a signalfd", guard.signal_fd);
	(void)sys_setsid(); /* it fails only if that is so already */
	(void)sys_prctl(PR_SET_NAME, (unsigned long)"guard", 0);
	(void)sys_fcntl(FD_REQUEST_OUT, F_SETFL, O_NONBLOCK | O_DIRECT);
	descriptors_close_on_exec();
	if (!proc_usable())
		message("guard: ", own_name(),
		        ": there is no /proc: only the "
		        "process group of its program can be ended",
		        NULL);
}

/* The program `supervisord --guard N`, N a service of the ledger that it
 * inherits (model/descriptor.def). Exits with 0 when its work is done, with 126
 * if it cannot begin, which is said. */
int guard_main(int argc, char **argv, char **envp)
{
	const char *number = argc > 2 ? argv[2] : "";

	(void)sys_refuse_exec_gain(); /* before Linux 6.6 there is none */
	privilege_begin(CAPABILITY(CAP_KILL)); /* programs of other users */
	supervisor.envp = envp;
	set_service(number);
	set_up_guard();
	go_on();
}
