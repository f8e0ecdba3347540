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
