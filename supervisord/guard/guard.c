/* SPDX-License-Identifier: MIT */
/* A guard: supervisord --guard N. It stands between supervisord and the
 * program of one service, as its parent and as the subreaper of all that comes
 * of it: so whoever loses its parent becomes ours, and nobody gets away. It
 * does its part alone. supervisord may be dead or stopped: what it has to know
 * is on the board, in the word `main`, which only we write once the kernel has
 * (ledger.h), and a request tells it to look. Peek, record, release, as everywhere.
 *
 *     SIGTERM  stop: .stop's signal to the program
 *     SIGQUIT  kill
 *
 * It ends, with 0, when its program has and, by .stop_all, nothing is left. */
#include "supervisord/base/supervisor.h"

#include "model/text.h"
#include "supervisord/guard/main_process.h"
#include "supervisord/tree/tree.h"
#include "supervisord/tree/proc.h"
#include "sys/capability.h"
#include "sys/clock.h"
#include "sys/message.h"
#include "sys/reap.h"

enum {
	EXIT_CANNOT = 126,
	GUARD_REAP_MAX = 256,   /* before signals have their turn */
	HUNT_ROUNDS = 16,       /* of killing children, then all at once */
	HUNT_AFTER_MS = 100,    /* likewise; doubled each time … */
	HUNT_GIVE_UP_MS = 3200, /* … and the last time is reported */
};

static struct guard {
	uint32_t service;
	const struct table_service *s;
	struct board_entry *entry;    /* main is ours, once the kernel has stored it */
	int32_t main;           /* the program; 0: not yet, or no more */
	bool started, ended;    /* was there one; has the last ended */
	bool arrived;           /* it has done exec, or ended */
	bool ready;             /* MAIN_READY was said */
	bool stopping, killing; /* SIGTERM, SIGQUIT came */
	bool rest_told;         /* SIGTERM went to what was left */
	bool look;              /* supervisord is still to be told */
	bool again;             /* there is more to reap */
	uint64_t now_ms, start_at_ms, look_at_ms, hunt_at_ms;
	uint64_t heir_at_ms, ended_at_ms; /* main took over; has ended */
	uint32_t look_ms, hunt_ms, rounds;
	int signal_fd;
} guard;

static const struct hunt descendants = { .tag = NULL };

static const char *name(void)
{
	return table_name(supervisor.world.table, guard.service);
}

static _Noreturn void give_up(const char *service, const char *what, int error)
{
	struct digits d;

	message("guard: ", service, ": ", what, error < 0 ? ": " : "",
	        error < 0 ? text_error(&d, error) : "", NULL);
	sys_exit(EXIT_CANNOT);
}

/* Its parent has ended, but another fork may be to come; told to stop between
 * the two, it leaves the child behind. */
static bool is_daemon(void)
{
	uint64_t until_ms = guard.ended ? guard.ended_at_ms : guard.now_ms;

	return guard.ready && until_ms >= guard.heir_at_ms + DAEMON_SETTLED_MS;
}

/* Before it counts as a daemon, all that a program has started is part of an
 * attempt to become one. */
static bool all_must_go(void)
{
	return guard.s->stop_all ||
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

static void say_failed(int signal, int error)
{
	struct digits d, e;

	if (error < 0 && error != -ESRCH)
		message("guard: ", name(), ": cannot send SIG",
		        text_signal(&d, signal), ": ", text_error(&e, error),
		        NULL);
}

/* Its process group, as supervisord does without a guard (doc/why/0006): its
 * own, or that of the process which made it. Ours is that of a child between
 * clone and setsid(2). */
static int signal_group(int signal)
{
	struct proc p = { .group = 0 };
	int error;

	privilege_raise();
	if (!proc_find(guard.main, &p) || p.group <= 1 ||
	    p.group == sys_getpid())
		p.group = guard.main;
	privilege_lower();
	error = sys_kill(-p.group, signal);
	return error == -ESRCH ? sys_kill(guard.main, signal) : error;
}

/* A stopped process (SIGSTOP) would not hear of it. */
static void signal_main(int signal)
{
	if (guard.main == 0)
		return;
	say_failed(signal, signal_group(signal));
	if (signal != SIGKILL)
		(void)signal_group(SIGCONT);
}

/* With a command, supervisord runs that. */
static void stop_main(void)
{
	if (guard.s->stop.kind == ACTION_SIGNAL)
		signal_main((int)guard.s->stop.at);
}

/* Starting */

static void start(void)
{
	int error;

	if (guard.started || guard.now_ms < guard.start_at_ms)
		return;
	error = spawn_guarded(guard.service);
	if (error == -EAGAIN || error == -ENOMEM) {
		guard.start_at_ms = guard.now_ms + LAUNCH_AGAIN_MS;
		return;
	}
	if (error < 0)
		give_up(name(), "cannot start a process", error);
	guard.started = true;
	guard.main = main_pid(guard.entry->main);
	guard.look_ms = EXEC_LOOK_MS;
	guard.look_at_ms = guard.now_ms + guard.look_ms;
}

static void mark_ready(void)
{
	guard.ready = true;
	store_main(guard.main | MAIN_READY);
}

/* Nothing tells us that exec is done, so we look, ever more rarely. */
static void arrive(void)
{
	if (guard.arrived || guard.main == 0 || guard.now_ms < guard.look_at_ms)
		return;
	guard.arrived = spawn_arrived();
	if (!guard.arrived) {
		guard.look_ms = guard.look_ms * 2 < EXEC_LOOK_MAX_MS
		                        ? guard.look_ms * 2
		                        : EXEC_LOOK_MAX_MS;
		guard.look_at_ms = guard.now_ms + guard.look_ms;
		return;
	}
	guard.look = true;
	if (guard.s->ready != READY_KIND_DAEMONIZE &&
	    __atomic_load_n(&guard.entry->failure, __ATOMIC_ACQUIRE) == 0)
		mark_ready();
}

/* Ends */

/* That is how daemons come up, and how they hand over to a successor. If one
 * that was up is to stop, this is how it stops. */
static bool hands_over(const siginfo_t *how)
{
	return guard.s->ready == READY_KIND_DAEMONIZE && !guard.killing &&
	       !(guard.stopping && guard.ready) &&
	       how->si_code == ENDING_EXITED && how->si_status == 0;
}

static void succeed(int32_t heir)
{
	guard.main = heir;
	guard.heir_at_ms = guard.now_ms;
	guard.arrived = guard.ready = guard.look = true;
	store_main(heir | MAIN_READY);
	if (guard.stopping)
		stop_main();
}

/* In its first seconds a daemon has no one else's processes yet, but may have
 * given itself another user. */
static int32_t find_heir(void)
{
	enum heirs which = is_daemon() ? HEIR_OURS : HEIR_RATHER_OURS;

	return heir_find(guard.main, owner_of(guard.service), which);
}

static void main_has_ended(const siginfo_t *how)
{
	int32_t heir;

	privilege_raise();
	heir = hands_over(how) ? find_heir() : 0;
	privilege_lower();
	if (heir != 0) {
		succeed(heir);
		return;
	}
	store_main(main_end(how->si_code, how->si_status));
	guard.main = 0;
	guard.ended_at_ms = guard.now_ms;
	guard.ended = true;
}

static void reap(void)
{
	siginfo_t how;

	guard.again = false;
	for (int i = 0; i < GUARD_REAP_MAX; i++) {
		if (!reap_peek(P_ALL, 0, &how))
			return;
		if (how.si_pid == guard.main)
			main_has_ended(&how);
		reap_release(how.si_pid);
	}
	guard.again = true;
}

static int tell_rest(void)
{
	struct hunted told;

	privilege_raise();
	told = hunt_pass(&descendants, SIGTERM);
	privilege_lower();
	return told.error;
}

/* What the program has left behind. supervisord sees to the time that it
 * gets. */
static void end_rest(void)
{
	if (!guard.ended || guard.rest_told || !all_must_go() ||
	    !has_children())
		return;
	guard.rest_told = guard.look = true;
	if (!guard.killing)
		say_failed(SIGTERM, tell_rest());
}

static bool is_over(void)
{
	if (!guard.started)
		return guard.stopping || guard.killing;
	return guard.ended && (!all_must_go() || !has_children());
}

/* Killing */

/* Our children keep their numbers until we reap them; theirs become ours. */
static void kill_children(void)
{
	struct proc_list children;
	struct proc p;
	int32_t self = sys_getpid(), pid;
	int error;

	privilege_raise();
	error = proc_list_children(&children, self);
	while (error >= 0 && (pid = proc_next(&children)) != 0)
		if (proc_find(pid, &p) && p.parent == self)
			(void)sys_kill(pid, SIGKILL); /* hunted, if it fails */
	privilege_lower();
}

static void say_undead(int error)
{
	char text[HUNT_TEXT];
	struct digits d;

	privilege_raise();
	(void)hunt_names(&descendants, text);
	privilege_lower();
	if (text[0] == '\0')
		return;
	if (error < 0)
		message("guard: ", name(), ": cannot kill ", text, ": ",
		        text_error(&d, error), NULL);
	else
		message("guard: ", name(), ": ", text,
		        " does not die of SIGKILL", NULL);
}

/* They fork while they are killed, or what stands above them does not die. */
static void hunt_all(void)
{
	struct hunted last;

	privilege_raise();
	(void)sys_setpriority(0, 0, -20); /* where it is allowed */
	last = hunt_frozen(&descendants);
	privilege_lower();
	guard.rounds = 0;
	if (guard.now_ms < guard.hunt_at_ms)
		return;
	if (guard.hunt_ms >= HUNT_GIVE_UP_MS) {
		guard.hunt_at_ms = NEVER_MS;
		say_undead(last.error);
		return;
	}
	guard.hunt_ms *= 2;
	guard.hunt_at_ms = guard.now_ms + guard.hunt_ms;
}

/* Each time that some have ended: those who have become ours by that. */
static void press(void)
{
	if (!guard.killing || !all_must_go())
		return;
	kill_children();
	if (++guard.rounds >= HUNT_ROUNDS || guard.now_ms >= guard.hunt_at_ms)
		hunt_all();
}

static void begin_to_kill(void)
{
	if (guard.killing)
		return;
	guard.killing = true;
	guard.hunt_ms = HUNT_AFTER_MS;
	guard.hunt_at_ms = guard.now_ms + guard.hunt_ms;
	signal_main(SIGKILL);
}

static void begin_to_stop(void)
{
	guard.stopping = true;
	stop_main();
}

static void hear(void)
{
	struct signalfd_siginfo info;

	while (sys_read(guard.signal_fd, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo == SIGTERM)
			begin_to_stop();
		if (info.ssi_signo == SIGQUIT)
			begin_to_kill();
	}
}

/* A request in one packet; a full pipe has to wait. Lost, it does no harm: a
 * new supervisord looks at all. */
static void tell(void)
{
	static struct request r;
	long done;

	if (!guard.look)
		return;
	r.verb = REQUEST_LOOK;
	r.argument = (uint32_t)sys_getpid();
	done = sys_write(FD_REQUEST_OUT, &r, request_seal(&r));
	guard.look = done == -EAGAIN || done == -EINTR;
}

static uint64_t due(void)
{
	uint64_t at = NEVER_MS;

	if (guard.again)
		return guard.now_ms;
	if (!guard.started)
		at = guard.start_at_ms;
	if (guard.main != 0 && !guard.arrived)
		at = guard.look_at_ms;
	if (guard.killing && all_must_go())
		at = earlier(at, guard.hunt_at_ms);
	return at;
}

static void wait(void)
{
	uint64_t until = due();
	struct __kernel_timespec timeout = clock_left(clock_now_ms(), until);
	struct pollfd fds[] = {
		{ .fd = guard.signal_fd, .events = POLLIN },
		{ .fd = guard.look ? FD_REQUEST_OUT : -1, .events = POLLOUT },
	};

	/* An error: there was no memory, and all is looked at. */
	(void)sys_ppoll(fds, 2, until == NEVER_MS ? NULL : &timeout);
}

static _Noreturn void go_on(void)
{
	for (;; wait()) {
		guard.now_ms = clock_now_ms();
		hear();
		reap();
		end_rest();
		if (is_over())
			sys_exit(0);
		start();
		arrive();
		press();
		tell();
	}
}

/* Coming up */

/* supervisord has checked the ledger. It is the one by which we were started,
 * whichever is in force by now; so a guard starts as fast with 10,000 services
 * as with one. */
static const char *take_ledger(void)
{
	struct stat status;
	long address = -EINVAL;

	if (sys_fstat(FD_LEDGER, &status) >= 0 &&
	    status.st_size >= LEDGER_HEADER)
		address = sys_mmap(NULL, (size_t)status.st_size, PROT_READ,
		                   MAP_SHARED, FD_LEDGER, 0);
	if (address < 0 && address > -4096)
		return "there is no ledger; a guard is started by supervisord";
	supervisor.ledger = (struct ledger *)address;
	if (supervisor.ledger->magic != LEDGER_MAGIC ||
	    supervisor.ledger->version != LEDGER_VERSION)
		return "the ledger is of another version";
	supervisor.world.table = ledger_table(supervisor.ledger);
	return NULL;
}

static void take_service(const char *number)
{
	const char *wrong = take_ledger();
	uint64_t service;

	if (wrong != NULL)
		give_up(number, wrong, 0);
	if (!text_to_number(number, supervisor.world.table->services - 1,
	                    &service))
		give_up(number, "there is no such service", 0);
	guard.service = (uint32_t)service;
	guard.s = table_service(supervisor.world.table, guard.service);
	if (board_open(guard.s->board_entry, guard.s->board_entry + 1) < 0 ||
	    vectors_open(1) < 0)
		give_up(name(), "there is no memory", 0);
	guard.entry = &supervisor.board[guard.s->board_entry];
}

static int open_signals(void)
{
	uint64_t all = ~0ull, ours = SIGNAL_BIT(SIGCHLD) | SIGNAL_BIT(SIGTERM) |
	                             SIGNAL_BIT(SIGQUIT);

	(void)sys_sigprocmask(SIG_SETMASK, &all, NULL); /* cannot fail */
	return sys_signalfd(-1, &ours, O_NONBLOCK | O_CLOEXEC);
}

/* A session of its own, so that no terminal's SIGQUIT is taken for an order;
 * and in packet mode what we write is read as one message (pipe(7)). */
static void settle_in(void)
{
	int error = sys_prctl(PR_SET_CHILD_SUBREAPER, 1, 0); /* Linux 3.4 */

	if (error < 0)
		give_up(name(), "cannot adopt orphans", error);
	guard.signal_fd = open_signals();
	if (guard.signal_fd < 0)
		give_up(name(), "cannot make a signalfd", guard.signal_fd);
	(void)sys_setsid(); /* it can only be so already */
	(void)sys_prctl(PR_SET_NAME, (unsigned long)"guard", 0);
	(void)sys_fcntl(FD_REQUEST_OUT, F_SETFL, O_NONBLOCK | O_DIRECT);
	close_on_exec();
	if (!proc_usable())
		message("guard: ", name(),
		        ": there is no /proc: only the "
		        "process group of its program can be ended",
		        NULL);
}

int guard_main(int argc, char **argv, char **envp)
{
	const char *number = argc > 2 ? argv[2] : "";

	(void)sys_refuse_exec_gain(); /* before Linux 6.6 there is none */
	privilege_begin(CAPABILITY(CAP_KILL)); /* its program's user's, any time */
	supervisor.envp = envp;
	take_service(number);
	settle_in();
	go_on();
}
