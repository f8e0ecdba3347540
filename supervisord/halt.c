/* SPDX-License-Identifier: MIT */
/* The end of a session: it is written down first, so that a supervisord that
 * is killed meanwhile has a successor that goes on with it; then every target
 * is down; and when nothing is busy any more pid1 is told (post_news). */
#include "supervisord/supervisord.h"

void halt_begin(enum halt halt, int code)
{
	struct request_range all = { 0, supervisor.ledger->services };

	if (supervisor.ledger->halt == 0)
		publish_halt((uint32_t)halt << 8 | ((uint32_t)code & 255));
	wish_all(&all, 1, TARGET_DOWN);
}

static int exit_code(union ending e)
{
	return e.code == ENDING_EXITED ? e.status : 128 + e.status;
}

/* Stopped from outside, with no code of its own to end with: as the primary
 * has ended. For when everything is down. */
int halt_code(uint32_t halt)
{
	uint32_t primary = supervisor.world.table->primary;
	union ending e = { .code = 0 };
	int code = (int)(halt & 255);

	if (primary != TABLE_NONE && code == 0 && halt >> 8 == HALT_EXIT)
		e = supervisor.records[primary].ending;
	return e.code != 0 ? exit_code(e) : code;
}

/* Everything else is there for the primary. Looked at in each pass, so that
 * it does not matter when a supervisord is killed. */
void halt_with_primary(void)
{
	uint32_t primary = supervisor.world.table->primary;
	const struct record *r;

	if (primary == TABLE_NONE || supervisor.ledger->halt != 0)
		return;
	r = &supervisor.records[primary];
	if (r->wanted_ms == 0)
		return; /* it has not been up yet */
	if (r->phase.state == STATE_FAILED ||
	    (r->phase.state == STATE_DOWN && !target_wanted(r->phase.target)))
		halt_begin(HALT_EXIT, exit_code(r->ending));
}
