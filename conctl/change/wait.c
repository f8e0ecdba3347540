/* SPDX-License-Identifier: MIT */
/* Waiting until services are where they should be. Each is judged by its
 * record, in the order of the table; while the first one that is on its way has
 * not got there, the services behind it need no look. Sends no request. */
#include "conctl/change/wait.h"

#include "conctl/base/order.h"
#include "conctl/base/out.h"
#include "conctl/change/change.h"
#include "conctl/session/choose.h"
#include "conctl/session/members.h"
#include "conctl/session/record.h"
#include "conctl/session/session.h"
#include "conctl/session/watch.h"
#include "conctl/show/ending.h"
#include "conctl/show/lines.h"
#include "conctl/show/reason.h"
#include "model/clock.h"
#include "model/text.h"
#include "sys/clock.h"

enum verdict { PENDING, ARRIVED, MISSED };

/* supervisord's clock may be read a little before ours. */
enum { SLACK_MS = 100 };

/* So long a service has to be up, to be up for a command that waits. */
enum { STEADY_MS = 1000 };

static char why_bytes[OUT_BYTES];
static struct out why = { .fd = -1, .bytes = why_bytes };

/* Its name, its state, and why: by these words, or by its state. */
static void verdict_line(uint32_t i, const struct record *r, const char *words)
{
	why.used = 0;
	if (words != NULL)
		out_text(&why, words);
	else
		reason_write(&why, i, r);
	out_texts(&out_report, table_name(session.table, i), ": ",
	          state_label[r->phase.state], why.used > 0 ? ": " : "", NULL);
	out_bytes(&out_report, why.bytes, out_clean(why.bytes, why.used));
	out_text(&out_report, "\n");
}

/* It stays in that state. A new target ends that before the state follows. */
static bool stays_in(enum state state, const struct record *r)
{
	return r->phase.state == state && r->phase.fault &&
	       target_wanted(r->phase.target);
}

/* It has failed for good. */
static bool gave_up(const struct record *r)
{
	return stays_in(STATE_FAILED, r);
}

/* A condition of .only_if does not hold: it is where it can be. */
static bool is_skipped(const struct record *r)
{
	return stays_in(STATE_SKIPPED, r);
}

/* Whether nothing that happens by itself will let it start: follow what it
 * waits for up to a service that does not wait. */
static bool is_blocked_for_good(uint32_t i, const struct record *r)
{
	struct record at = *r;
	enum edge_kind kind;
	uint32_t other;

	for (uint32_t k = 0; k < session.table->services; k++) {
		if (at.phase.state != STATE_WAITING_TO_START)
			return k > 0 && (gave_up(&at) || is_skipped(&at) ||
			                 at.phase.state == STATE_CANNOT_STOP ||
			                 (at.phase.state == STATE_DOWN &&
			                  !target_wanted(at.phase.target)));
		if (!reason_unmet(i, &kind, &other) || kind == EDGE_CONFLICTS)
			return false;
		i = other;
		at = session_record(i);
	}
	return false;
}

/* Whether its last run was a success. An end of a clean-up says nothing of
 * it. */
static bool was_success(uint32_t i, const struct record *r)
{
	return r->ending.state == STATE_CLEANING_UP ||
	       end_is_success(i, r->ending);
}

/* Its target became down: it has been up and was done, or another request has
 * set its target. */
static enum verdict judge_dropped(uint32_t i, const struct record *r,
                                  const struct goal *g, const char **words)
{
	if (r->up_ms + SLACK_MS >= g->since_ms && r->up_ms != 0 &&
	    was_success(i, r))
		return ARRIVED;
	*words = "its target is down now";
	return MISSED;
}

/* A new configuration has removed it, and it is brought down. */
static enum verdict judge_removed(const char **words)
{
	*words = "it was removed from the configuration";
	return MISSED;
}

/* Since when a service that is up counts as up: what dies a moment later was
 * not. At least STEADY_MS, and .settle; a service without a program does not
 * die. Where our clock is not that of the session, at once. */
static uint64_t steady_ms(uint32_t i, const struct record *r)
{
	const struct table_service *s = table_service(session.table, i);
	uint64_t now = clock_now_ms();

	if (!record_has_time(r))
		return 0;
	return later(clock_settles(s, r->phase, now),
	             phase_since_ms(r->phase, now) +
	                     (s->run.kind != ACTION_NONE ? STEADY_MS : 0));
}

static bool is_steady(uint32_t i, const struct record *r)
{
	return r->phase.state == STATE_UP && steady_ms(i, r) <= clock_now_ms();
}

/* It is up. Was it restarted, if it has two places (model/overlap.h)? While the
 * second one is wanted its next process is there, or has not come up; then it
 * has taken over, or was given up. */
static enum verdict judge_swap(uint32_t i, const struct record *r,
                               const struct goal *g, const char **words)
{
	struct record next;
	uint32_t second = session_second(i, &next);
	bool wanted = second != TABLE_NONE && target_wanted(next.phase.target);

	if (g->aim != AIM_RESTART || second == TABLE_NONE ||
	    (!wanted && r->up_ms + SLACK_MS >= g->since_ms))
		return ARRIVED;
	*words = "the next process is not ready yet, and the former one "
	         "serves";
	if (wanted && !gave_up(&next) && !is_skipped(&next) &&
	    next.phase.state != STATE_CANNOT_STOP)
		return PENDING;
	verdict_line(second, &next, wanted ? NULL : "it was given up");
	*words = "the former process still serves";
	return MISSED;
}

static enum verdict judge_up(uint32_t i, const struct record *r,
                             const struct goal *g, const char **words)
{
	if (table_service(session.table, i)->gone)
		return judge_removed(words);
	if (g->aim == AIM_RESTART && record_rests(i, r))
		return ARRIVED;
	if (g->asked && (r->phase.target == TARGET_DOWN || record_rests(i, r)))
		return judge_dropped(i, r, g, words);
	if (is_skipped(r))
		return ARRIVED;
	if (is_steady(i, r) && r->phase.target != TARGET_RESTART)
		return judge_swap(i, r, g, words);
	if (r->phase.state == STATE_UP) {
		*words = r->phase.attempt > 1
		                 ? "not for long enough yet; the last attempt "
		                   "has ended"
		                 : "not for long enough yet";
		return PENDING;
	}
	if (gave_up(r) || r->phase.state == STATE_CANNOT_STOP)
		return MISSED;
	return is_blocked_for_good(i, r) ? MISSED : PENDING;
}

/* A service that has failed does not run. */
static enum verdict judge_down(const struct record *r, const struct goal *g,
                               const char **words)
{
	if (g->asked && r->phase.target != TARGET_DOWN) {
		*words = "its target is no longer down";
		return MISSED;
	}
	if (r->phase.state == STATE_CANNOT_STOP)
		return MISSED;
	if (!g->asked && gave_up(r))
		return ARRIVED;
	return r->phase.state == STATE_DOWN && !target_wanted(r->phase.target)
	               ? ARRIVED
	               : PENDING;
}

/* It was done; a service without a process has been up. */
static bool was_done(uint32_t i, const struct record *r)
{
	const struct table_service *s = table_service(session.table, i);

	if (s->run.kind == ACTION_NONE && s->setup.kind == ACTION_NONE)
		return r->up_ms != 0 && r->up_ms >= r->wanted_ms;
	return was_success(i, r);
}

/* It is to be down now; of a timer, until its next time. */
static bool run_is_over(uint32_t i, const struct record *r)
{
	return r->phase.target == TARGET_DOWN ||
	       (r->phase.target == TARGET_RESTART &&
	        table_timed(table_service(session.table, i)));
}

static enum verdict judge_once(uint32_t i, const struct record *r,
                               const char **words)
{
	bool runs = table_service(session.table, i)->run.kind != ACTION_NONE;

	if (table_service(session.table, i)->gone)
		return judge_removed(words);
	if (run_is_over(i, r)) {
		if (r->phase.state != STATE_DOWN)
			return PENDING;
		return was_done(i, r) ? ARRIVED : MISSED;
	}
	if (is_skipped(r))
		return ARRIVED;
	if (r->phase.target != TARGET_ONCE) {
		*words = "its target is no longer once";
		return MISSED;
	}
	if (r->phase.state == STATE_UP)
		return runs ? PENDING : ARRIVED;
	if (gave_up(r) || r->phase.state == STATE_CANNOT_STOP)
		return MISSED;
	return is_blocked_for_good(i, r) ? MISSED : PENDING;
}

/* Judges a service in a settled state: that of its target, or the nearest one
 * that it reaches without a request. */
static enum verdict judge_settled(uint32_t i, const struct record *r)
{
	bool wanted = target_wanted(r->phase.target);
	bool still = (wanted && is_steady(i, r)) ||
	             (r->phase.state == STATE_DOWN &&
	              r->phase.target == TARGET_DOWN) ||
	             gave_up(r) || is_skipped(r) || record_rests(i, r) ||
	             r->phase.state == STATE_CANNOT_STOP;

	return still || is_blocked_for_good(i, r) ? ARRIVED : PENDING;
}

static enum verdict judge_service(uint32_t i, const struct goal *g,
                                  struct record *r, const char **words)
{
	*r = session_record(i);
	*words = NULL;
	switch (g->aim) {
	case AIM_UP:
	case AIM_RESTART:
		return judge_up(i, r, g, words);
	case AIM_DOWN:
		return judge_down(r, g, words);
	case AIM_ONCE:
		return judge_once(i, r, words);
	case AIM_SETTLED:
		break;
	}
	return judge_settled(i, r);
}

/* From `at` on up to the first service that is on its way, or TABLE_NONE. Names
 * each service that did not get there. */
static uint32_t wait_pass(uint32_t at, const struct goal *g, bool *missed)
{
	for (at = chosen_next(at); at != TABLE_NONE; at = chosen_next(at + 1)) {
		const char *words;
		struct record r;
		enum verdict verdict = judge_service(at, g, &r, &words);

		if (verdict == PENDING)
			break;
		if (verdict == MISSED) {
			*missed = true;
			verdict_line(at, &r, words);
			if (g->asked)
				lines_say(at, g->since_ms);
		}
	}
	return at;
}

/* As wait_pass(). Without a request of ours, all services have to be there at
 * the same time: so start again until a pass from the first one finds none to
 * wait for. */
static uint32_t wait_advance(uint32_t at, const struct goal *g, bool *missed)
{
	uint32_t from = at;

	at = wait_pass(from, g, missed);
	if (at == TABLE_NONE && from > 0 && !g->asked && !*missed)
		at = wait_pass(0, g, missed);
	return at;
}

static int wait_too_late(const struct order *o, const struct goal *g,
                         uint32_t at)
{
	complain("timed out after ", o->timeout,
	         " s; these services are not there yet:", NULL);
	for (at = chosen_next(at); at != TABLE_NONE; at = chosen_next(at + 1)) {
		const char *words;
		struct record r;

		if (judge_service(at, g, &r, &words) == ARRIVED)
			continue;
		verdict_line(at, &r, words);
		if (g->asked)
			lines_say(at, g->since_ms);
	}
	return EXIT_LATE;
}

/* Does a member follow its group there? One that was asked down before does not
 * come up with a restart, and one that another service keeps up does not go
 * down. supervisord has set the targets before it answers. */
static bool member_follows(const struct goal *g, uint32_t i)
{
	bool down = session_record(i).phase.target == TARGET_DOWN;

	if (g->aim == AIM_SETTLED || g->aim == AIM_ONCE)
		return true;
	if (g->aim == AIM_DOWN)
		return down;
	return !down || (g->asked && g->aim == AIM_UP);
}

/* A group says nothing of its members, which are waited for as well. True: there
 * are more of them than before. */
static bool choose_members(const struct goal *g)
{
	bool more = false;

	for (uint32_t i = chosen_next(0); i != TABLE_NONE;
	     i = chosen_next(i + 1)) {
		const uint32_t *member;
		uint32_t count = members_of(i, &member);

		for (uint32_t k = 0; k < count; k++) {
			if (is_chosen(member[k]) ||
			    !member_follows(g, member[k]))
				continue;
			choose_one(member[k]);
			more = true;
		}
	}
	return more;
}

/* A service that was removed, and is forgotten, is down. */
static struct order order_forgiving(const struct order *o, const struct goal *g)
{
	struct order again = *o;

	again.lenient |= g->aim == AIM_DOWN || g->aim == AIM_SETTLED;
	return again;
}

/* When the service that is waited for is to be looked at although nothing
 * happens to it, or NEVER_MS. */
static uint64_t look_ms(uint32_t at)
{
	struct record r = session_record(at);
	uint64_t ms = steady_ms(at, &r);

	return r.phase.state == STATE_UP && ms > clock_now_ms() ? ms
	                                                        : NEVER_MS;
}

/* Waits until each chosen service is where the goal says, or cannot get there.
 * EXIT_DONE; EXIT_MISSED, EXIT_LATE, EXIT_UNREACHABLE or EXIT_UNKNOWN, and that
 * has been explained. */
int wait_for(const struct order *o, const struct goal *g)
{
	struct order again = order_forgiving(o, g);
	uint64_t check_ms = clock_now_ms() + CHECK_MS;
	bool missed = false, moved;
	uint32_t at = 0;
	int code;

	(void)choose_members(g); /* all are looked at */
	for (;;) {
		uint32_t seen = load(&session.live->change);
		uint64_t now = clock_now_ms();

		at = wait_advance(at, g, &missed);
		/* Members get their targets with that of their group: at
		 * a start, after the first look at them. */
		if (at == TABLE_NONE && choose_members(g)) {
			at = 0;
			continue;
		}
		if (at == TABLE_NONE)
			return missed ? EXIT_MISSED : EXIT_DONE;
		if (now >= o->deadline_ms)
			return wait_too_late(o, g, at);
		if (session_check_due(&check_ms)) {
			code = choose_check(&again, &moved);
			if (code != EXIT_DONE)
				return code;
			if (moved)
				at = 0;
		}
		session_wait(seen, earlier(o->deadline_ms, look_ms(at)));
	}
}

static const struct {
	const char *name;
	enum aim aim;
} aims[] = {
	{ "up", AIM_UP },
	{ "down", AIM_DOWN },
	{ "settled", AIM_SETTLED },
};

/* wait: waits until the services are up, down or settled. */
int wait_run(const struct order *o)
{
	struct order rest = *o;

	rest.names++;
	rest.count--;
	for (size_t k = 0; k < sizeof(aims) / sizeof(aims[0]); k++) {
		struct goal goal = { .aim = aims[k].aim };

		if (!text_equal(o->names[0], aims[k].name))
			continue;
		if (choose(&rest) > 0)
			return EXIT_UNKNOWN;
		return wait_for(&rest, &goal);
	}
	complain("wait: '", o->names[0], "' is not up, down or settled", NULL);
	return EXIT_USAGE;
}
