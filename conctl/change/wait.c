/* SPDX-License-Identifier: MIT */
/* Waiting until services are where they should be: each is judged by its
 * record, in the order of the table, and while the first that is still on its
 * way has not arrived the others need no look. Asks nobody for anything. */
#include "conctl/conctl.h"

enum verdict { PENDING, ARRIVED, MISSED };

/* A clock of supervisord's may be read a little before ours. */
enum {
	SLACK_MS = 100,
	CHECK_MS = 1000,            /* how often we look for connate */
};

static char why_bytes[OUT_BYTES];
static struct out why = { .fd = -1, .bytes = why_bytes };

/* Its name, its state, and why. */
static void line(uint32_t i, const struct record *r, const char *instead)
{
	why.used = 0;
	if (instead != NULL)
		out_text(&why, instead);
	else
		reason_write(&why, i, r);
	out_texts(&out_report, table_name(session.table, i), ": ",
	          state_label[r->phase.state], why.used > 0 ? ": " : "", NULL);
	out_bytes(&out_report, why.bytes, out_clean(why.bytes, why.used));
	out_text(&out_report, "\n");
}

/* It gave up. A new wish takes that back before the state follows. */
static bool gave_up(const struct record *r)
{
	return r->phase.state == STATE_FAILED && r->phase.fault &&
	       target_wanted(r->phase.target);
}

/* Nothing that goes on by itself will ever let it start: follow what it waits
 * for to somebody who does not wait. */
static bool is_stuck(uint32_t i, const struct record *r)
{
	struct record at = *r;
	enum edge_kind kind;
	uint32_t other;

	for (uint32_t k = 0; k < session.table->services; k++) {
		if (at.phase.state != STATE_WAITING_TO_START)
			return k > 0 && (gave_up(&at) ||
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

/* Its last run ended well; of a clean-up after it nothing is said. */
static bool ended_well(const struct record *r)
{
	return r->ending.state == STATE_CLEANING_UP ||
	       (r->ending.code == ENDING_EXITED && r->ending.status == 0);
}

/* Its target became down: it has been up and was done, or somebody else
 * wants it so. */
static enum verdict judge_dropped(const struct record *r,
                                  const struct goal *g, const char **instead)
{
	if (r->up_ms + SLACK_MS >= g->since_ms && r->up_ms != 0 &&
	    ended_well(r))
		return ARRIVED;
	*instead = "its target is down now";
	return MISSED;
}

/* Another configuration has come, and it goes down. */
static enum verdict judge_gone(const char **instead)
{
	*instead = "it was removed from the configuration";
	return MISSED;
}

static enum verdict judge_up(uint32_t i, const struct record *r,
                             const struct goal *g, const char **instead)
{
	if (table_service(session.table, i)->gone)
		return judge_gone(instead);
	if (g->asked && r->phase.target == TARGET_DOWN)
		return judge_dropped(r, g, instead);
	if (r->phase.state == STATE_UP)
		return r->phase.target == TARGET_RESTART ? PENDING : ARRIVED;
	if (gave_up(r) || r->phase.state == STATE_CANNOT_STOP)
		return MISSED;
	return is_stuck(i, r) ? MISSED : PENDING;
}

/* What failed is not running. */
static enum verdict judge_down(const struct record *r, const struct goal *g,
                               const char **instead)
{
	if (g->asked && r->phase.target != TARGET_DOWN) {
		*instead = "its target is no longer down";
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

/* Done; without any process it has been up. */
static bool was_done(uint32_t i, const struct record *r)
{
	const struct table_service *s = table_service(session.table, i);

	if (s->run.kind == ACTION_NONE && s->setup.kind == ACTION_NONE)
		return r->up_ms != 0 && r->up_ms >= r->wanted_ms;
	return ended_well(r);
}

static enum verdict judge_once(uint32_t i, const struct record *r,
                               const char **instead)
{
	bool runs = table_service(session.table, i)->run.kind != ACTION_NONE;

	if (table_service(session.table, i)->gone)
		return judge_gone(instead);
	if (r->phase.target == TARGET_DOWN) {
		if (r->phase.state != STATE_DOWN)
			return PENDING;
		return was_done(i, r) ? ARRIVED : MISSED;
	}
	if (r->phase.target != TARGET_ONCE) {
		*instead = "its target is no longer once";
		return MISSED;
	}
	if (r->phase.state == STATE_UP)
		return runs ? PENDING : ARRIVED;
	if (gave_up(r) || r->phase.state == STATE_CANNOT_STOP)
		return MISSED;
	return is_stuck(i, r) ? MISSED : PENDING;
}

/* Its state stays, for it is what its target asks for, or as near as it gets
 * by itself. */
static enum verdict judge_settled(uint32_t i, const struct record *r)
{
	bool wanted = target_wanted(r->phase.target);
	bool still = (r->phase.state == STATE_UP && wanted) ||
	             (r->phase.state == STATE_DOWN &&
	              r->phase.target == TARGET_DOWN) ||
	             gave_up(r) || r->phase.state == STATE_CANNOT_STOP;

	return still || is_stuck(i, r) ? ARRIVED : PENDING;
}

static enum verdict judge(uint32_t i, const struct goal *g,
                          struct record *r, const char **instead)
{
	*r = session_record(i);
	*instead = NULL;
	switch (g->aim) {
	case AIM_UP:
	case AIM_RESTART:
		return judge_up(i, r, g, instead);
	case AIM_DOWN:
		return judge_down(r, g, instead);
	case AIM_ONCE:
		return judge_once(i, r, instead);
	case AIM_SETTLED:
		break;
	}
	return judge_settled(i, r);
}

/* From `at` on to the first that is on its way, or TABLE_NONE. Names each
 * that did not get there. */
static uint32_t pass(uint32_t at, const struct goal *g, bool *missed)
{
	for (at = chosen_next(at); at != TABLE_NONE; at = chosen_next(at + 1)) {
		const char *instead;
		struct record r;
		enum verdict verdict = judge(at, g, &r, &instead);

		if (verdict == PENDING)
			break;
		if (verdict == MISSED) {
			*missed = true;
			line(at, &r, instead);
		}
	}
	return at;
}

/* To the end. What is waited for without a request is to be so of all of them
 * together, hence from the start again until a pass finds nothing to wait
 * for. */
static uint32_t advance(uint32_t at, const struct goal *g, bool *missed)
{
	uint32_t from = at;

	at = pass(from, g, missed);
	if (at == TABLE_NONE && from > 0 && !g->asked && !*missed)
		at = pass(0, g, missed);
	return at;
}

static int too_late(const struct order *o, const struct goal *g, uint32_t at)
{
	complain("timed out after ", o->timeout,
	         " s; these are not there yet:", NULL);
	for (at = chosen_next(at); at != TABLE_NONE; at = chosen_next(at + 1)) {
		const char *instead;
		struct record r;

		if (judge(at, g, &r, &instead) != ARRIVED)
			line(at, &r, instead);
	}
	return EXIT_LATE;
}

int look_around(const struct order *o, bool *moved)
{
	*moved = false;
	switch (session_check()) {
	case CHECK_GONE:
		session_gone();
		return EXIT_UNREACHABLE;
	case CHECK_MOVED:
		*moved = true;
		return choose(o) > 0 ? EXIT_UNKNOWN : EXIT_DONE;
	case CHECK_SAME:
		break;
	}
	return EXIT_DONE;
}

/* What has been removed, and is forgotten, is down. */
static struct order forgiving(const struct order *o, const struct goal *g)
{
	struct order again = *o;

	again.lenient |= g->aim == AIM_DOWN || g->aim == AIM_SETTLED;
	return again;
}

int wait_for(const struct order *o, const struct goal *g)
{
	struct order again = forgiving(o, g);
	uint64_t check_ms = now_ms() + CHECK_MS;
	bool missed = false, moved;
	uint32_t at = 0;
	int code;

	for (;;) {
		uint32_t seen = load(&session.live->change);
		uint64_t now = now_ms();

		at = advance(at, g, &missed);
		if (at == TABLE_NONE)
			return missed ? EXIT_MISSED : EXIT_DONE;
		if (now >= o->deadline_ms)
			return too_late(o, g, at);
		if (now >= check_ms || load(&session.live->moved)) {
			check_ms = now + CHECK_MS;
			code = look_around(&again, &moved);
			if (code != EXIT_DONE)
				return code;
			at = moved ? 0 : at;
		}
		moment_wait(seen, o->deadline_ms);
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
