/* SPDX-License-Identifier: MIT */
/* What connate is told, as soon as it is so: that this image has ADOPTED the
 * services, that their targets are REACHED, that the image has STOOD its
 * probation, that the session is to HALT. When the link has no room, it is
 * tried again after NEWS_AGAIN_MS. */
#include "supervisord/loop/news.h"

#include "supervisord/base/environment.h"
#include "supervisord/base/supervisor.h"
#include "supervisord/io/link.h"
#include "supervisord/loop/halt.h"
#include "supervisord/loop/probation.h"
#include "supervisord/upgrade/upgrade.h"

static bool halted, reached; /* connate was told so, or need not be */

static bool is_told(struct link m)
{
	if (link_send(m, -1) == 0)
		return true;
	supervisor.news_at_ms = supervisor.now_ms + NEWS_AGAIN_MS;
	return false;
}

/* No service is on its way to its target any more. */
static bool is_reached(void)
{
	return supervisor.ledger->seeded && supervisor.ledger->halt == 0 &&
	       supervisor.world.passing == 0 &&
	       supervisor.world.dirty.count == 0;
}

/* Once, behind resume(): connate needs REACHED only where it has a manager of
 * its own to tell (sd_notify(3)). */
void news_begin(void)
{
	reached = environment_entry(ENVIRONMENT_OWN) == NULL;
}

/* Sends what is due and was not told yet. Never waits. Without connate there is
 * nothing to send: news_at_ms is then when succession is tried. */
void news_send(void)
{
	uint32_t halt = supervisor.ledger->halt;
	bool forced = supervisor.ledger->escalation.level == URGENCY_FORCED;

	if (supervisor.link_lost)
		return;
	supervisor.news_at_ms = NEVER_MS;
	if (!supervisor.adopted)
		supervisor.adopted = is_told(
			link_make(LINK_ADOPTED, supervisor.ledger->supervisord,
		                  (int32_t)supervisor.adopts, 0));
	if (!reached && is_reached())
		reached = is_told(link_make(LINK_REACHED, 0, 0, 0));
	if (probation_is_over()) {
		if (is_told(link_make(LINK_STOOD, sys_getpid(), 0, 0)))
			probation_end();
		upgrade_forget();
	}
	if (halt != 0 && !halted && (forced || supervisor.world.busy == 0))
		halted = is_told(link_make(LINK_HALT, (int32_t)(halt >> 8),
		                           halt_code(halt), forced));
}
