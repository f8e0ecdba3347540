/* SPDX-License-Identifier: MIT */
/* A service that records its starts and ends, for t/9004-every-call.t:
 *
 *     witness FOLDER NAME [WORD...]
 *
 * Lines `NAME WHAT PID` are added to FOLDER/story. While it runs it holds the
 * lock FOLDER/NAME.lock; when another has it, there are two: `doubled`. It ends
 * with 0 by SIGTERM. Words are done in their order:
 *
 *     note WHAT      and nothing more: it is a command of that service
 *     stop           the same, and sends SIGTERM to the service
 *     fails N        ends with 3, the first N times
 *     job            ends with 0
 *     daemonize      has a child that goes on, the heir, and ends with 0
 *     child          has a child in a session of its own, NAME-child
 *     says           prints a line with its pid
 *     reads          adds what it is given to FOLDER/NAME.out
 *     newline FD     is ready
 *     notify CONCTL  is ready
 *
 * Without libc, so that it starts as fast as what it is a witness of.
 */
#include "model/text.h"
#include "sys/call.h"
#include "sys/start.h"

enum { LINE_BYTES = 160, CHUNK_BYTES = 4096, SIGNAL_FD = 9, TRIED = 3 };

static const char *folder, *name;
static char **environment;
static bool reading;

/* Text */

static size_t append(char *line, size_t at, const char *text)
{
	while (*text != '\0' && at < LINE_BYTES - 1)
		line[at++] = *text++;
	line[at] = '\0';
	return at;
}

static const char *path(char *line, const char *what)
{
	size_t at = append(line, 0, folder);

	at = append(line, append(line, at, "/"), what);
	return line;
}

static const char *own_path(char *line, const char *suffix)
{
	(void)append(line, append(line, text_length(path(line, name)), "."),
	             suffix);
	return line;
}

/* What cannot be noted would be missed: nothing is silent. */
static _Noreturn void give_up(void)
{
	sys_exit(99);
}

static int open_to_append(const char *file)
{
	int fd = sys_openat(AT_FDCWD, file,
	                    O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);

	if (fd < 0)
		give_up();
	return fd;
}

static size_t line_of(char *line, const char *what)
{
	struct digits d;
	size_t at = append(line, append(line, 0, name), " ");

	at = append(line, append(line, at, what), " ");
	at = append(line, at, text_number(&d, sys_getpid()));
	return append(line, at, "\n");
}

static void note(const char *what)
{
	char file[LINE_BYTES], line[LINE_BYTES];
	int fd = open_to_append(path(file, "story"));
	size_t length = line_of(line, what);

	if (sys_write(fd, line, length) != (long)length)
		give_up();
	(void)sys_close(fd);
}

/* Being one. A record lock is not inherited, and fcntl(2) tells whose it is.
 */

static int open_lock(void)
{
	char file[LINE_BYTES];
	int fd = sys_openat(AT_FDCWD, own_path(file, "lock"),
	                    O_RDWR | O_CREAT | O_CLOEXEC, 0666);

	if (fd < 0)
		give_up();
	return fd;
}

static void appear(void)
{
	struct flock lock = { .l_type = F_WRLCK };

	if (sys_fcntl_lock(open_lock(), F_SETLK, &lock) < 0)
		note("doubled");
	note("start");
}

static void stop(void)
{
	struct flock lock = { .l_type = F_WRLCK };

	note("stop");
	if (sys_fcntl_lock(open_lock(), F_GETLK, &lock) == 0 && lock.l_pid > 1)
		(void)sys_kill(lock.l_pid, SIGTERM); /* or it has ended */
	sys_exit(0);
}

/* Its life */

static void listen(void)
{
	uint64_t all = ~0ull;
	uint64_t ours = SIGNAL_BIT(SIGTERM) | SIGNAL_BIT(SIGHUP);
	int fd;

	(void)sys_sigprocmask(SIG_SETMASK, &all, NULL); /* cannot fail */
	fd = sys_signalfd(-1, &ours, O_NONBLOCK | O_CLOEXEC);
	if (sys_dup3(fd, SIGNAL_FD, O_CLOEXEC) < 0)
		give_up();
	(void)sys_close(fd);
}

static void hear(void)
{
	struct signalfd_siginfo info;

	while (sys_read(SIGNAL_FD, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo == SIGHUP) {
			note("hup");
		} else {
			note("end");
			sys_exit(0);
		}
	}
}

static void read_chunk(void)
{
	static char chunk[CHUNK_BYTES];
	char file[LINE_BYTES];
	long got = sys_read(0, chunk, sizeof(chunk));
	int fd = open_to_append(own_path(file, "out"));

	if (got <= 0 || sys_write(fd, chunk, (size_t)got) != got)
		give_up();
	(void)sys_close(fd);
}

static _Noreturn void live(void)
{
	struct pollfd fds[] = {
		{ .fd = SIGNAL_FD, .events = POLLIN },
		{ .fd = reading ? 0 : -1, .events = POLLIN },
	};

	for (;;) {
		(void)sys_ppoll(fds, 2, NULL); /* an error: look anyway */
		if (fds[1].revents != 0)
			read_chunk();
		hear();
	}
}

/* The words */

/* It is what it was when its parent has let go of the lock. */
static void daemonize(void)
{
	struct flock lock = { .l_type = F_WRLCK };
	int pid;

	if (sys_fork(&pid) != 0)
		sys_exit(0);
	if (sys_fcntl_lock(open_lock(), F_SETLKW, &lock) < 0)
		give_up();
	note("heir");
}

static void have_child(void)
{
	static char child_name[LINE_BYTES];
	int pid;

	if (sys_fork(&pid) != 0)
		return;
	(void)append(child_name, append(child_name, 0, name), "-child");
	name = child_name;
	(void)sys_setsid(); /* we lead nothing yet */
	appear();
	live();
}

static unsigned number(const char *text)
{
	uint64_t n;

	if (!text_to_number(text, 1000, &n))
		give_up();
	return (unsigned)n;
}

static void fail_at_first(unsigned times)
{
	char file[LINE_BYTES];
	struct stat status;
	int fd = open_to_append(own_path(file, "tries"));

	if (sys_fstat(fd, &status) < 0)
		give_up();
	if (status.st_size >= (long)times)
		return;
	if (sys_write(fd, "x", 1) != 1)
		give_up();
	note("fail");
	sys_exit(TRIED);
}

static void newline(int fd)
{
	if (sys_write(fd, "\n", 1) != 1)
		give_up();
	(void)sys_close(fd);
}

static void notify(const char *conctl)
{
	const char *argv[] = { conctl, "ready", NULL };
	siginfo_t how;
	int pid;

	if (sys_fork(&pid) == 0) {
		(void)sys_execve(conctl, (char *const *)argv, environment);
		sys_exit(127);
	}
	while (sys_waitid(P_ALL, 0, &how, WEXITED) == -EINTR)
		;
	if (how.si_code != CLD_EXITED || how.si_status != 0)
		note("unready");
}

static void say(void)
{
	char line[LINE_BYTES];
	size_t length = line_of(line, "says");

	if (sys_write(1, line, length) != (long)length)
		give_up();
}

static char **do_word(char **word)
{
	if (text_equal(*word, "fails"))
		fail_at_first(number(*++word));
	else if (text_equal(*word, "job"))
		sys_exit(0);
	else if (text_equal(*word, "daemonize"))
		daemonize();
	else if (text_equal(*word, "child"))
		have_child();
	else if (text_equal(*word, "says"))
		say();
	else if (text_equal(*word, "reads"))
		reading = true;
	else if (text_equal(*word, "newline"))
		newline((int)number(*++word));
	else if (text_equal(*word, "notify"))
		notify(*++word);
	return word + 1;
}

int main(int argc, char **argv, char **envp)
{
	char **word = argv + 3;

	if (argc < 3)
		give_up();
	folder = argv[1];
	name = argv[2];
	environment = envp;
	if (argc == 5 && text_equal(*word, "note")) {
		note(word[1]);
		return 0;
	}
	if (argc == 4 && text_equal(*word, "stop"))
		stop();
	listen();
	appear();
	while (*word != NULL)
		word = do_word(word);
	live();
}
