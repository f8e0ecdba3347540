/* SPDX-License-Identifier: MIT */
/* Helpers: the commands of .stop and .reload, which run beside the process of a
 * service, with the same attributes. A service has one at a time
 * (record.helper). */
#include "supervisord/process/helper.h"

#include "model/clock.h"
#include "model/due.h"
#include "model/phase.h"
#include "model/pids.h"
#include "supervisord/base/publish.h"
#include "supervisord/base/say.h"
#include "supervisord/base/supervisor.h"
#include "supervisord/process/processes.h"
#include "supervisord/process/spawn.h"

/* The clock of .max_stop runs on meanwhile. */
static void ask_again_later(uint32_t service)
{
	struct world *w = &supervisor.world;
	uint64_t again_ms = supervisor.now_ms + LAUNCH_AGAIN_MS;
	uint64_t limit_ms = clock_of(w, service, supervisor.now_ms);

	w->works[service].launch_delayed = 1;
	due_set(w, service, earlier(again_ms, limit_ms));
}

/* Starts the command of .stop, if the state of the service asks for it and it
 * has not been started. If the kernel has no room, it is tried again after
 * LAUNCH_AGAIN_MS. */
void helper_ask(uint32_t service)
{
	const struct table_service *s = configured(service);

	if (!phase_asks(s, record_of(service)))
		return;
	work_of(service)->reloads = 0;
	if (spawn(service, ROLE_HELPER, &s->stop) == SPAWN_REFUSED)
		ask_again_later(service);
}

/* Has a service that is up read its configuration again, by a signal or by the
 * command of .reload, which is only started here. 0, or -errno: -EOPNOTSUPP
 * without .reload, -ESRCH if it is not up, -EBUSY while it has a helper,
 * -EAGAIN if no process could be started. */
int helper_reload(uint32_t service)
{
	const struct table_service *s = configured(service);
	const struct record *r = record_of(service);

	if (s->reload.kind == ACTION_NONE)
		return -EOPNOTSUPP;
	if (r->phase.state != STATE_UP)
		return -ESRCH;
	if (s->reload.kind == ACTION_SIGNAL)
		return processes_signal(service, WHOSE_MAIN, (int)s->reload.at,
		                        false);
	if (r->helper != 0 || work_of(service)->waiting)
		return -EBUSY;
	work_of(service)->reloads = 1;
	return spawn(service, ROLE_HELPER, &s->reload) == SPAWNED ? 0 : -EAGAIN;
}

/* A command of .stop that was killed when its time was over has not failed by
 * itself. */
static bool has_failed(enum state state, bool reload, union ending ending)
{
	return !ending_is_good(ending) && (reload || state == STATE_STOPPING);
}

/* The helper of a service has ended: stores it, and says it if it failed. The
 * caller reaps it. */
void helper_ended(uint32_t service, int32_t pid, union ending ending)
{
	struct world *w = &supervisor.world;
	struct work *work = &w->works[service];
	enum state state = record_of(service)->phase.state;
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

/* Kills the helper of a service, and its process group, if it has one. */
void helper_kill(uint32_t service)
{
	/* It may have ended by itself. */
	(void)processes_signal(service, WHOSE_HELPER, SIGKILL, true);
}
