/* SPDX-License-Identifier: MIT */
/* The program of an image that has no other, for t/6006-container.t:
 *
 *     inside exit CODE         ends with it
 *     inside kill SIGNAL       sends it to itself
 *     inside [-OPTION...]      is a service, as hear
 *     inside hear              prints "began", each signal that it gets by its
 *                              number, and at SIGTERM ends with 9
 *     inside outlast MS        says "began"; at SIGTERM it takes so long, says
 *                              "over", and ends with 0
 *     inside orphans COUNT     leaves so many that end without a parent, says
 *                              "began" and goes on
 *     inside count             prints how many words it was given after that
 *     inside run               goes on until it is killed
 *     inside write PATH        0 if a file could be made there, else errno
 *     inside allocate MIB      touches so much memory
 *     inside fork COUNT        has so many children; ends with the errno of
 *                              the first that it could not have
 *     inside who               prints its /proc/self/status
 */
#include "model/text.h"
#include "sys/call.h"
#include "sys/message.h"
#include "sys/start.h"

enum { MIB = 1 << 20, STATUS_BYTES = 4096, PAGE_BYTES = 4096 };

struct verb {
	const char *name;
	int (*run)(const char *word);
};

static int words;

/* At most STATUS_BYTES, and at once: others write to the same place. */
static void say(const char *text)
{
	static char line[STATUS_BYTES + 1];
	size_t length = text_length(text);

	__builtin_memcpy(line, text, length);
	line[length] = '\n';
	(void)sys_write(1, line, length + 1); /* the test would miss it */
}

static int number(const char *word)
{
	uint64_t n = 0;

	return text_to_number(word, INT32_MAX, &n) ? (int)n : 0;
}

static int run_exit(const char *word)
{
	return number(word);
}

static int run_kill(const char *word)
{
	(void)sys_kill(sys_getpid(), number(word)); /* by which we end */
	return 0;
}

static int run_forever(const char *word)
{
	(void)word;
	while (sys_ppoll(NULL, 0, NULL) <= 0)
		continue; /* until a signal ends us */
	return 0;
}

/* All signals, which then wait to be read. */
static int listen(void)
{
	uint64_t all = ~0ull;

	(void)sys_sigprocmask(SIG_SETMASK, &all, NULL); /* cannot fail */
	return sys_signalfd(-1, &all, 0);
}

static int next_signal(int fd)
{
	struct signalfd_siginfo info = { 0 };

	return sys_read(fd, &info, sizeof(info)) == sizeof(info)
	               ? (int)info.ssi_signo
	               : 0;
}

static int run_hear(const char *word)
{
	int fd = listen(), signal;
	struct digits d;

	(void)word;
	say("began");
	while ((signal = next_signal(fd)) != SIGTERM)
		if (signal != SIGCONT)
			say(text_number(&d, signal));
	return 9;
}

static int run_outlast(const char *word)
{
	int fd = listen(), ms = number(word);
	struct __kernel_timespec time = { ms / 1000, ms % 1000 * 1000000l };

	say("began");
	while (next_signal(fd) != SIGTERM)
		continue;
	(void)sys_ppoll(NULL, 0, &time);
	say("over");
	return 0;
}

/* Its child ends at once, and leaves one that ends a moment later. */
static void leave_one(void)
{
	struct __kernel_timespec moment = { .tv_nsec = 1000000 };
	siginfo_t how;
	int tid, child = sys_fork(&tid);

	if (child == 0) {
		if (sys_fork(&tid) == 0)
			(void)sys_ppoll(NULL, 0, &moment);
		sys_exit(0);
	}
	if (child > 0)
		(void)sys_waitid(P_PID, child, &how, WEXITED); /* ours */
}

static int run_orphans(const char *word)
{
	for (int left = number(word); left > 0; left--)
		leave_one();
	say("began");
	return run_forever(word);
}

static int run_count(const char *word)
{
	struct digits d;

	(void)word;
	say(text_number(&d, words));
	return 0;
}

static int run_write(const char *word)
{
	int fd = sys_openat(AT_FDCWD, word, O_WRONLY | O_CREAT | O_CLOEXEC,
	                    0600);

	return fd < 0 ? -fd : 0;
}

static int run_allocate(const char *word)
{
	size_t size = (size_t)number(word) * MIB;
	long memory = sys_mmap(NULL, size, PROT_READ | PROT_WRITE,
	                       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (memory < 0 && memory > -PAGE_BYTES)
		return (int)-memory;
	for (size_t at = 0; at < size; at += PAGE_BYTES)
		*(volatile char *)(memory + (long)at) = 1;
	return 0;
}

static int run_fork(const char *word)
{
	int tid, child = 1;

	for (int left = number(word); left > 0 && child > 0; left--) {
		child = sys_fork(&tid);
		if (child == 0)
			sys_exit(run_forever(word));
	}
	return child < 0 ? -child : 0;
}

static int run_who(const char *word)
{
	static char text[STATUS_BYTES];
	int fd = sys_openat(AT_FDCWD, "/proc/self/status", O_RDONLY, 0);
	long got = sys_read(fd, text, sizeof(text) - 1);

	(void)word;
	text[got > 0 ? got : 0] = '\0';
	say(text);
	return 0;
}

static const struct verb verbs[] = {
	{ "exit", run_exit },         { "kill", run_kill },
	{ "hear", run_hear },         { "outlast", run_outlast },
	{ "orphans", run_orphans },   { "count", run_count },
	{ "run", run_forever },       { "write", run_write },
	{ "allocate", run_allocate }, { "fork", run_fork },
	{ "who", run_who },
};

int main(int argc, char **argv, char **envp)
{
	(void)envp;
	words = argc - 2;
	for (unsigned k = 0; k < sizeof(verbs) / sizeof(verbs[0]); k++)
		if (argc > 1 && text_equal(argv[1], verbs[k].name))
			return verbs[k].run(argc > 2 ? argv[2] : "");
	if (argc < 2 || argv[1][0] == '-')
		return run_hear("");
	message("usage: inside VERB [WORD]", NULL);
	return 2;
}
