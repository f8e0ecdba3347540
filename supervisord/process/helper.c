/* SPDX-License-Identifier: MIT */
/* The commands of .stop and .reload: processes beside that of the service,
 * with the same surroundings. A service has one at a time (record.helper). */
#include "model/text.h"
#include "supervisord/base/supervisor.h"
#include "sys/message.h"

static const struct table_service *configured(uint32_t service)
{
	return table_service(supervisor.world.table, service);
}

/* The clock of .max_stop runs on meanwhile. */
static void ask_again_later(uint32_t service)
{
	struct world *w = &supervisor.world;
	uint64_t again_ms = supervisor.now_ms + LAUNCH_AGAIN_MS;
	uint64_t limit_ms = clock_of(w, service, supervisor.now_ms);

	w->works[service].launch_delayed = 1;
	due_set(w, service, again_ms < limit_ms ? again_ms : limit_ms);
}

void helper_ask(uint32_t service)
{
	const struct table_service *s = configured(service);

	if (!phase_asks(s, &supervisor.records[service]))
		return;
	supervisor.world.works[service].reloads = 0;
	if (spawn(service, ROLE_HELPER, &s->stop) == SPAWN_REFUSED)
		ask_again_later(service);
}

int helper_reload(uint32_t service)
{
	const struct table_service *s = configured(service);
	const struct record *r = &supervisor.records[service];

	if (s->reload.kind == ACTION_NONE)
		return -EOPNOTSUPP;
	if (r->phase.state != STATE_UP)
		return -ESRCH;
	if (s->reload.kind == ACTION_SIGNAL)
		return effect_signal(service, (int)s->reload.at);
	if (r->helper != 0 || supervisor.world.works[service].waiting)
		return -EBUSY;
	supervisor.world.works[service].reloads = 1;
	return spawn(service, ROLE_HELPER, &s->reload) == SPAWNED ? 0 : -EAGAIN;
}

/* One that was killed, because its time is over, has not failed by itself. */
static bool has_failed(enum state state, bool reload, union ending ending)
{
	return !ending_is_good(ending) && (reload || state == STATE_STOPPING);
}

void helper_ended(uint32_t service, int32_t pid, union ending ending)
{
	struct world *w = &supervisor.world;
	struct work *work = &w->works[service];
	enum state state = supervisor.records[service].phase.state;
	bool reload = work->reloads || !state_stops(state);
	bool failed = has_failed(state, reload, ending);
	uint32_t failure = spawn_failure(service);

	pid_remove(w, service, ROLE_HELPER, pid);
	work->own_helper = work->reloads = 0;
	work->stop_by_signal = failed && !reload;
	if (failed)
		say_helper(service, reload, failure, ending);
	publish_helper_end(service, reload, ending);
	world_touch(w, service);
}

void helper_kill(uint32_t service)
{
	/* It may have ended by itself. */
	(void)processes_signal(service, WHOSE_HELPER, SIGKILL, true);
}
