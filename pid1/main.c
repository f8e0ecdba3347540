/* SPDX-License-Identifier: MIT */
/* connate: the process that must not die. Starts up, then waits for one of
 * four things: a signal, a message, room on the link, a time-out. */
#include "pid1/pid1.h"

#include "model/snapshot.h"
#include "model/text.h"
#include "sys/folder.h"
#include "sys/message.h"
#include "sys/start.h"
#include "sys/clock.h"

#ifndef SUPERVISORD_PATH
#define SUPERVISORD_PATH "/usr/local/libexec/connate/supervisord"
#endif
#ifndef VERSION
#define VERSION "unknown"
#endif

enum { EXIT_FAILURE = 1, EXIT_USAGE = 2 };

/* The key Ctrl-Alt-Del is to be a SIGINT for us, not a reboot. That is for who
 * runs the machine to say: in any other pid namespace the kernel refuses it,
 * even to root (reboot(2); kernel/pid_namespace.c, reboot_pid_ns()). So it tells
 * where we are, also before there is a /proc, or where there is none. */
static bool runs_machine(void)
{
	return sys_reboot(LINUX_REBOOT_CMD_CAD_OFF) == 0;
}

static int usage(void)
{
	message("usage: connate [--supervisor PATH] [--version] "
	        "[-- COMMAND [ARGUMENT...]]", NULL);
	return EXIT_USAGE;
}

/* Run by the version that we are to replace, with what it will tell us. */
static int self_test(const char *snapshot)
{
	uint64_t words[SNAPSHOT_WORDS];

	return snapshot_read(snapshot, words) ? snapshot_sum(snapshot) : EXIT_FAILURE;
}

/* From -- on. The word behind them, their NULL, is not ours: environment(). */
static int keep_command(struct pid1 *p, int count, char **argv)
{
	uint64_t size = (WORDS + 2 * (uint64_t)count + 3) * sizeof(*p->words);
	long room = sys_mmap(NULL, size, PROT_READ | PROT_WRITE,
	                     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct digits d;

	if (count == 1) {
		message("connate: no command behind --", NULL);
		return p->is_machine ? 0 : usage();
	}
	if (room < 0 && room > -4096) {
		message("connate: cannot keep the command: ",
		        text_error(&d, (int)room), NULL);
		return EXIT_FAILURE;
	}
	p->words = (const char **)room;
	p->supervisord_words = p->words + WORDS + count + 1;
	p->supervisord_words[0] = "supervisord";
	for (int k = 0; k < count; k++) {
		p->words[WORDS + k] = argv[k];
		p->supervisord_words[1 + k] = argv[k];
	}
	return 0;
}

/* The kernel hands its unknown arguments to PID 1: they are not for us, and none
 * of them may end us. */
static int parse(struct pid1 *p, int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		if (text_equal(argv[i], "--supervisor") && i + 1 < argc) {
			p->image_path = argv[++i];
		} else if (text_equal(argv[i], "--go-on") && i + 1 < argc) {
			p->snapshot = argv[++i];
		} else if (text_equal(argv[i], "--self-test") && i + 1 < argc) {
			sys_exit(self_test(argv[i + 1]));
		} else if (text_equal(argv[i], "--version") &&
		           !p->is_machine) {
			message("connate " VERSION, NULL);
			sys_exit(0);
		} else if (text_equal(argv[i], "--")) {
			return keep_command(p, argc - i, argv + i);
		} else if (!p->is_init) {
			message("connate: unknown argument: ", argv[i], NULL);
			return usage();
		}
	}
	return 0;
}

/* Those of its unknown arguments that have a = are our environment, behind HOME
 * and TERM, which it sets itself (kernel: init/main.c): as little for those
 * whom we start as the others. */
static void forget_unknown(char **envp)
{
	char **to = envp;

	for (char **from = envp; *from != NULL; from++)
		if (text_starts(*from, "HOME=") || text_starts(*from, "TERM="))
			*to++ = *from;
	*to = NULL;
}

/* CONNATE_PID=<our pid>, first in the environment of all that we start. The
 * word in front of envp[0] is argv's final NULL, which nobody needs any
 * more; one that we were given is replaced. */
static char **environment(char **envp)
{
	static const char name[] = "CONNATE_PID=";
	static char variable[36];
	struct digits d;
	const char *pid = text_number(&d, sys_getpid());
	size_t at = sizeof(name) - 1;

	__builtin_memcpy(variable, name, at);
	for (size_t i = 0; i <= text_length(pid); i++)
		variable[at++] = pid[i];
	for (char **each = envp; *each != NULL; each++)
		if (text_starts(*each, name)) {
			*each = variable;
			return envp;
		}
	*--envp = variable;
	return envp;
}

/* When we have to look even if nothing happens. */
static uint64_t due(const struct pid1 *p, uint64_t now_ms)
{
	uint64_t at = NEVER_MS;

	if (p->more)
		return now_ms;
	if (p->again)
		at = now_ms + AGAIN_MS;
	if (p->halt != HALT_NONE)
		return earlier(at, p->supervisord != 0 ? NEVER_MS
		                                       : p->end_at_ms);
	if (p->supervisord == 0)
		return earlier(at, p->start_at_ms);
	if (p->tester != 0)
		at = earlier(at, p->test_at_ms);
	if (!p->adopted)
		return earlier(at, p->started_ms + ADOPT_MS);
	return earlier(at, earlier(p->unread_at_ms, probation_due_ms(p)));
}

static void wait(struct pid1 *p)
{
	struct pollfd fds[] = {
		{ .fd = FD_SIGNAL, .events = POLLIN },
		{ .fd = FD_LINK_PID1,
		  .events = p->full ? POLLIN | POLLOUT : POLLIN },
	};
	uint64_t now_ms = clock_now_ms(), until = due(p, now_ms);
	struct __kernel_timespec timeout = clock_left(now_ms, until);
	unsigned count = p->again ? 1 : 2; /* the link would wake us at once */

	p->full = p->again = p->more = false;
	(void)sys_ppoll(fds, count, until == NEVER_MS ? NULL : &timeout);
}

/* Reaping comes after starting: it tells a new supervisord that no zombie is
 * left. */
static _Noreturn void go_on(struct pid1 *p)
{
	for (;; wait(p)) {
		uint64_t now_ms = clock_now_ms();

		post_signals(p);
		post_receive(p);
		image_watch(p, now_ms);
		reexec_watch(p, now_ms);
		reap(p, now_ms);
		rescue_watch(p);
		post_owed(p);
		notify_owed(p);
		end_go_on(p, now_ms);
	}
}

/* Nobody but the kernel has been there before us: any other program that starts
 * a machine mounts /proc. */
static bool is_first(const struct pid1 *p)
{
	char link[16];

	return p->is_machine &&
	       sys_readlinkat(AT_FDCWD, "/proc/self", link, sizeof(link)) < 0;
}

/* What we are given as ignored would be ignored by all that we start: a shell
 * does so with SIGINT of what it starts in the background. And with SIGCHLD
 * ignored there are no zombies to peek at (signal(7)). The kernel ignores
 * nothing for the first process, nor did we before exec: they need not ask 64
 * times. */
static void signals_usual(void)
{
	struct sigaction usual = { 0 };     /* SIG_DFL */

	for (int n = 1; n <= 64; n++) {
		struct sigaction given = { 0 };

		if (sys_sigaction(n, NULL, &given) == 0 &&
		    given.sa_handler == SIG_IGN)
			(void)sys_sigaction(n, &usual, NULL); /* cannot fail */
	}
}

/* Linux 3.4. Without it we would still start services, but those of a
 * supervisord that dies would go to another parent than us. */
static void become_subreaper(void)
{
	struct digits d;
	int error = sys_prctl(PR_SET_CHILD_SUBREAPER, 1, 0);

	if (error < 0)
		message("connate: cannot adopt orphans: ",
		        text_error(&d, error),
		        "; supervisord must not die in this session", NULL);
}

static void settle_in(struct pid1 *p)
{
	uint64_t all = ~0ull;

	(void)sys_prctl(PR_SET_NAME, (unsigned long)"connate", 0);
	(void)sys_sigprocmask(SIG_SETMASK, &all, NULL); /* cannot fail */
	(void)sys_refuse_exec_gain(); /* before Linux 6.6 there is none */
	if (p->snapshot == NULL && p->supervisord_words[1] != NULL)
		terminal_give_up(p);
	if (p->snapshot == NULL && !is_first(p))
		signals_usual();
	reexec_arm(p);
	if (!p->is_init)
		become_subreaper();
}

/* As PID 1 we say what is wrong and go on; otherwise we end. */
static int prepare(struct pid1 *p)
{
	int error = keep_open(p);

	keep_self(p);
	return error < 0 ? error : image_open(p);
}

/* We have been here before. */
static int again(struct pid1 *p)
{
	int error = reexec_read(p);
	struct digits d;

	if (error < 0)
		message("connate: cannot go on with what is left: ",
		        text_error(&d, error), "; beginning anew", NULL);
	p->has_image = sys_fcntl(FD_IMAGE, F_GETFD, 0) >= 0;
	return error;
}

/* Where we are, and behind it the relative path of supervisord; NULL: there is
 * no room. */
static const char *absolute(const char *folder, const char *path)
{
	static char whole[PATH_MAX];
	size_t at = text_length(folder), size = text_length(path) + 1;

	if (at + 1 + size > sizeof(whole))
		return NULL;
	__builtin_memcpy(whole, folder, at);
	whole[at] = '/';
	__builtin_memcpy(whole + at + 1, path, size);
	return whole;
}

/* Whoever execs a program of ours does so where connate was started, if there
 * is a command: so each of them knows where that is, those of another version
 * too. Where it has no name, we stay. */
static void leave_folder(struct pid1 *p)
{
	static char folder[PATH_MAX];
	bool relative = p->image_path[0] != '/';
	const char *path = p->image_path;

	if (!relative && p->supervisord_words[1] == NULL) {
		(void)sys_chdir("/"); /* it is there */
		return;
	}
	if (folder_leave(folder, sizeof(folder)) < 0)
		return;
	if (relative)
		path = absolute(folder, path);
	if (path == NULL) {
		(void)sys_chdir(folder); /* we have just been there */
		return;
	}
	p->image_path = path;
	if (p->supervisord_words[1] != NULL)
		p->folder = folder;
}

int main(int argc, char **argv, char **envp)
{
	static const char *words[WORDS + 1];
	static const char *supervisord_words[2];
	static struct pid1 p;
	bool anew;
	int error;

	p.self = sys_getpid();
	p.is_init = p.self == 1;
	p.unread_at_ms = NEVER_MS;
	p.is_machine = p.is_init && runs_machine();
	p.path = argc > 0 ? argv[0] : "";
	p.image_path = SUPERVISORD_PATH;
	p.words = words;
	p.supervisord_words = supervisord_words;
	p.supervisord_words[0] = "supervisord";
	error = parse(&p, argc, argv);
	if (error != 0)
		return error;
	if (twice(&p))
		return EXIT_FAILURE;
	if (p.is_machine)
		forget_unknown(envp);
	p.envp = environment(envp);
	settle_in(&p);
	anew = p.snapshot == NULL || again(&p) < 0;
	error = anew ? prepare(&p) : 0;
	if (error < 0 && !p.is_init)
		return EXIT_FAILURE;
	leave_folder(&p);
	privilege_drop(&p);
	if (anew)
		image_start(&p, clock_now_ms());
	p.is_settled = true;
	go_on(&p);
}
