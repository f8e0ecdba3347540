/* SPDX-License-Identifier: MIT */
/* keep-time: starts the services with .every when they are due, and sleeps
 * between. It is a service itself, which supervisord starts again when it dies,
 * and it stores nothing: when a service is due follows from its record
 * (conctl/session/timer.c). So that a run is neither lost nor doubled:
 *
 * Killed before the request is written: the record is as it was, and the successor
 * finds the service due. Killed behind that: supervisord reads the request, and
 * stores the start with its time (wanted_ms) before the process exists; behind
 * that time it is due at the next one. A successor that looks before the request
 * was read writes another: both are read in one pass, in which the first one sets
 * the target and the second finds it set.
 *
 * A time at which the service runs, or has been asked to be down, is passed
 * over.
 *
 * Of a service with .catch_up the time of its last run is also that of a file, for
 * the next session. It is set behind the request: killed in between, and the
 * machine with it, the run is made up for although it began. */
#include "conctl/base/order.h"
#include "conctl/base/out.h"
#include "conctl/change/change.h"
#include "conctl/change/exchange.h"
#include "conctl/session/mapping.h"
#include "conctl/session/record.h"
#include "conctl/session/session.h"
#include "conctl/session/timer.h"
#include "conctl/session/watch.h"
#include "model/moment.h"
#include "model/text.h"
#include "sys/call.h"

enum {
	AGAIN_MS = 1000,            /* when supervisord has not answered */
	BLIND_MS = 60000,           /* between looks without a timerfd */
	JUMP_MS = 200,              /* the clock was set, not slewed */
};

/* What is kept of a timer while this process lives. base_ms and due_ms are as in
 * timer_due(). */
struct kept {
	uint32_t service;
	bool calendar, has_run;
	int64_t base_ms, due_ms;
	int64_t stamp_ms;           /* of a former session: behind that moment
	                               since 1970, in place of base_ms; or 0 */
};

static struct kept kept[TIMERS_MAX];
static uint32_t keeps;
static struct clocks now;
static int64_t looked_ms;           /* CLOCK_BOOTTIME: all was due then … */
static int64_t offset_ms;           /* … by this distance of the clocks */

/* A clock that is not set yet may be before the stamp. */
static void compute(struct kept *k)
{
	int64_t stamp_ms = k->stamp_ms < now.real ? k->stamp_ms : now.real;

	if (k->stamp_ms != 0)
		k->base_ms = stamp_ms - now.real + now.boot;
	k->due_ms = timer_due(k->service, k->base_ms, k->has_run, &now);
}

static void pass(struct kept *k)
{
	k->base_ms = k->calendar ? now.boot : now.monotonic;
	k->has_run = true;
	k->stamp_ms = 0;
	compute(k);
}

/* Is its file with the time of its last run named in `path`? In the STATE folder of
 * the service that this is. */
static bool stamp_path(const struct order *o, const struct kept *k,
                       char path[OUT_BYTES])
{
	static const char name[] = "STATE_DIRECTORY=";
	struct out to = { .fd = -1, .bytes = path };
	char *const *entry = o->locator.envp;

	if (!k->calendar || timer_every(k->service).catch_up == 0)
		return false;
	while (*entry != NULL && !text_starts(*entry, name))
		entry++;
	if (*entry == NULL)
		return false;
	out_texts(&to, *entry + sizeof(name) - 1, "/",
	          table_name(session.table, k->service), NULL);
	path[to.used < OUT_BYTES ? to.used : OUT_BYTES - 1] = '\0';
	return true; /* one that was cut is too long for the kernel */
}

/* Stores that it ran now. It is made at first without a run, so that the next
 * session knows since when there is the timer. */
static void stamp_set(const struct order *o, const struct kept *k)
{
	static char path[OUT_BYTES];
	struct digits d;
	int fd;

	if (!stamp_path(o, k, path))
		return;
	fd = sys_openat(AT_FDCWD, path,
	                O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (fd >= 0) {
		(void)sys_close(fd); /* nothing was written */
		fd = sys_utimensat_now(AT_FDCWD, path);
	}
	if (fd < 0)
		complain("keep-time: ", path, ": ", text_error(&d, fd),
		         ": a run that is missed is not made up for", NULL);
}

/* The time of its last run in a former session. */
static void stamp_get(const struct order *o, struct kept *k)
{
	static char path[OUT_BYTES];
	struct stat status = { .st_mtime = 0 };
	int fd;

	if (k->has_run || !stamp_path(o, k, path))
		return;
	fd = sys_openat(AT_FDCWD, path,
	                O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0);
	if (fd < 0) {
		stamp_set(o, k);
		return;
	}
	if (sys_fstat(fd, &status) >= 0)
		k->stamp_ms = (int64_t)status.st_mtime * 1000;
	(void)sys_close(fd); /* it was only looked at */
}

/* Takes up all timers of the table in force. Of another table than before none
 * is due by a time at which it was not in force. */
static void take_up(const struct order *o)
{
	keeps = 0;
	for (uint32_t i = 0;
	     i < session.table->services && keeps < TIMERS_MAX; i++) {
		struct kept *k = &kept[keeps];
		struct record r;

		if (!timer_is(i))
			continue;
		r = session_record(i);
		*k = (struct kept){ .service = i,
			            .calendar = timer_calendars(i) > 0,
			            .has_run = r.wanted_ms != 0,
			            .base_ms = timer_base(i, &r, &now) };
		if (k->calendar)
			k->base_ms += now.boot - now.monotonic;
		if (k->calendar && k->base_ms < looked_ms)
			k->base_ms = looked_ms;
		stamp_get(o, k);
		compute(k);
		keeps++;
	}
}

/* The clock was set: what is due is computed anew. A machine that was suspended
 * finds the distance as it was. */
static void follow_clock(void)
{
	int64_t jump_ms = now.real - now.boot - offset_ms;

	if (jump_ms > -JUMP_MS && jump_ms < JUMP_MS)
		return;
	offset_ms = now.real - now.boot;
	for (uint32_t k = 0; k < keeps; k++)
		if (kept[k].calendar)
			compute(&kept[k]);
}

/* Is it to be started now? One that was started otherwise is due later; and of
 * what cannot be started this time is passed over. */
static bool is_due(struct kept *k)
{
	struct record r;

	if ((k->calendar ? now.real : now.monotonic) < k->due_ms)
		return false;
	r = session_record(k->service);
	if (!k->calendar && (int64_t)r.wanted_ms > k->base_ms) {
		k->base_ms = (int64_t)r.wanted_ms;
		k->has_run = true;
		compute(k);
		return now.monotonic >= k->due_ms && timer_can_start(k->service, &r);
	}
	if (timer_can_start(k->service, &r))
		return true;
	pass(k);
	return false;
}

/* Asks for all of the request. True: supervisord has heard it. */
static bool ask_for(const struct order *o)
{
	struct exchange x = exchange_for(o, false);
	struct answer answer = { .result = 0 };
	int error;

	exchange_request.verb = REQUEST_UP;
	exchange_request.argument = 0;
	error = exchange_open(&x);
	if (error >= 0) {
		error = exchange_run(&x, &answer);
		exchange_close(&x);
	}
	return error >= 0 && (answer.result == 0 ||
	                      answer.result == -ESHUTDOWN);
}

/* Starts from the k-th on what is due, as many as a request can name. Returns
 * where to go on; *good: it was asked for. */
static uint32_t start_some(const struct order *o, uint32_t k, bool *good)
{
	uint32_t first = k, count = 0;

	for (; k < keeps && count < REQUEST_RANGES; k++)
		if (is_due(&kept[k]))
			exchange_request.range[count++] =
				(struct request_range){ kept[k].service, 1 };
	exchange_request.ranges = count;
	if (count == 0)
		return k;
	*good = ask_for(o);
	for (count = 0; *good && first < k; first++)
		if (count < exchange_request.ranges &&
		    exchange_request.range[count].first ==
		            kept[first].service) {
			pass(&kept[first]);
			stamp_set(o, &kept[first]);
			count++;
		}
	return k;
}

/* True: all that was due was asked for. */
static bool start_due(const struct order *o)
{
	bool good = true;

	for (uint32_t k = 0; k < keeps && good;)
		k = start_some(o, k, &good);
	return good;
}

/* Sets the timerfd to the earliest time of a calendar; it also becomes readable
 * when the clock is set. Returns until when to sleep, of CLOCK_MONOTONIC. */
static uint64_t alarm_set(int fd)
{
	struct __kernel_itimerspec at = { .it_value = { INT32_MAX, 0 } };
	int64_t real_ms = TIMER_NEVER, until_ms = TIMER_NEVER, left_ms;

	for (uint32_t k = 0; k < keeps; k++) {
		int64_t *first = kept[k].calendar ? &real_ms : &until_ms;

		if (kept[k].due_ms < *first)
			*first = kept[k].due_ms;
	}
	if (real_ms != TIMER_NEVER) {
		at.it_value.tv_sec = real_ms / 1000;
		at.it_value.tv_nsec = real_ms % 1000 * 1000000 + 1;
	}
	if (sys_timerfd_settime(fd, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET,
	                        &at) < 0 && real_ms != TIMER_NEVER) {
		left_ms = real_ms > now.real ? real_ms - now.real : 0;
		if (left_ms > BLIND_MS)
			left_ms = BLIND_MS;
		if (now.monotonic + left_ms < until_ms)
			until_ms = now.monotonic + left_ms;
	}
	return until_ms == TIMER_NEVER ? NEVER_MS : (uint64_t)until_ms;
}

/* Is the session there? Another table may be in force. */
static bool session_goes_on(const struct order *o, uint64_t *check_ms)
{
	enum check found;

	if (!session_check_due(check_ms))
		return true;
	found = session_check();
	if (found == CHECK_MOVED)
		take_up(o);
	if (found == CHECK_GONE)
		session_gone();
	return found != CHECK_GONE;
}

/* keep-time: starts services at their times, until connate ends. */
int keep_run(const struct order *o)
{
	struct pollfd alarm = { .events = POLLIN };
	uint64_t check_ms = 0, until_ms;

	alarm.fd = sys_timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC);
	if (alarm.fd < 0)
		complain("keep-time: there is no timerfd, so a clock that is "
		         "set is noticed within a minute", NULL);
	now = clocks_now();
	offset_ms = now.real - now.boot;
	take_up(o);
	for (;;) {
		uint32_t seen = load(&session.live->change);

		now = clocks_now();
		if (!session_goes_on(o, &check_ms))
			return EXIT_UNREACHABLE;
		follow_clock();
		until_ms = NEVER_MS;
		if (start_due(o))
			looked_ms = now.boot;
		else
			until_ms = (uint64_t)now.monotonic + AGAIN_MS;
		until_ms = earlier(until_ms, alarm_set(alarm.fd));
		if (until_ms <= (uint64_t)now.monotonic)
			until_ms = (uint64_t)now.monotonic + 1;
		session_wait_with(seen, until_ms, &alarm, 1);
	}
}
