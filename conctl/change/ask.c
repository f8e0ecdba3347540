/* SPDX-License-Identifier: MIT */
/* Asking supervisord for something about the chosen services, or about a path;
 * and explaining in one line what it refuses. Knows no pipe. */
#include "conctl/change/ask.h"

#include "conctl/base/order.h"
#include "conctl/base/out.h"
#include "conctl/base/time.h"
#include "conctl/change/exchange.h"
#include "conctl/session/choose.h"
#include "conctl/session/record.h"
#include "conctl/session/session.h"
#include "model/text.h"
#include "sys/call.h"
#include "sys/clock.h"

enum { STALE_PAUSE_MS = 20 };

/* Fills the request with chosen services from `at` on, as many as it can name.
 * Returns the first one that found no room, or TABLE_NONE. */
static uint32_t fill_ranges(uint32_t at)
{
	struct request *r = &exchange_request;

	r->ranges = 0;
	for (at = chosen_next(at); at != TABLE_NONE; at = chosen_next(at + 1)) {
		struct request_range *last =
			&r->range[r->ranges - (r->ranges > 0)];

		if (r->ranges > 0 && last->first + last->count == at) {
			last->count++;
			continue;
		}
		if (r->ranges == REQUEST_RANGES)
			break;
		r->range[r->ranges++] =
			(struct request_range){ at, 1 };
	}
	return at;
}

/* Why nothing is done for that service. */
static const char *service_refusal(enum request_verb verb, int result,
                                   struct digits *d)
{
	bool reload = verb == REQUEST_RELOAD;

	if (result == -ESRCH)
		return reload ? "it is not up" : "it has no process";
	if (result == -EBUSY && reload)
		return "a reload of it is still running";
	if (result == -EOPNOTSUPP && reload)
		return "its SERVICE(...) has no .reload";
	if (result == -EINPROGRESS && reload)
		return "its program does not handle the signal of .reload, "
		       "which would end it";
	if (result == -EAGAIN && reload)
		return "its command cannot be started now; try again";
	return text_error(d, result);
}

static void service_refused(enum request_verb verb, const struct answer *a)
{
	struct digits d;

	complain(verb == REQUEST_RELOAD ? "reload " : "",
	         verb == REQUEST_SIGNAL ? "signal " : "",
	         table_name(session.table, a->service), ": ",
	         service_refusal(verb, a->result, &d), NULL);
	choose_not(a->service);
}

static bool is_about_one(const struct answer *a)
{
	return a->result < 0 && a->service < session.table->services;
}

static int request_refused(const struct order *o, int result)
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

static int request_failed(const struct order *o, int error)
{
	struct digits d;

	if (error == EXCHANGE_GONE)
		session_gone();
	else if (error == EXCHANGE_LATE)
		complain("supervisord does not answer; is it stopped? Its "
		         "process is ",
		         text_number(&d, session_report().supervisord), NULL);
	else
		complain("cannot send a request to supervisord: ",
		         text_error(&d, error), NULL);
	return error == EXCHANGE_LATE && o->timed ? EXIT_LATE
	                                          : EXIT_UNREACHABLE;
}

/* The names have other indexes now, or are gone. */
static int choose_again(const struct order *o)
{
	pause_ms(STALE_PAUSE_MS);
	if (session_check() == CHECK_GONE) {
		session_gone();
		return EXIT_UNREACHABLE;
	}
	return choose(o) > 0 ? EXIT_UNKNOWN : EXIT_DONE;
}

/* Asks about the chosen services, in as many requests as it takes. Returns 0,
 * or a failure of ours; *result is 0, or what supervisord refused for all of
 * them. *missed: it refused something for one of them. */
static int ask_all(struct exchange *x, int *result, bool *missed)
{
	uint32_t at = 0;
	int error;

	do {
		struct answer answer = { .result = 0 };

		at = fill_ranges(at);
		error = exchange_run(x, &answer);
		if (error == 0 && is_about_one(&answer)) {
			service_refused(
				(enum request_verb)exchange_request.verb,
				&answer);
			*missed = true;
		} else {
			*result = answer.result;
		}
	} while (error == 0 && *result == 0 && at != TABLE_NONE);
	return error;
}

/* Whether connate is gone because that was asked for. */
static bool is_over(enum request_verb verb, int error)
{
	return request_at_end(verb) == AT_END_ENDS && error == EXCHANGE_GONE &&
	       load(&session.live->halt) != 0;
}

/* Whether all names were unknown, and are passed over. */
static bool has_no_known_name(const struct order *o)
{
	return o->lenient && o->count > 0 && chosen_next(0) == TABLE_NONE;
}

static int ask_once(struct exchange *x, int *result, bool *missed)
{
	int error = exchange_open(x);

	if (error < 0)
		return error;
	error = ask_all(x, result, missed);
	exchange_close(x);
	return error;
}

/* Asks something about the chosen services, and waits for the answer. If
 * another table comes into force meanwhile, the order's names are chosen again.
 * A service for which supervisord refuses is no longer chosen. An exit code:
 * what is not EXIT_DONE has been explained. */
int ask(const struct order *o, enum request_verb verb, uint32_t argument)
{
	struct exchange x = exchange_for(o, false);
	bool missed = false;

	while (!has_no_known_name(o)) {
		int result = 0, error;

		exchange_request.verb = (uint16_t)verb;
		exchange_request.argument = argument;
		error = ask_once(&x, &result, &missed);
		if (is_over(verb, error) || (error == 0 && result == 0))
			break;
		if (!x.opened) {
			session_refused(error);
			return EXIT_UNREACHABLE;
		}
		if (error != EXCHANGE_MOVED && result != -ESTALE)
			return error < 0 ? request_failed(o, error)
			                 : request_refused(o, result);
		if (clock_now_ms() >= x.deadline_ms)
			return request_failed(o, EXCHANGE_LATE);
		error = choose_again(o);
		if (error != EXIT_DONE)
			return error;
	}
	return missed ? EXIT_MISSED : EXIT_DONE;
}

/* Fills the request with a path: whole words, the last of which ends with
 * NUL. */
static void fill_path(const char *path)
{
	char *to = (char *)exchange_request.range;
	size_t length = text_length(path), words = length / 8 + 1;

	for (size_t k = 0; k < words * 8; k++)
		to[k] = k < length ? path[k] : '\0';
	exchange_request.ranges = (uint32_t)words;
}

/* Asks something about a path of at most REQUEST_PATH_BYTES, and about no
 * service; an upgrade that changes the table does not end it. EXIT_DONE only
 * says that *answer is the answer; other exit codes have been explained. */
int ask_path(const struct order *o, enum request_verb verb, const char *path,
             struct answer *answer)
{
	struct exchange x = exchange_for(o, true);
	int error;

	exchange_request.verb = (uint16_t)verb;
	exchange_request.argument = 0;
	fill_path(path);
	error = exchange_open(&x);
	if (error == 0) {
		error = exchange_run(&x, answer);
		exchange_close(&x);
	}
	if (error == 0)
		return EXIT_DONE;
	if (!x.opened) {
		session_refused(error);
		return EXIT_UNREACHABLE;
	}
	return request_failed(o, error);
}

/* Asks for something that is about no service. An exit code, as ask() has
 * it. */
int ask_about_none(const struct order *o, enum request_verb verb,
                   uint32_t argument)
{
	struct order none = *o;

	none.names = NULL;
	none.count = 0;
	choose_none();
	return ask(&none, verb, argument);
}
