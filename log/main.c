/* SPDX-License-Identifier: MIT */
/* connate-log: one process that writes down what many services say. Its inputs
 * are its standard input and the pipes of .reads = EACH, which connate keeps;
 * what it has read and not yet written is in its memory (memory.h). It waits
 * in one place, and does not wake up when nothing is said. */
#include "log/datagram.h"
#include "log/history.h"
#include "log/memory.h"
#include "log/options.h"
#include "log/rate.h"
#include "log/ring.h"
#include "log/split.h"
#include "model/text.h"
#include "sys/call.h"
#include "sys/message.h"
#include "sys/start.h"

enum {
	FIRST_FD = 3,               /* sd_listen_fds(3): SD_LISTEN_FDS_START */
	EVENTS = 64,
	AGAIN_MS = 1000,            /* until a file is tried again */
	SIGNALS = WRITERS_MAX,      /* the event that is no input's */
};

/* Standard input, then descriptor FIRST_FD and those behind it. */
struct input {
	uint32_t writer;
	bool open;
};

static struct input inputs[WRITERS_MAX];
static uint32_t count, still_open;
static int epoll, signals;
static bool ends;               /* a signal asks for it */
static int stuck;               /* -errno of a file that cannot be written */
static const char *manager;     /* NOTIFY_SOCKET, or NULL */
static int kept = -1;           /* the ring of the former logger, or -1 */
static bool counts;             /* something was dropped and is to be said */

static int fd_of(uint32_t k)
{
	return k == 0 ? 0 : FIRST_FD - 1 + (int)k;
}

/* The names that have nothing in memory make room for those that come. */
static void forget_names(void)
{
	for (uint32_t k = 0; k < WRITERS_MAX; k++) {
		struct writer *w = &memory->writers[k];
		bool in_use = k == memory->writer &&
		              (memory->have > 0 || memory->length > 0);

		if (!in_use && w->held == 0 && w->dropped == 0)
			w->name[0] = '\0';
	}
}

static void add_input(const char *name, uint32_t length)
{
	uint32_t writer = count < WRITERS_MAX && length < NAME_BYTES
	                          ? memory_writer(name, length)
	                          : WRITERS_MAX;

	if (writer == WRITERS_MAX) {
		message("connate-log: too many services: ", name,
		        " and those behind it are not read", NULL);
		return;
	}
	inputs[count++].writer = writer;
}

static bool is_kind(int fd, unsigned kind)
{
	struct stat status;

	return sys_fstat(fd, &status) == 0 &&
	       (status.st_mode & S_IFMT) == kind;
}

/* What the variables name, and the pipes behind them that have no name: of
 * services that are not in the configuration any more. Behind these is the ring,
 * if one was kept. */
static void find_inputs(char **envp)
{
	const char *pid = text_value(envp, "LISTEN_PID", 10);
	const char *names = text_value(envp, "LISTEN_FDNAMES", 14);
	uint64_t is_mine = 0;

	add_input("-", 1);
	if (pid == NULL || names == NULL ||
	    !text_to_number(pid, INT32_MAX, &is_mine) ||
	    is_mine != (uint64_t)sys_getpid())
		return;
	while (*names != '\0') {
		uint32_t length = 0;

		while (names[length] != '\0' && names[length] != ':')
			length++;
		add_input(names, length);
		names += length + (names[length] == ':');
	}
	while (count < WRITERS_MAX && is_kind(fd_of(count), S_IFIFO))
		add_input("former", 6);
	if (count < WRITERS_MAX && is_kind(fd_of(count), S_IFREG)) {
		kept = fd_of(count);
		(void)sys_fcntl(kept, F_SETFD, FD_CLOEXEC); /* it is open */
	}
}

static int watch(int fd, uint32_t what)
{
	struct epoll_event event = { .events = EPOLLIN, .data = what };

	return sys_epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
}

static void close_input(uint32_t k)
{
	if (!inputs[k].open)
		return;
	inputs[k].open = false;
	still_open--;
	(void)sys_epoll_ctl(epoll, EPOLL_CTL_DEL, fd_of(k), NULL);
}

/* A standard input that cannot be waited for is none: /dev/null, a file. */
static void watch_inputs(void)
{
	for (uint32_t k = 0; k < count; k++) {
		int fd = fd_of(k);

		if (options.room != 0)  /* as much as is allowed */
			(void)sys_fcntl(fd, F_SETPIPE_SZ, options.room);
		(void)sys_fcntl(fd, F_SETFD, FD_CLOEXEC); /* it is open */
		inputs[k].open = watch(fd, k) == 0;
		still_open += inputs[k].open;
	}
}

/* As sd_notify(3). Without the variable nobody wants to know. */
static void notify(const char *before, const char *what)
{
	char text[128];
	size_t length = text_length(before);

	if (manager == NULL)
		return;
	__builtin_memcpy(text, before, length);
	for (; *what != '\0' && length < sizeof(text); what++)
		text[length++] = *what;
	(void)datagram_send(manager, text, length); /* it was said anyway */
}

static int begin(char **envp)
{
	uint64_t all = ~0ull;
	struct rlimit64 files;

	/* The pipes may have taken all numbers that the soft limit allows. */
	if (sys_prlimit(0, RLIMIT_NOFILE, NULL, &files) == 0) {
		files.rlim_cur = files.rlim_max;
		(void)sys_prlimit(0, RLIMIT_NOFILE, &files, NULL);
	}
	forget_names();
	find_inputs(envp);
	(void)sys_sigprocmask(SIG_SETMASK, &all, NULL); /* it cannot fail */
	epoll = sys_epoll_create(EPOLL_CLOEXEC);
	signals = sys_signalfd(-1, &all, O_NONBLOCK | O_CLOEXEC);
	if (epoll < 0 || signals < 0)
		return epoll < 0 ? epoll : signals;
	watch_inputs();
	manager = text_value(envp, "NOTIFY_SOCKET", 13);
	ring_open(kept, manager);
	history_begin(envp);
	notify("READY=1", "");
	return watch(signals, SIGNALS);
}

/* Said once, until all is well again. */
static void set_stuck(int error)
{
	struct digits d;

	if (error < 0 && stuck == 0)
		message("connate-log: cannot write the log of ",
		        memory->writers[memory->writer].name, ": ",
		        text_error(&d, error),
		        options.drop ? "; lines are dropped until it can be"
		                     : "; services wait until it can be",
		        NULL);
	if (error >= 0 && stuck < 0)
		message("connate-log: the log can be written again", NULL);
	if (error < 0 && error != stuck)
		notify("STATUS=cannot write its file: ", text_error(&d, error));
	if (error >= 0 && stuck < 0)
		notify("STATUS=", "");
	stuck = error < 0 ? error : 0;
}

static void hear_signals(void)
{
	struct signalfd_siginfo s;

	while (sys_read(signals, &s, sizeof(s)) == (long)sizeof(s)) {
		if (s.ssi_signo == SIGTERM || s.ssi_signo == SIGINT)
			ends = true;
		if (s.ssi_signo == SIGCHLD)
			history_reap();
	}
}

static void take(uint32_t k)
{
	long got = split_read(inputs[k].writer, fd_of(k));

	if (got > 0) {
		set_stuck(split_go_on());
		counts |= memory->writers[inputs[k].writer].dropped > 0;
	} else if (got != -EAGAIN && got != -EINTR) {
		close_input(k);
		set_stuck(split_end(inputs[k].writer, false));
	}
}

/* While the file cannot be written and lines are to be dropped. */
static void discard(uint32_t k)
{
	static char bytes[READ_BYTES];
	long got = sys_read(fd_of(k), bytes, sizeof(bytes));
	uint32_t lines = 0;

	for (long at = 0; at < got; at++)
		lines += bytes[at] == '\n';
	rate_drop(inputs[k].writer, lines);
	counts = true;
	if (got == 0)
		close_input(k);
}

/* Without --drop nothing is read while a file cannot be written: only signals
 * are waited for. */
static void wait_stuck(void)
{
	struct pollfd poll = { .fd = signals, .events = POLLIN };
	struct __kernel_timespec pause = { .tv_sec = AGAIN_MS / 1000 };

	(void)sys_ppoll(&poll, 1, &pause); /* then it is tried again */
	hear_signals();
}

static void wait_and_take(void)
{
	struct epoll_event events[EVENTS];
	int most = sys_epoll_wait(epoll, events, EVENTS,
	                          counts || stuck < 0 || history_is_due()
	                                  ? AGAIN_MS
	                                  : -1);

	for (int e = 0; e < most; e++) {
		uint32_t k = (uint32_t)events[e].data;

		if (k == SIGNALS)
			hear_signals();
		else if (stuck == 0)
			take(k);
		else if (options.drop)
			discard(k);
	}
}

/* What is due apart from what is read: a file that could not be written, what
 * was dropped, and the process of the history, if that has ended. */
static void catch_up(void)
{
	history_go_on();
	if (stuck < 0)
		set_stuck(split_go_on());
	if (stuck < 0 || !counts)
		return;
	counts = false;
	for (uint32_t k = 0; k < count && stuck == 0; k++) {
		set_stuck(split_say_dropped(inputs[k].writer, false));
		counts |= memory->writers[inputs[k].writer].dropped > 0;
	}
}

/* Lines that have not ended: with --memory the next logger goes on with them,
 * unless all is over. */
static void finish(void)
{
	for (uint32_t k = 0; k < count && stuck == 0; k++)
		if (!inputs[k].open)
			set_stuck(split_end(inputs[k].writer, false));
		else if (options.memory == NULL)
			set_stuck(split_end(inputs[k].writer, true));
	for (uint32_t k = 0; k < count && stuck == 0; k++)
		set_stuck(split_say_dropped(inputs[k].writer, true));
}

int main(int argc, char **argv, char **envp)
{
	struct digits d;
	int error;

	if (argc < 1 || !options_read(argv + 1))
		return 2;
	error = memory_open();
	if (error < 0)
		message("connate-log: ", options.memory, ": ",
		        text_error(&d, error), NULL);
	if (error < 0)
		return 1;
	error = begin(envp);
	if (error < 0)
		message("connate-log: cannot begin: ", text_error(&d, error),
		        NULL);
	if (error < 0)
		return 1;
	set_stuck(split_go_on());
	counts = true;
	while (stuck < 0 || (still_open > 0 && !ends)) {
		if (stuck < 0 && !options.drop)
			wait_stuck();
		else
			wait_and_take();
		catch_up();
		if (stuck == 0 && (ends || still_open == 0))
			finish();
		if (stuck < 0 && ends && options.memory != NULL)
			break;    /* the next one goes on */
	}
	history_finish();
	return 0;
}
