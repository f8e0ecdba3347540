/* SPDX-License-Identifier: MIT */
/* Runs a session and kills one of its two processes at its n-th stop: each
 * system call has two, before it is done and right after. Services run
 * untraced. Knows no service.
 *
 *     kill-at [-k supervisord|connate] [-n N] [-m M] [-o REPORT] [-l LIST]
 *             CONNATE [ARGUMENT...]
 *     kill-at -f IMAGE [-n N] [-o REPORT] [-l LIST] CONNATE [ARGUMENT...]
 *     kill-at -c
 *
 * -n: at which stop; 0 or nothing: none is killed, and all are counted.
 * -m: its successor is killed too, at that stop of its own.
 * -o: a line for each kill, `kill WHICH PID N CALL entry|exit`, and at the end
 *     `stops CONNATE SUPERVISORD KILLS`.
 * -l: each stop that is counted, a line.
 * -f: each supervisord that runs this file gets a fault instead, at its n-th
 *     stop after it has sent its first message, which is ADOPTED. On x86_64.
 * -c: only tells whether this system lets us; exits with 77 if not.
 *
 * kill-at adopts every orphan of that session, and ends when
 * no process of it is left, with the exit code of connate.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { EXIT_USAGE = 2, EXIT_SKIP = 77, PROCESSES = 64, PATH_BYTES = 32 };

enum role { OTHER, CONNATE, SUPERVISORD, ROLES };

static const char *const role_names[ROLES] = { "other", "connate",
	                                       "supervisord" };

/* Those of sys/call.h. */
static const struct {
	long number;
	const char *name;
} calls[] = {
#define CALL(name) { SYS_##name, #name }
	CALL(capget),         CALL(capset),        CALL(chdir),
	CALL(chroot),         CALL(getcwd),        CALL(geteuid),
	CALL(clock_gettime),  CALL(clone),         CALL(close),
	CALL(dup3),           CALL(epoll_create1), CALL(epoll_ctl),
	CALL(epoll_pwait),    CALL(execve),        CALL(execveat),
	CALL(exit_group),     CALL(fallocate),     CALL(fchmod),
	CALL(fcntl),          CALL(fstat),         CALL(fstatfs),
	CALL(fsync),          CALL(ftruncate),     CALL(futex),
	CALL(getdents64),     CALL(getpid),        CALL(getppid),
	CALL(getpriority),    CALL(getrandom),     CALL(getsid),
	CALL(ioctl),          CALL(kill),          CALL(setgid),
	CALL(madvise),        CALL(memfd_create),  CALL(mlock),
	CALL(mmap),           CALL(mount),         CALL(munmap),
	CALL(newfstatat),     CALL(openat),        CALL(pipe2),
	CALL(ppoll),          CALL(prctl),         CALL(prlimit64),
	CALL(pread64),        CALL(pwrite64),      CALL(getuid),
	CALL(read),           CALL(readlinkat),    CALL(reboot),
	CALL(recvmsg),        CALL(rt_sigaction),  CALL(rt_sigprocmask),
	CALL(rt_sigreturn),   CALL(sendmsg),       CALL(setpriority),
	CALL(setsid),         CALL(setsockopt),    CALL(sigaltstack),
	CALL(signalfd4),
	CALL(socketpair),     CALL(unlinkat),      CALL(waitid),
	CALL(write),
#undef CALL
#ifdef SYS_close_range
	{ SYS_close_range, "close_range" },
#endif
#ifdef SYS_pidfd_open
	{ SYS_pidfd_open, "pidfd_open" },
#endif
#ifdef SYS_pidfd_send_signal
	{ SYS_pidfd_send_signal, "pidfd_send_signal" },
#endif
};

struct process {
	pid_t pid;              /* 0: this place is free */
	enum role role;
	bool execed;            /* since it was born */
	bool traced;
	bool killed;            /* by us */
	bool has_sent;          /* -f: since its exec … */
	unsigned long stops;    /* … and so many stops since then */
};

struct file {
	dev_t device;
	ino_t inode;
};

static struct {
	enum role victim;
	unsigned long at[2];    /* -n, -m */
	const char *faulty;     /* -f */
	FILE *report, *list;
} wish = { .victim = SUPERVISORD };

static struct process processes[PROCESSES];
static unsigned long stops[ROLES];
static unsigned long since; /* stops of the victim since the last kill */
static unsigned kills;
static bool done;           /* no process has to be traced any more */
static struct file connate_file, faulty_file;
static int end_status;

static _Noreturn void die(const char *what)
{
	fprintf(stderr, "kill-at: %s: %s\n", what, strerror(errno));
	exit(errno == EPERM || errno == EIO || errno == ENOSYS ? EXIT_SKIP
	                                                       : EXIT_FAILURE);
}

static const char *call_name(unsigned long number)
{
	static char text[PATH_BYTES];

	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		if ((unsigned long)calls[i].number == number)
			return calls[i].name;
	snprintf(text, sizeof(text), "call-%lu", number);
	return text;
}

/* Processes */

static struct process *process_find(pid_t pid)
{
	for (int i = 0; i < PROCESSES; i++)
		if (processes[i].pid == pid)
			return &processes[i];
	return NULL;
}

static struct process *process_add(pid_t pid, enum role role)
{
	struct process *p = process_find(0);

	if (p == NULL) {
		fprintf(stderr, "kill-at: more than %d processes to follow\n",
		        PROCESSES);
		exit(EXIT_FAILURE);
	}
	*p = (struct process){ .pid = pid, .role = role, .traced = true };
	return p;
}

/* Its program; a child in its parent's memory has the parent's. */
static struct file file_of(const char *path)
{
	struct stat s = { 0 };

	(void)stat(path, &s); /* it may be dead: then it is no file of ours */
	return (struct file){ s.st_dev, s.st_ino };
}

static struct file process_file(pid_t pid)
{
	char path[PATH_BYTES];

	snprintf(path, sizeof(path), "/proc/%d/exe", pid);
	return file_of(path);
}

static bool runs(pid_t pid, const struct file *file)
{
	struct file f = process_file(pid);

	return f.device == file->device && f.inode == file->inode;
}

static bool runs_connate(pid_t pid)
{
	return runs(pid, &connate_file);
}

/* Tracing. A process that is killed meanwhile is not there any more (ESRCH):
 * we hear of its end. */

static void let_go(struct process *p, int signal)
{
	(void)ptrace(PTRACE_DETACH, p->pid, NULL, signal);
	p->traced = false;
	if (p->role == OTHER)
		p->pid = 0;
}

static void resume(struct process *p, int signal)
{
	int how = p->role == wish.victim ? PTRACE_SYSCALL : PTRACE_CONT;

	if (done || p->role == OTHER)
		let_go(p, signal);
	else
		(void)ptrace(how, p->pid, NULL, signal);
}

static void let_all_go(void)
{
	done = true;
	for (int i = 0; i < PROCESSES; i++)
		if (processes[i].pid != 0 && processes[i].traced)
			(void)ptrace(PTRACE_INTERRUPT, processes[i].pid, NULL,
			             NULL);
}

static void kill_it(struct process *p, const char *call, bool entry)
{
	if (kill(p->pid, SIGKILL) < 0)
		die("kill");
	p->killed = true;
	if (wish.report != NULL)
		fprintf(wish.report, "kill %s %d %lu %s %s\n",
		        role_names[p->role], p->pid, since, call,
		        entry ? "entry" : "exit");
	since = 0;
	if (++kills == 2 || wish.at[kills] == 0)
		let_all_go();
}

/* It goes on where nothing is. */
static void fault(struct process *p, const char *call, bool entry)
{
#ifdef __x86_64__
	const size_t rip = 16 * sizeof(long); /* struct user */

	(void)ptrace(PTRACE_POKEUSER, p->pid, rip, 16);
#else
	(void)kill(p->pid, SIGKILL);
#endif
	kills++;
	if (wish.report != NULL)
		fprintf(wish.report, "fault %d %lu %s %s\n", p->pid, p->stops,
		        call, entry ? "entry" : "exit");
}

static void count_to_fault(struct process *p, const char *call, bool entry)
{
	if (!runs(p->pid, &faulty_file))
		return;
	if (p->has_sent && ++p->stops == wish.at[0])
		fault(p, call, entry);
	p->has_sent |= !entry && strcmp(call, "sendmsg") == 0;
}

static void at_call(struct process *p)
{
	struct __ptrace_syscall_info info = { 0 };
	static unsigned long number; /* of the call that was entered */
	bool entry;

	if (ptrace(PTRACE_GET_SYSCALL_INFO, p->pid, sizeof(info), &info) < 0)
		return; /* it is dead */
	entry = info.op == PTRACE_SYSCALL_INFO_ENTRY;
	if (entry)
		number = info.entry.nr;
	stops[p->role]++;
	since++;
	if (wish.list != NULL)
		fprintf(wish.list, "%lu %d %s %s\n", since, p->pid,
		        call_name(number), entry ? "entry" : "exit");
	if (wish.faulty != NULL)
		count_to_fault(p, call_name(number), entry);
	else if (since == wish.at[kills])
		kill_it(p, call_name(number), entry);
}

/* supervisord stays what it is when it runs another image of itself, and may
 * become connate; a program that connate only tests has no role. */
static void at_exec(struct process *p)
{
	bool first = !p->execed;

	p->execed = true;
	p->has_sent = false;
	p->stops = 0;
	if (p->role == CONNATE)
		connate_file = process_file(p->pid);
	else if (runs_connate(p->pid))
		p->role = first ? OTHER : CONNATE;
}

/* Born to connate it is, or becomes, a supervisord; born to one, a service. */
static struct process *at_birth(pid_t pid)
{
	return process_add(pid, runs_connate(pid) ? SUPERVISORD : OTHER);
}

static void stopped(pid_t pid, int status)
{
	struct process *p = process_find(pid);
	int signal = WSTOPSIG(status), event = status >> 16;

	if (p == NULL)
		p = at_birth(pid);
	if (signal == (SIGTRAP | 0x80)) {
		if (!done)
			at_call(p);
		resume(p, 0);
	} else if (event == PTRACE_EVENT_STOP && signal != SIGTRAP && !done) {
		(void)ptrace(PTRACE_LISTEN, pid, NULL, NULL);
	} else if (event != 0) {
		if (event == PTRACE_EVENT_EXEC)
			at_exec(p);
		resume(p, 0);
	} else {
		resume(p, signal);
	}
}

/* The end of connate is reported last. */
static void ended(pid_t pid, int status)
{
	struct process *p = process_find(pid);

	if (p == NULL)
		return;
	if (!p->killed && (p->role == CONNATE || !p->traced))
		end_status = status;
	p->pid = 0;
}

static int wait_for_all(void)
{
	for (;;) {
		int status;
		pid_t pid = waitpid(-1, &status, __WALL);

		if (pid < 0 && errno == ECHILD)
			return WIFSIGNALED(end_status)
			               ? 128 + WTERMSIG(end_status)
			               : WEXITSTATUS(end_status);
		if (pid < 0)
			continue;
		if (WIFSTOPPED(status))
			stopped(pid, status);
		else
			ended(pid, status);
	}
}

/* Traced before it does anything. */
static pid_t launch(char **command)
{
	const long options = PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
	                     PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC |
	                     PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL;
	int gate[2];
	char c = 0;
	pid_t pid;

	if (pipe2(gate, O_CLOEXEC) < 0 || (pid = fork()) < 0)
		die("cannot start a process");
	if (pid == 0) {
		if (read(gate[0], &c, 1) != 1)
			_exit(EXIT_FAILURE);
		execv(command[0], command);
		die(command[0]);
	}
	if (ptrace(PTRACE_SEIZE, pid, NULL, options) < 0) {
		int error = errno;

		(void)kill(pid, SIGKILL);
		errno = error;
		die("cannot trace");
	}
	if (write(gate[1], &c, 1) != 1)
		die("cannot start a process");
	(void)close(gate[0]);
	(void)close(gate[1]);
	return pid;
}

/* Is there a call that tells which call it is? Linux 5.3. */
static int may_trace(void)
{
	char *command[] = { "/proc/self/exe", NULL };
	struct __ptrace_syscall_info info;
	pid_t pid = launch(command);
	int status, result = 0;

	if (waitpid(pid, &status, __WALL) < 0 || !WIFSTOPPED(status))
		die("cannot trace");
	if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), &info) < 0)
		result = errno;
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, &status, __WALL);
	errno = result == EINVAL ? ENOSYS : result;
	if (result != 0)
		die("cannot see system calls (Linux 5.3)");
	return EXIT_SUCCESS;
}

static _Noreturn void usage(void)
{
	fputs("usage: kill-at [-k supervisord|connate] [-n N] [-m M] "
	      "[-o REPORT] [-l LIST] CONNATE [ARGUMENT...]\n"
	      "       kill-at -f IMAGE [-n N] [-o REPORT] [-l LIST] CONNATE "
	      "[ARGUMENT...]\n"
	      "       kill-at -c\n",
	      stderr);
	exit(EXIT_USAGE);
}

static FILE *create(const char *path)
{
	FILE *f = fopen(path, "we");

	if (f == NULL)
		die(path);
	setvbuf(f, NULL, _IOLBF, 0);
	return f;
}

static unsigned long number(const char *text)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	if (*text == '\0' || *end != '\0')
		usage();
	return n;
}

static void parse(int argc, char **argv)
{
	int c;

	while ((c = getopt(argc, argv, "+ck:n:m:o:l:f:")) != -1) {
		if (c == 'c')
			exit(may_trace());
		else if (c == 'k')
			wish.victim = strcmp(optarg, role_names[CONNATE]) == 0
			                      ? CONNATE
			                      : SUPERVISORD;
		else if (c == 'n')
			wish.at[0] = number(optarg);
		else if (c == 'm')
			wish.at[1] = number(optarg);
		else if (c == 'f')
			wish.faulty = optarg;
		else if (c == 'o')
			wish.report = create(optarg);
		else if (c == 'l')
			wish.list = create(optarg);
		else
			usage();
	}
	if (optind >= argc)
		usage();
	if (wish.faulty != NULL)
		faulty_file = file_of(wish.faulty);
}

int main(int argc, char **argv)
{
	int code;

	parse(argc, argv);
	if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0)
		die("cannot adopt orphans");
	process_add(launch(argv + optind), CONNATE);
	code = wait_for_all();
	if (wish.report != NULL)
		fprintf(wish.report, "stops %lu %lu %u\n", stops[CONNATE],
		        stops[SUPERVISORD], kills);
	return code;
}
