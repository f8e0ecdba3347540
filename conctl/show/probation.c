/* SPDX-License-Identifier: MIT */
/* Whether supervisord's image is on probation, or was rolled back: as connate
 * has stored it beside its report. Sends no request. */
#include "conctl/show/probation.h"

#include "conctl/base/json.h"
#include "conctl/base/out.h"
#include "conctl/base/screen.h"
#include "conctl/base/time.h"
#include "conctl/session/mapping.h"
#include "conctl/show/ending.h"

/* The present stage. A stage that no connate can have stored is none. */
struct probation probation_read(void)
{
	struct probation s = session.live->probation;

	if (s.stage >= STAGES)
		s.stage = STAGE_NONE;
	return s;
}

static void rollback_write(struct out *out, const struct probation *s)
{
	out_text(out, "it died ");
	out_number(out, PROBATION_DEATHS);
	out_text(out, " times on probation; last it ");
	death_write(out, (enum death)s->death, s->status);
}

static void probation_end_write(struct out *out)
{
	out_text(out, "it has stood after ");
	span_write(out, PROBATION_MS);
	out_text(out, " in which a service came up and one ended, or after ");
	span_write(out, PROBATION_MAX_MS);
	out_text(out, "; if it dies ");
	out_number(out, PROBATION_DEATHS);
	out_text(out, " times before, the former image goes on");
}

/* Writes a line on standard error if an image is on probation, or the one tried
 * last was rolled back. */
void probation_say(void)
{
	struct probation s = probation_read();

	if (s.stage == STAGE_NONE)
		return;
	cell.used = 0;
	if (s.stage == STAGE_PROBATION) {
		out_text(&cell, "supervisord's image is on probation: ");
		probation_end_write(&cell);
		out_text(&cell, " (so far it died ");
		out_number(&cell, s.deaths);
		out_text(&cell, s.deaths == 1 ? " time)" : " times)");
	} else {
		out_text(&cell, "the image tried last was rolled back: ");
		rollback_write(&cell, &s);
		out_text(&cell, "; the former one goes on");
	}
	complain_out(&cell);
}

/* Prints what ends the probation. False: no image is on probation. */
bool probation_print(void)
{
	if (probation_read().stage != STAGE_PROBATION)
		return false;
	out_text(&out_result, "on probation: ");
	probation_end_write(&out_result);
	out_text(&out_result, "\n");
	return true;
}

/* Writes a value of JSON: an object, or null. */
void probation_json(struct json *j)
{
	struct probation s = probation_read();

	if (s.stage == STAGE_NONE) {
		json_null(j);
		return;
	}
	json_open(j, "{");
	json_key(j, "rolled-back");
	json_bool(j, s.stage == STAGE_RESTORED);
	json_key(j, "deaths");
	json_number(j, s.stage == STAGE_RESTORED ? PROBATION_DEATHS : s.deaths);
	json_key(j, "why");
	cell.used = 0;
	death_write(&cell, (enum death)s.death, s.status);
	if (s.death == DEATH_NONE)
		json_null(j);
	else
		json_out(j, &cell);
	json_close(j, "}");
}

/* Explains why the new image was rolled back. False: it was not. */
bool probation_failed(void)
{
	struct probation s = probation_read();

	if (s.stage != STAGE_RESTORED)
		return false;
	cell.used = 0;
	out_text(&cell, "exec: the new image was rolled back: ");
	rollback_write(&cell, &s);
	out_text(&cell,
	         "; the former one goes on, with what has happened since "
	         "(connate's log says more)");
	complain_out(&cell);
	return true;
}
