/* SPDX-License-Identifier: MIT */
/* What connate is told, as soon as it is so: that this image has ADOPTED the
 * services, that their targets are REACHED, that the image has STOOD its
 * probation, that the session is to HALT; and what its own manager is to be told
 * (NOTIFY). When the link has no room, it is
 * tried again after NEWS_AGAIN_MS. */
#include "supervisord/loop/news.h"

#include "model/due.h"
#include "model/text.h"
#include "supervisord/base/environment.h"
#include "supervisord/base/supervisor.h"
#include "supervisord/io/link.h"
#include "supervisord/io/pipes.h"
#include "supervisord/loop/halt.h"
#include "supervisord/loop/probation.h"
#include "supervisord/loop/rest.h"
#include "supervisord/upgrade/upgrade.h"

static bool halted, stopping; /* connate was told so, or need not be */
static uint64_t watchdog_ms;  /* WATCHDOG=1 is sent so often; 0: never */
static uint64_t watchdog_at_ms;
static uint64_t extended_ms;  /* until then it waits for the end */

/* What remains behind the last deadline of the end: exits, and connate's part */
enum { EXTEND_MS = 5000 };

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

/* Half of what its manager allows: sd_watchdog_enabled(3). */
static void watchdog_begin(void)
{
	const char *entry = environment_entry(ENVIRONMENT_WATCHDOG);
	uint64_t us;

	if (entry == NULL ||
	    !text_to_number(entry + sizeof(ENVIRONMENT_WATCHDOG), INT64_MAX,
	                    &us) || us == 0)
		return;
	watchdog_ms = us / 2000 > 0 ? us / 2000 : 1;
	watchdog_at_ms = supervisor.now_ms;
}

/* Once, behind resume(): connate needs REACHED and NOTIFY only where it has a
 * manager of its own to tell (sd_notify(3)). */
void news_begin(void)
{
	bool alone = environment_entry(ENVIRONMENT_OWN) == NULL;

	supervisor.reached = stopping = alone;
	watchdog_at_ms = NEVER_MS;
	extended_ms = alone ? NEVER_MS : 0;
	if (!alone)
		watchdog_begin();
}

static bool is_notified(enum notify what, uint64_t ms)
{
	return is_told(link_make(LINK_NOTIFY, (int32_t)what, (int32_t)ms, 0));
}

/* In the end its manager is to wait for as long as a service still may take; what
 * has no deadline has the time that the manager gives it. Told again only when
 * a later deadline is the next one. */
static void end_extend(void)
{
	uint64_t due_ms = due_next(&supervisor.world);

	if (due_ms != NEVER_MS && due_ms > extended_ms &&
	    is_notified(NOTIFY_EXTEND,
	                due_ms - supervisor.now_ms + EXTEND_MS +
	                        table_max_rest_ms(table_in_force())))
		extended_ms = due_ms;
}

/* It is this loop that answers the watchdog, so a supervisord that is dead,
 * stuck or does not come up does not answer it. */
static void watchdog_answer(void)
{
	if (supervisor.now_ms >= watchdog_at_ms) {
		if (!is_notified(NOTIFY_WATCHDOG, 0))
			return; /* news_at_ms is when to try again */
		watchdog_at_ms = supervisor.now_ms + watchdog_ms;
	}
	supervisor.news_at_ms = earlier(supervisor.news_at_ms, watchdog_at_ms);
}

/* The session ends, and its pipes with it. */
static bool end_is_told(uint32_t halt, bool forced)
{
	static bool said;

	for (uint32_t i = 0; i < supervisor.ledger->services && !said; i++)
		pipes_say_lost(i);
	said = true;
	return is_told(link_make(LINK_HALT, (int32_t)(halt >> 8),
	                         halt_code(halt), forced));
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
			link_adopted(supervisor.ledger->supervisord,
			             supervisor.adopts));
	if (!supervisor.reached && is_reached())
		supervisor.reached = is_told(link_make(LINK_REACHED, 0, 0, 0));
	if (halt != 0 && !stopping)
		stopping = is_notified(NOTIFY_STOPPING, 0);
	if (halt != 0)
		end_extend();
	if (probation_is_over()) {
		if (is_told(link_make(LINK_STOOD, sys_getpid(), 0, 0)))
			probation_end();
		upgrade_forget();
	}
	if (halt != 0 && !halted &&
	    (forced || (supervisor.world.busy == 0 && rest_is_over())))
		halted = end_is_told(halt, forced || rest_knows());
	watchdog_answer();
}
