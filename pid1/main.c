/* SPDX-License-Identifier: MIT */
/* connate: the process that must not die. Starts up, then waits for one of four
 * events: a signal, a message, room on the link, a time-out. */
#include "pid1/pid1.h"

#include "model/snapshot.h"
#include "model/text.h"
#include "sys/folder.h"
#include "sys/message.h"
#include "sys/start.h"
#include "sys/clock.h"

#ifndef VERSION
#define VERSION "unknown"
#endif

enum { EXIT_FAILURE = 1, EXIT_USAGE = 2 };

/* Are we PID 1 of a machine, not of a container? Asks the kernel to send us
 * SIGINT for Ctrl-Alt-Del, instead of a reboot: in any pid namespace but the
 * first one the kernel refuses that, even to root (reboot(2);
 * kernel/pid_namespace.c, reboot_pid_ns()). It needs no /proc. */
static bool is_machine(void)
{
	return sys_reboot(LINUX_REBOOT_CMD_CAD_OFF) == 0;
}

static const char usage_text[] =
	"usage: connate [--supervisor PATH] [--version] [--help] "
	"[-- COMMAND [ARGUMENT...]]\n"
	"See connate(8).\n";

static int usage(void)
{
	(void)sys_write(2, usage_text, sizeof(usage_text) - 1);
	return EXIT_USAGE; /* which also tells */
}

/* --version and --help print, and exit; any other word does nothing. */
static void about(const char *word)
{
	static const char version[] = "connate " VERSION "\n";
	long done;

	if (text_equal(word, "--version"))
		done = sys_write(1, version, sizeof(version) - 1);
	else if (text_equal(word, "--help"))
		done = sys_write(1, usage_text, sizeof(usage_text) - 1);
	else
		return;
	sys_exit(done < 0 ? EXIT_FAILURE : 0);
}

/* --self-test: can we read the snapshot of the version that we are to
 * replace? */
static int self_test(const char *snapshot)
{
	uint64_t words[SNAPSHOT_WORDS];

	return snapshot_read(snapshot, words) ? snapshot_sum(snapshot)
	                                      : EXIT_FAILURE;
}

/* Copies the words from -- on, as environment_prepare() overwrites the NULL
 * behind argv. 0, or an exit code. */
static int command_keep(struct pid1 *p, int count, char **argv)
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

/* 0, or an exit code. The kernel hands arguments that it does not know to PID
 * 1: they are not for connate, and none of them may end it. */
static int arguments_parse(struct pid1 *p, int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		if (!p->is_machine)
			about(argv[i]);
		if (text_equal(argv[i], "--supervisor") && i + 1 < argc) {
			p->image_path = argv[++i];
		} else if (text_equal(argv[i], "--go-on") && i + 1 < argc) {
			p->snapshot = argv[++i];
		} else if (text_equal(argv[i], "--self-test") && i + 1 < argc) {
			sys_exit(self_test(argv[i + 1]));
		} else if (text_equal(argv[i], "--")) {
			return command_keep(p, argc - i, argv + i);
		} else if (!p->is_init) {
			message("connate: unknown argument: ", argv[i], NULL);
			return usage();
		}
	}
	return 0;
}

/* Arguments of the kernel with a = are in the environment of PID 1, behind HOME
 * and TERM, which the kernel sets itself (init/main.c). They are not for the
 * processes that we start. */
static void environment_reduce(char **envp)
{
	char **to = envp;

	for (char **from = envp; *from != NULL; from++)
		if (text_starts(*from, "HOME=") || text_starts(*from, "TERM="))
			*to++ = *from;
	*to = NULL;
}

/* Puts CONNATE_PID=<our pid> into the environment of all that we start: in
 * place of a variable of that name, or in front of envp[0], over the final NULL
 * of argv, which is not needed any more. */
static char **environment_prepare(char **envp)
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

/* When the loop has to come round although no event comes; or NEVER_MS. */
static uint64_t wake_up_ms(const struct pid1 *p, uint64_t now_ms)
{
	uint64_t at = NEVER_MS;

	if (p->zombies_left)
		return now_ms;
	if (p->retry_soon)
		at = now_ms + RETRY_MS;
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

static void event_wait(struct pid1 *p)
{
	struct pollfd fds[] = {
		{ .fd = FD_SIGNAL, .events = POLLIN },
		{ .fd = FD_LINK_PID1,
		  .events = p->link_full ? POLLIN | POLLOUT : POLLIN },
	};
	uint64_t now_ms = clock_now_ms(), until = wake_up_ms(p, now_ms);
	struct __kernel_timespec timeout = clock_left(now_ms, until);
	/* What could not be received would end the wait at once. */
	unsigned count = p->retry_soon ? 1 : 2;

	p->link_full = p->retry_soon = p->zombies_left = false;
	(void)sys_ppoll(fds, count, until == NEVER_MS ? NULL : &timeout);
}

/* Reaping comes after starting: it tells a new supervisord that no zombie is
 * left. */
static _Noreturn void loop(struct pid1 *p)
{
	for (;; event_wait(p)) {
		uint64_t now_ms = clock_now_ms();

		signals_pass_on(p);
		end_without_supervisord(p);
		orders_receive(p);
		image_watch(p, now_ms);
		reexec_watch(p, now_ms);
		reap(p, now_ms);
		rescue_watch(p);
		orders_answer(p);
		notify_owed(p);
		store_go_on(p);
		end_go_on(p, now_ms);
	}
}

/* Has the kernel started us, and no other program before? Any other init, as of
 * an initramfs, mounts /proc. */
static bool is_first_program(const struct pid1 *p)
{
	char link[16];

	return p->is_machine &&
	       sys_readlinkat(AT_FDCWD, "/proc/self", link, sizeof(link)) < 0;
}

/* Sets the signals that were ignored when we were started to their default.
 * They would be ignored by all that we start; a shell ignores SIGINT for a
 * process that it starts in the background. And with SIGCHLD ignored there are
 * no zombies to peek at (signal(7)). Not needed for the first program, nor
 * after an exec of ours, where none is ignored: that saves 64 calls. */
static void signals_default(void)
{
	struct sigaction normal = { 0 }; /* SIG_DFL */

	for (int n = 1; n <= 64; n++) {
		/* For riscv64, qemu 7.2 writes one word more than Linux. */
		struct sigaction given[2] = { 0 };

		if (sys_sigaction(n, NULL, given) == 0 &&
		    given->sa_handler == SIG_IGN)
			(void)sys_sigaction(n, &normal, NULL); /* cannot fail */
	}
}

/* Makes us the subreaper of supervisord and its services (prctl(2), Linux 3.4).
 * Where that fails, services still run, but those of a supervisord that dies
 * get another parent than us. */
static void become_subreaper(void)
{
	struct digits d;
	int error = sys_prctl(PR_SET_CHILD_SUBREAPER, 1, 0);

	if (error < 0)
		message("connate: cannot adopt orphans: ",
		        text_error(&d, error),
		        "; supervisord must not die in this session", NULL);
}

static void process_prepare(struct pid1 *p)
{
	uint64_t all = ~0ull;

	(void)sys_prctl(PR_SET_NAME, (unsigned long)"connate", 0);
	(void)sys_sigprocmask(SIG_SETMASK, &all, NULL); /* cannot fail */
	(void)sys_refuse_exec_gain(); /* before Linux 6.6 there is none */
	if (p->snapshot == NULL && p->supervisord_words[1] != NULL)
		terminal_give_up(p);
	if (p->snapshot == NULL && !is_first_program(p))
		signals_default();
	reexec_arm(p);
	if (!p->is_init)
		become_subreaper();
}

/* Makes the descriptors and opens the image. -errno, which was said. PID 1 goes
 * on without an image, and looks for it again. */
static int session_begin(struct pid1 *p)
{
	int error = keep_open(p);

	if (error < 0)
		return error;
	keep_self(p);
	p->has_image = sys_fcntl(FD_IMAGE, F_GETFD, 0) >= 0;
	error = p->has_image ? 0 : image_open(p);
	return p->is_init ? 0 : error;
}

/* After an exec of ours: takes the snapshot and the descriptors. -errno, which
 * was said: one of them cannot be had. */
static int session_resume(struct pid1 *p)
{
	int error = reexec_read(p);
	struct digits d;

	if (error < 0)
		message("connate: cannot go on with what is left: ",
		        text_error(&d, error), "; beginning anew", NULL);
	p->has_image = sys_fcntl(FD_IMAGE, F_GETFD, 0) >= 0;
	return error;
}

/* The relative path of supervisord behind that of the working directory; NULL:
 * it is too long. */
static const char *path_absolute(const char *folder, const char *path)
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

/* Leaves the working directory for /. With a command, supervisord and a new
 * connate are executed in the directory where connate was started, so that each
 * of them knows it, those of another version, too. Where it has no path, we
 * stay in it. */
static void folder_change(struct pid1 *p)
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
		path = path_absolute(folder, path);
	if (path == NULL) {
		(void)sys_chdir(folder); /* it was the working directory */
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
	p.rest_ms = REST_MS;
	p.last_kept = FD_FORMER_FIRST;
	p.is_machine = p.is_init && is_machine();
	p.path = argc > 0 ? argv[0] : "";
	p.image_path = image_first(&p);
	p.words = words;
	p.supervisord_words = supervisord_words;
	p.supervisord_words[0] = "supervisord";
	error = arguments_parse(&p, argc, argv);
	if (error != 0)
		return error;
	if (init_is_connate(&p))
		return EXIT_FAILURE;
	if (p.is_machine)
		environment_reduce(envp);
	p.envp = environment_prepare(envp);
	process_prepare(&p);
	anew = p.snapshot == NULL || session_resume(&p) < 0;
	error = anew ? session_begin(&p) : 0;
	if (error < 0)
		return EXIT_FAILURE;
	folder_change(&p);
	privilege_drop(&p);
	if (anew)
		image_start(&p, clock_now_ms());
	p.is_settled = true;
	loop(&p);
}
