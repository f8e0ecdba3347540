/* SPDX-License-Identifier: MIT */
/* A request goes through the request pipe; what became of it is in the
 * ledger's ring of answers, under the request's id. So there is no lock that
 * a client which stalls could hold. supervisord may be killed with a request
 * in its hands; then it is sent again: to ask twice is harmless. */
#include <asm/ioctls.h>

#include "conctl/conctl.h"
#include "sys/call.h"

enum {
	ANSWER_MS = 30000,          /* without -t */
	GRACE_MS = 250,             /* for a new supervisord to answer */
	STALE_PAUSE_MS = 20,
	LOOK_FIRST_MS = 500,        /* what is read is answered at once */
	LOOK_MS = 100,
	LOOKS = 5,                  /* in a row, to say that it is lost … */
	LOOKS_BLINDLY = 50,         /* … where supervisord cannot be seen */
};

/* Local failures, apart from those that supervisord answers with. */
enum { GONE = -ESRCH, LATE = -ETIMEDOUT, MOVED = -ESTALE };

struct exchange {
	int fd;
	bool opened;                /* connate's pipe could be */
	uint64_t deadline_ms;
	uint32_t answers;           /* counters of the ledger when it was */
	uint32_t starts;            /* … last sent */
	uint64_t lost_ms;           /* when to send it again; NEVER */
	uint64_t check_ms;          /* when to look whether connate is there */
	uint64_t look_ms;           /* when to look whether it was read */
	uint32_t looks;             /* that found it read, and not answered */
	bool said;                  /* that it is sent again */
	bool stays;                 /* it means the same in every ledger */
};

static struct request request;
static uint64_t last_id;

/* Unique among clients: the clock to the nanosecond, and who we are. */
static uint64_t fresh_id(void)
{
	uint64_t id = now_ns() * 0x9e3779b97f4a7c15ull ^
	              (uint64_t)sys_getpid() << 40;

	if (id == last_id || id == 0)
		id++;
	last_id = id;
	return id;
}

/* Entry k is whole once the counter has passed it, and until it comes round
 * again: entry k + LEDGER_ANSWERS is written while the counter stands there. */
static bool answer_find(uint64_t id, struct answer *answer)
{
	const volatile uint32_t *count = &session.live->answers;
	uint32_t end = load(count);

	for (uint32_t back = 1; back < LEDGER_ANSWERS && back <= end; back++) {
		uint32_t k = end - back;
		struct answer a = *(const volatile struct answer *)live_at(
			ledger_answer(session.head, k));

		__atomic_thread_fence(__ATOMIC_ACQUIRE);
		if (a.id == id && load(count) - k < LEDGER_ANSWERS) {
			*answer = a;
			return true;
		}
	}
	return false;
}

/* Packet mode, so that it is read as one message (pipe(7)); where the kernel
 * refuses that, a write of so few bytes is still atomic. */
static int pipe_open(void)
{
	int fd = session_pipe();

	if (fd >= 0)
		(void)sys_fcntl(fd, F_SETFL, O_NONBLOCK | O_DIRECT);
	return fd;
}

static int check(const struct exchange *x)
{
	switch (session_check()) {
	case CHECK_GONE:
		return GONE;
	case CHECK_MOVED:
		return x->stays ? 0 : MOVED;
	case CHECK_SAME:
		break;
	}
	return 0;
}

/* Another process may have taken the place of the connate that we knew. */
static int pipe_find(struct exchange *x)
{
	int fd = pipe_open(), error;

	if (fd < 0) {
		error = check(x);
		x->opened = error == MOVED;
		if (error == MOVED)
			return MOVED;
		if (error == 0)
			fd = pipe_open();
	}
	x->opened |= fd >= 0;
	return fd;
}

/* Looks once a second, and at once if the ledger says that it has moved. */
static int check_in_time(struct exchange *x)
{
	uint64_t now = now_ms();

	if (now < x->check_ms && !load(&session.live->moved))
		return 0;
	x->check_ms = now + 1000;
	return check(x);
}

/* The pipe is full: until there is room, but not for ever. */
static int await_room(struct exchange *x)
{
	struct pollfd poll = { .fd = x->fd, .events = POLLOUT };
	uint64_t now = now_ms(), left = x->deadline_ms - now;
	struct __kernel_timespec slice = { .tv_sec = 1 };

	if (now >= x->deadline_ms)
		return LATE;
	if (left < 1000)
		slice = (struct __kernel_timespec){
			.tv_nsec = (long long)(left * 1000000),
		};
	(void)sys_ppoll(&poll, 1, &slice);
	return check_in_time(x);
}

static int send(struct exchange *x)
{
	uint32_t length = request_seal(&request);

	x->answers = load(&session.live->answers);
	x->starts = load(&session.live->starts);
	x->lost_ms = NEVER;
	x->look_ms = now_ms() + LOOK_FIRST_MS;
	x->looks = 0;
	for (;;) {
		long done = sys_write(x->fd, &request, length);
		int error = (int)done;

		if (done == (long)length)
			return 0;
		if (done == -EAGAIN)
			error = await_room(x);
		else if (done == -EPIPE)
			error = GONE;
		if (error < 0 && error != -EINTR)
			return error;
	}
}

/* It has been read, and whoever is supervisord will answer it. */
static bool is_tried(void)
{
	return load_long(&session.live->exec_id) == request.id ||
	       load_long(&session.live->reexec_id) == request.id;
}

/* Another supervisord has come up, or so many answers were written that ours
 * may have been among those that are gone. */
static bool lost(struct exchange *x)
{
	const volatile struct ledger *l = session.live;

	if (!x->stays && load(&l->answers) - x->answers >= LEDGER_ANSWERS)
		return true;
	if (is_tried())
		x->lost_ms = NEVER;
	else if (x->lost_ms == NEVER && load(&l->starts) != x->starts)
		x->lost_ms = now_ms() + GRACE_MS;
	return now_ms() >= x->lost_ms;
}

/* Bytes in front of a request that no client should send can cut it in two (a
 * read of supervisord's ends in the middle, if the pipe was made larger), and
 * then it is no request any more. supervisord sleeps then, and there is nothing
 * for it to read; one that is stopped or slow still has it before it, or is at
 * work, and is not asked twice. */
static bool swallowed(struct exchange *x)
{
	enum sleep sleep;
	int unread = 0;

	if (now_ms() < x->look_ms)
		return false;
	x->look_ms = now_ms() + LOOK_MS;
	sleep = supervisord_sleep();
	if (sleep == SLEEP_NONE || is_tried() ||
	    sys_ioctl(x->fd, FIONREAD, &unread) < 0 || unread != 0)
		x->looks = 0;
	else
		x->looks++;
	return x->looks >= (sleep == SLEEP_SEEN ? LOOKS : LOOKS_BLINDLY);
}

/* It has the same id, so an answer to either is one. */
static int send_again(struct exchange *x)
{
	if (!x->said)
		complain("the request was read, but not answered: garbage in "
		         "the request pipe has cut it in two; asking again",
		         NULL);
	x->said = true;
	return send(x);
}

static int await_answer(struct exchange *x, struct answer *answer)
{
	bool again;
	int error;

	for (;;) {
		uint32_t seen = load(&session.live->change);

		again = swallowed(x);   /* before its answer is looked for */
		if (answer_find(request.id, answer))
			return 0;
		if (now_ms() >= x->deadline_ms)
			return LATE;
		error = check_in_time(x);
		if (error == 0 && again)
			error = send_again(x);
		else if (error == 0 && lost(x))
			error = send(x);
		if (error < 0)
			return error;
		moment_wait(seen, earlier(earlier(x->lost_ms, x->look_ms),
		                          x->deadline_ms));
	}
}

/* Chosen services from `at` on, as many as one request can name. Returns the
 * first that found no room, or TABLE_NONE. */
static uint32_t fill_ranges(uint32_t at)
{
	request.ranges = 0;
	for (at = chosen_next(at); at != TABLE_NONE; at = chosen_next(at + 1)) {
		struct request_range *last =
			&request.range[request.ranges - (request.ranges > 0)];

		if (request.ranges > 0 && last->first + last->count == at) {
			last->count++;
			continue;
		}
		if (request.ranges == REQUEST_RANGES)
			break;
		request.range[request.ranges++] =
			(struct request_range){ at, 1 };
	}
	return at;
}

/* Why nothing is done for that service. */
static const char *refusal(enum request_verb verb, int result,
                           struct digits *d)
{
	bool reload = verb == REQUEST_RELOAD;

	if (result == -ESRCH)
		return reload ? "it is not up" : "it has no process";
	if (result == -EBUSY && reload)
		return "a reload of it is still running";
	if (result == -EOPNOTSUPP && reload)
		return "its configuration has no .reload";
	if (result == -EAGAIN && reload)
		return "its command cannot be started now; try again";
	return text_error(d, result);
}

static void refused_one(enum request_verb verb, const struct answer *a)
{
	struct digits d;

	complain(verb == REQUEST_RELOAD ? "reload " : "",
	         verb == REQUEST_SIGNAL ? "signal " : "",
	         table_name(session.table, a->service), ": ",
	         refusal(verb, a->result, &d), NULL);
	choose_not(a->service);
}

static bool is_about_one(const struct answer *a)
{
	return a->result < 0 && a->service < session.table->services;
}

static int refused(const struct order *o, int result)
{
	struct digits d;

	if (result == -ESHUTDOWN) {
		complain("connate is shutting down: nothing is started any "
		         "more", NULL);
		return EXIT_MISSED;
	}
	if (result == -EOPNOTSUPP && o->verb->group == GROUP_HALT) {
		complain("connate is not PID 1 here, so it cannot ",
		         o->verb->name, "; conctl exit ends it", NULL);
		return EXIT_MISSED;
	}
	complain("supervisord refused the request: ",
	         result == -EPROTO
	                 ? "it is of another version than this conctl"
	                 : text_error(&d, result),
	         NULL);
	return EXIT_UNREACHABLE;
}

static int failed(const struct order *o, int error)
{
	struct digits d;

	if (error == GONE)
		session_gone();
	else if (error == LATE)
		complain("supervisord does not answer; is it stopped? Its "
		         "process is ",
		         text_number(&d, session_report().supervisord), NULL);
	else
		complain("cannot send a request to supervisord: ",
		         text_error(&d, error), NULL);
	return error == LATE && o->timed ? EXIT_LATE : EXIT_UNREACHABLE;
}

/* The names mean other indexes now, or are gone. */
static int choose_again(const struct order *o)
{
	struct __kernel_timespec pause = {
		.tv_nsec = STALE_PAUSE_MS * 1000000,
	};

	(void)sys_ppoll(NULL, 0, &pause);
	if (session_check() == CHECK_GONE) {
		session_gone();
		return EXIT_UNREACHABLE;
	}
	return choose(o) > 0 ? EXIT_UNKNOWN : EXIT_DONE;
}

/* The chosen services, in as many requests as it takes. 0, or a failure of
 * ours below it; *result is 0, or below it what supervisord answered about all
 * of them. *missed: it refused something for one of them. */
static int ask_all(struct exchange *x, int *result, bool *missed)
{
	uint32_t at = 0;
	int error;

	do {
		struct answer answer = { .result = 0 };

		at = fill_ranges(at);
		request.id = fresh_id();
		request.digest = session.table->digest;
		error = send(x);
		if (error == 0)
			error = await_answer(x, &answer);
		if (error == 0 && is_about_one(&answer)) {
			refused_one((enum request_verb)request.verb, &answer);
			*missed = true;
		} else {
			*result = answer.result;
		}
	} while (error == 0 && *result == 0 && at != TABLE_NONE);
	return error;
}

/* The end of connate is what was asked for. */
static bool is_over(enum request_verb verb, int error)
{
	return (verb == REQUEST_EXIT || verb == REQUEST_HALT) &&
	       error == GONE && load(&session.live->halt) != 0;
}

/* All names were unknown, and that does not matter. */
static bool is_empty(const struct order *o)
{
	return o->lenient && o->count > 0 && chosen_next(0) == TABLE_NONE;
}

static int ask_once(struct exchange *x, int *result, bool *missed)
{
	int error;

	x->fd = pipe_find(x);
	if (x->fd < 0)
		return x->fd;
	x->check_ms = now_ms() + 1000;
	error = ask_all(x, result, missed);
	(void)sys_close(x->fd);     /* it has been written to */
	return error;
}

int ask(const struct order *o, enum request_verb verb, uint32_t argument)
{
	struct exchange x = {
		.deadline_ms = o->timed ? o->deadline_ms
		                        : now_ms() + ANSWER_MS,
	};
	bool missed = false;

	while (!is_empty(o)) {
		int result = 0, error;

		request.verb = (uint16_t)verb;
		request.argument = argument;
		x.opened = false;
		error = ask_once(&x, &result, &missed);
		if (is_over(verb, error) || (error == 0 && result == 0))
			break;
		if (!x.opened) {
			session_refused(error);
			return EXIT_UNREACHABLE;
		}
		if (error != MOVED && result != -ESTALE)
			return error < 0 ? failed(o, error)
			                 : refused(o, result);
		if (now_ms() >= x.deadline_ms)
			return failed(o, LATE);
		error = choose_again(o);
		if (error != EXIT_DONE)
			return error;
	}
	return missed ? EXIT_MISSED : EXIT_DONE;
}

/* Whole words, with NUL behind it. */
static void fill_path(const char *path)
{
	char *to = (char *)request.range;
	size_t length = text_length(path), words = length / 8 + 1;

	for (size_t k = 0; k < words * 8; k++)
		to[k] = k < length ? path[k] : '\0';
	request.ranges = (uint32_t)words;
}

static int exchange(struct exchange *x, struct answer *answer)
{
	int error;

	x->fd = pipe_find(x);
	if (x->fd < 0)
		return x->fd;
	x->check_ms = now_ms() + 1000;
	error = send(x);
	if (error == 0)
		error = await_answer(x, answer);
	(void)sys_close(x->fd); /* it has been written to */
	return error;
}

int ask_path(const struct order *o, enum request_verb verb, const char *path,
             struct answer *answer)
{
	struct exchange x = {
		.stays = true,
		.deadline_ms = o->timed ? o->deadline_ms
		                        : now_ms() + ANSWER_MS,
	};
	int error;

	request.verb = (uint16_t)verb;
	request.argument = 0;
	request.digest = session.table->digest;
	request.id = fresh_id();
	fill_path(path);
	error = exchange(&x, answer);
	if (error == 0)
		return EXIT_DONE;
	if (!x.opened) {
		session_refused(error);
		return EXIT_UNREACHABLE;
	}
	return failed(o, error);
}
