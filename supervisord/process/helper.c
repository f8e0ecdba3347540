/* SPDX-License-Identifier: MIT */
/* Helpers: the commands of .stop, .reload and .started, which run beside the
 * process of a service, with the same attributes. A service has one at a time
 * (record.helper). */
#include "supervisord/process/helper.h"

#include "model/clock.h"
#include "model/due.h"
#include "model/phase.h"
#include "model/pids.h"
#include "supervisord/base/privilege.h"
#include "supervisord/base/publish.h"
#include "supervisord/base/say.h"
#include "supervisord/base/supervisor.h"
#include "supervisord/process/notify.h"
#include "supervisord/process/processes.h"
#include "supervisord/process/ready.h"
#include "supervisord/process/spawn.h"
#include "supervisord/tree/proc.h"

/* The stop of a service goes on then, or earlier at the end of .max_stop, whose
 * clock runs on meanwhile. */
static void delay_stop(uint32_t service, uint32_t ms)
{
	struct world *w = &supervisor.world;
	uint64_t limit_ms = clock_of(w, service, supervisor.now_ms);

	w->works[service].stop_delayed = 1;
	due_set(w, service, earlier(supervisor.now_ms + ms, limit_ms));
}

static void start(uint32_t service, enum helps helps,
                  const struct table_action *action)
{
	work_of(service)->helps = (uint8_t)helps;
	if (spawn(service, ROLE_HELPER, action) == SPAWN_REFUSED)
		delay_stop(service, LAUNCH_AGAIN_MS);
}

/* The command of .stop has ended. If it has not failed it may only have asked,
 * and the program has a moment to end by itself. */
static void follow_by_signal(uint32_t service, bool failed)
{
	work_of(service)->stop_by_signal = 1;
	if (!failed)
		delay_stop(service, STOP_COMMAND_MS);
}

/* Starts the command of .stop, if the state of the service asks for it and it
 * has not been started. A command that has ended while another supervisord ran
 * is followed by SIGTERM after STOP_COMMAND_MS. If the kernel has no room, it
 * is tried again after LAUNCH_AGAIN_MS. */
void helper_ask(uint32_t service)
{
	const struct table_service *s = configured(service);

	if (record_of(service)->phase.asked)
		follow_by_signal(service, false);
	if (!phase_asks(s, record_of(service)))
		return;
	start(service, HELPS_STOP, &s->stop);
}

/* Starts the command of .started. If the kernel has no room, it is tried again
 * after LAUNCH_AGAIN_MS. */
void helper_follow(uint32_t service)
{
	start(service, HELPS_START, &configured(service)->started);
}

/* A program that has just been started may not handle the signal yet, and would
 * be ended by it: then the client asks again. */
static int reload_by_signal(uint32_t service, const struct table_action *a)
{
	int signal = (int)a->at;
	int32_t pid = record_pid(configured(service), record_of(service));
	bool ends;
	int error;

	privilege_raise();
	ends = pid > 1 && proc_would_end(pid, signal);
	privilege_lower();
	if (ends)
		return -EINPROGRESS;
	ready_take(service); /* an earlier RELOADING=1 is none of this reload */
	error = processes_signal(service, PROCESS_MAIN, signal, false);
	if (error >= 0 && a->count > 0)
		notify_reload(service);
	return error;
}

/* Has a service that is up read its configuration again, by a signal or by the
 * command of .reload, which is only started here. 0, or -errno: -EOPNOTSUPP
 * without .reload, -ESRCH if it is not up, -EBUSY while it has a helper,
 * -EAGAIN if no process could be started, -EINPROGRESS if the signal would end
 * the program. */
int helper_reload(uint32_t service)
{
	const struct table_service *s = configured(service);
	const struct record *r = record_of(service);

	if (s->reload.kind == ACTION_NONE)
		return -EOPNOTSUPP;
	if (r->phase.state != STATE_UP)
		return -ESRCH;
	if (s->reload.kind == ACTION_SIGNAL)
		return reload_by_signal(service, &s->reload);
	if (r->helper != 0 || work_of(service)->waiting)
		return -EBUSY;
	work_of(service)->helps = HELPS_RELOAD;
	return spawn(service, ROLE_HELPER, &s->reload) == SPAWNED ? 0 : -EAGAIN;
}

/* A command of .stop that was killed when its time was over has not failed by
 * itself. */
static bool has_failed(enum state state, enum helps helps, union ending ending)
{
	return !ending_is_good(ending) && helps != HELPS_NOTHING &&
	       (helps != HELPS_STOP || state == STATE_STOPPING);
}

/* The helper of a service has ended: stores it, and says it if it failed. The
 * caller reaps it. A command of .started of which it is not known how it ended
 * is started again. */
void helper_ended(uint32_t service, int32_t pid, union ending ending)
{
	struct world *w = &supervisor.world;
	struct work *work = &w->works[service];
	enum state state = record_of(service)->phase.state;
	enum helps helps = work->helps;
	bool failed;
	uint32_t failure = spawn_failure(service);

	if (helps == HELPS_START && ending.code == 0)
		helps = HELPS_NOTHING;
	failed = has_failed(state, helps, ending);
	pid_remove(w, service, ROLE_HELPER, pid);
	work->own_helper = work->helps = 0;
	if (failed)
		say_helper(service, helps, failure, ending);
	if (failed && helps == HELPS_START)
		publish_not_started(service, ending);
	publish_helper_end(service, helps, ending);
	if (state == STATE_STOPPING && helps == HELPS_STOP)
		follow_by_signal(service, failed);
	world_touch(w, service);
}

/* Kills the helper of a service, and its process group, if it has one. */
void helper_kill(uint32_t service)
{
	/* It may have ended by itself. */
	(void)processes_signal(service, PROCESS_HELPER, SIGKILL, true);
}
