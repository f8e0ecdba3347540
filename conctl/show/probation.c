/* SPDX-License-Identifier: MIT */
/* Whether supervisord's image has stood, as connate has written it beside its
 * note: shown, and waited for. Asks nobody for anything. */
#include "conctl/conctl.h"

enum { CHECK_MS = 1000 };           /* how often we look for connate */

/* Bits that no connate can have stored are none. */
static struct probation now(void)
{
	struct probation s = session.live->probation;

	if (s.stage >= STAGES)
		s.stage = STAGE_NONE;
	return s;
}

static void how_write(struct out *out, const struct probation *s)
{
	out_text(out, "it died ");
	out_number(out, PROBATION_DEATHS);
	out_text(out, " times on probation; last it ");
	death_write(out, (enum death)s->death, s->status);
}

static void ends_write(struct out *out)
{
	out_text(out, "it has stood after ");
	span_write(out, PROBATION_MS);
	out_text(out, " in which a service came up and one ended, or after ");
	span_write(out, PROBATION_MAX_MS);
	out_text(out, "; if it dies ");
	out_number(out, PROBATION_DEATHS);
	out_text(out, " times before, the former image goes on");
}

void probation_say(void)
{
	struct probation s = now();

	if (s.stage == STAGE_NONE)
		return;
	cell.used = 0;
	if (s.stage == STAGE_PROBATION) {
		out_text(&cell, "supervisord's image is on probation: ");
		ends_write(&cell);
		out_text(&cell, " (so far it died ");
		out_number(&cell, s.deaths);
		out_text(&cell, s.deaths == 1 ? " time)" : " times)");
	} else {
		out_text(&cell, "the image tried last was rolled back: ");
		how_write(&cell, &s);
		out_text(&cell, "; the former one goes on");
	}
	out_bytes(&cell, "", 1);
	complain(cell.bytes, NULL);
}

bool probation_print(void)
{
	if (now().stage != STAGE_PROBATION)
		return false;
	out_text(&out_result, "on probation: ");
	ends_write(&out_result);
	out_text(&out_result, "\n");
	return true;
}

/* A value, behind its key. */
void probation_json(struct json *j)
{
	struct probation s = now();

	if (s.stage == STAGE_NONE) {
		json_word(j, "null");
		return;
	}
	json_open(j, "{");
	json_key(j, "rolled-back");
	json_word(j, s.stage == STAGE_RESTORED ? "true" : "false");
	json_key(j, "deaths");
	json_number(j, s.stage == STAGE_RESTORED ? PROBATION_DEATHS : s.deaths);
	json_key(j, "why");
	cell.used = 0;
	death_write(&cell, (enum death)s.death, s.status);
	if (s.death == DEATH_NONE)
		json_word(j, "null");
	else
		json_text(j, cell.bytes, cell.used);
	json_close(j, "}");
}

bool probation_failed(void)
{
	struct probation s = now();

	if (s.stage != STAGE_RESTORED)
		return false;
	cell.used = 0;
	out_text(&cell, "exec: the new image was rolled back: ");
	how_write(&cell, &s);
	out_text(&cell, "; the former one goes on, with what has happened since "
	                "(connate's log says more)");
	out_bytes(&cell, "", 1);
	complain(cell.bytes, NULL);
	return true;
}

static int too_late(const struct order *o)
{
	complain("timed out after ", o->timeout,
	         " s; the new image has taken over, and is on probation yet",
	         NULL);
	return EXIT_LATE;
}

int probation_wait(const struct order *o)
{
	uint64_t check_ms = 0;

	for (;;) {
		uint32_t seen = load(&session.live->change);
		uint64_t at_ms = now_ms();

		if (at_ms >= check_ms || load(&session.live->moved)) {
			check_ms = at_ms + CHECK_MS;
			if (session_check() == CHECK_GONE) {
				session_gone();
				return EXIT_UNREACHABLE;
			}
		}
		if (probation_failed())
			return EXIT_MISSED;
		if (now().stage == STAGE_NONE)
			return EXIT_DONE;
		if (at_ms >= o->deadline_ms)
			return too_late(o);
		moment_wait(seen, o->deadline_ms);
	}
}
