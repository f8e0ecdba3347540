/* SPDX-License-Identifier: MIT */
/* One request through the request pipe, and its answer in the ledger's ring of
 * answers, under the request's id: so there is no lock that a stalled client
 * could hold. supervisord may be killed after it has read a request; then the
 * request is sent again: to ask twice does no harm. Knows no service. */
#include "conctl/change/exchange.h"

#include <asm/ioctls.h>

#include "conctl/base/order.h"
#include "conctl/base/out.h"
#include "conctl/session/session.h"
#include "conctl/session/supervisord.h"
#include "conctl/session/watch.h"
#include "model/moment.h"
#include "sys/call.h"
#include "sys/clock.h"

enum {
	ANSWER_MS = 30000,          /* to wait for it, without -t */
	GRACE_MS = 250,             /* for a new supervisord to answer */
	LOOK_FIRST_MS = 500,        /* a request is answered as it is read */
	LOOK_MS = 100,
	LOOKS = 5,                  /* in a row, to say that it is lost … */
	LOOKS_UNSEEN = 50,          /* … where supervisord is not visible */
};

struct request exchange_request;
static uint64_t last_id;

static uint64_t now_ns(void)
{
	struct __kernel_timespec t = { 0, 0 };

	(void)sys_clock_gettime(CLOCK_MONOTONIC, &t); /* it cannot fail */
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

/* Unique among clients: of the clock in nanoseconds, and our process id. */
static uint64_t fresh_id(void)
{
	uint64_t id = now_ns() * 0x9e3779b97f4a7c15ull ^
	              (uint64_t)sys_getpid() << 40;

	if (id == last_id || id == 0)
		id++;
	last_id = id;
	return id;
}

/* Finds the answer with that id. Answer k is whole once the counter has passed
 * it, and until the ring comes round: k + LEDGER_ANSWERS is written while the
 * counter stands there. */
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

/* In packet mode a request is read as one message (pipe(7)); where the kernel
 * refuses that, a write of so few bytes is still atomic. */
static int pipe_open(void)
{
	int fd = session_pipe();

	if (fd >= 0)
		(void)sys_fcntl(fd, F_SETFL, O_NONBLOCK | O_DIRECT);
	return fd;
}

static int exchange_check(const struct exchange *x)
{
	switch (session_check()) {
	case CHECK_GONE:
		return EXCHANGE_GONE;
	case CHECK_MOVED:
		return x->outlives_table ? 0 : EXCHANGE_MOVED;
	case CHECK_SAME:
		break;
	}
	return 0;
}

/* A successor may be connate by now: so try twice. */
static int pipe_find(struct exchange *x)
{
	int fd = pipe_open(), error;

	if (fd < 0) {
		error = exchange_check(x);
		x->opened = error == EXCHANGE_MOVED;
		if (error == EXCHANGE_MOVED)
			return EXCHANGE_MOVED;
		if (error == 0)
			fd = pipe_open();
	}
	x->opened |= fd >= 0;
	return fd;
}

static int exchange_check_in_time(struct exchange *x)
{
	return session_check_due(&x->check_ms) ? exchange_check(x) : 0;
}

/* While the pipe is full: a second, or until there is room or the deadline. */
static int pipe_wait_for_room(struct exchange *x)
{
	struct pollfd poll = { .fd = x->fd, .events = POLLOUT };
	uint64_t now = clock_now_ms(), left = x->deadline_ms - now;
	struct __kernel_timespec slice = { .tv_sec = 1 };

	if (now >= x->deadline_ms)
		return EXCHANGE_LATE;
	if (left < 1000)
		slice = (struct __kernel_timespec){
			.tv_nsec = (long long)(left * 1000000),
		};
	(void)sys_ppoll(&poll, 1, &slice);
	return exchange_check_in_time(x);
}

static int exchange_send(struct exchange *x)
{
	uint32_t length = request_seal(&exchange_request);

	x->answers = load(&session.live->answers);
	x->starts = load(&session.live->starts);
	x->lost_ms = NEVER_MS;
	x->look_ms = clock_now_ms() + LOOK_FIRST_MS;
	x->looks = 0;
	for (;;) {
		long done = sys_write(x->fd, &exchange_request, length);
		int error = (int)done;

		if (done == (long)length)
			return 0;
		if (done == -EAGAIN)
			error = pipe_wait_for_room(x);
		else if (done == -EPIPE)
			error = EXCHANGE_GONE;
		if (error < 0 && error != -EINTR)
			return error;
	}
}

/* An upgrade was read; the supervisord that comes out of it answers. */
static bool is_being_tried(void)
{
	return load_long(&session.live->exec_id) == exchange_request.id ||
	       load_long(&session.live->reexec_id) == exchange_request.id;
}

/* Whether there will be no answer to what was sent last: another supervisord
 * has come up; or so many answers were written that ours may have been
 * overwritten. */
static bool answer_is_lost(struct exchange *x)
{
	const volatile struct ledger *l = session.live;

	if (!x->outlives_table &&
	    load(&l->answers) - x->answers >= LEDGER_ANSWERS)
		return true;
	if (is_being_tried())
		x->lost_ms = NEVER_MS;
	else if (x->lost_ms == NEVER_MS && load(&l->starts) != x->starts)
		x->lost_ms = clock_now_ms() + GRACE_MS;
	return clock_now_ms() >= x->lost_ms;
}

/* Whether the request was read without being understood. Bytes in front of it
 * that no client should send can cut it in two, if the pipe was made larger: a
 * read of supervisord's ends in the middle of it. Then supervisord sleeps, and
 * the pipe is empty. A supervisord that is stopped, slow or at work is not
 * asked twice. */
static bool request_was_cut(struct exchange *x)
{
	enum idle idle;
	int unread = 0;

	if (clock_now_ms() < x->look_ms)
		return false;
	x->look_ms = clock_now_ms() + LOOK_MS;
	idle = supervisord_idle();
	if (idle == IDLE_NOT || is_being_tried() ||
	    sys_ioctl(x->fd, FIONREAD, &unread) < 0 || unread != 0)
		x->looks = 0;
	else
		x->looks++;
	return x->looks >= (idle == IDLE_WAITS ? LOOKS : LOOKS_UNSEEN);
}

/* With the same id, so an answer to either request is an answer. */
static int exchange_send_again(struct exchange *x)
{
	if (!x->resent)
		complain("the request was read, but not answered: garbage in "
		         "the request pipe has cut it in two; asking again",
		         NULL);
	x->resent = true;
	return exchange_send(x);
}

static int exchange_wait(struct exchange *x, struct answer *answer)
{
	bool again;
	int error;

	for (;;) {
		uint32_t seen = load(&session.live->change);

		again = request_was_cut(x); /* before answer_find() */
		if (answer_find(exchange_request.id, answer))
			return 0;
		if (clock_now_ms() >= x->deadline_ms)
			return EXCHANGE_LATE;
		error = exchange_check_in_time(x);
		if (error == 0 && again)
			error = exchange_send_again(x);
		else if (error == 0 && answer_is_lost(x))
			error = exchange_send(x);
		if (error < 0)
			return error;
		session_wait(seen, earlier(earlier(x->lost_ms, x->look_ms),
		                           x->deadline_ms));
	}
}

/* An exchange that ends at the order's deadline; without one in 30 s. */
struct exchange exchange_for(const struct order *o, bool outlives_table)
{
	return (struct exchange){
		.fd = -1,
		.outlives_table = outlives_table,
		.deadline_ms = o->timed ? o->deadline_ms
		                        : clock_now_ms() + ANSWER_MS,
	};
}

/* Opens the request pipe. 0; or -errno, REFUSED_… or EXCHANGE_…. x->opened:
 * a pipe could be opened, or another table is in force. */
int exchange_open(struct exchange *x)
{
	x->opened = false;
	x->fd = pipe_find(x);
	x->check_ms = clock_now_ms() + CHECK_MS;
	return x->fd < 0 ? x->fd : 0;
}

/* Sends the request, with a new id, and waits for its answer: again if it was
 * lost. 0, *answer; or -errno, EXCHANGE_…. */
int exchange_run(struct exchange *x, struct answer *answer)
{
	int error;

	exchange_request.id = fresh_id();
	exchange_request.digest = session.table->digest;
	error = exchange_send(x);
	return error < 0 ? error : exchange_wait(x, answer);
}

/* Closes the request pipe. */
void exchange_close(struct exchange *x)
{
	(void)sys_close(x->fd); /* it has been written to */
}
