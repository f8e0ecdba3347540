/* SPDX-License-Identifier: MIT */
/* Helpers: the commands of .stop, .reload and .started, which run beside the
 * process of a service, with the same attributes; and, while none of them does,
 * the process of prepare/ that runs .check again and again. A service has one at
 * a time (record.helper). All times of checks are those of that process: it
 * outlives supervisord, which is told what each check has found
 * (doc/why/0042). */
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

enum {
	CHECK_AGAIN_MS = 10000,     /* after what checks a service has failed */
};

/* The stop of a service, or its checking, goes on then, or earlier when it is to
 * be judged anyhow: the clock of .max_stop runs on meanwhile. */
static void delay_stop(uint32_t service, uint32_t ms)
{
	struct world *w = &supervisor.world;
	uint64_t limit_ms = clock_looks(w, service, supervisor.now_ms);

	w->works[service].stop_delayed = 1;
	due_set(w, service, earlier(supervisor.now_ms + ms, limit_ms));
}

/* Starts a command that is a helper, or has it wait for a slot. */
static enum spawned begin(uint32_t service, enum helper_kind kind,
                          const struct table_action *action)
{
	publish_helps(service, HELPS_NOT);
	work_of(service)->helper_kind = (uint8_t)kind;
	return spawn(service, ROLE_HELPER, action);
}

static void start(uint32_t service, enum helper_kind kind,
                  const struct table_action *action)
{
	if (begin(service, kind, action) == SPAWN_REFUSED)
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
	start(service, HELPER_STOP, &s->stop);
}

/* Starts the command of .started. If the kernel has no room, it is tried again
 * after LAUNCH_AGAIN_MS. */
void helper_follow(uint32_t service)
{
	start(service, HELPER_START, &configured(service)->started);
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

/* Is the helper of the service what checks it? */
bool helper_checks(uint32_t service)
{
	return world_checks(&supervisor.world, service);
}

static int start_reload(uint32_t service)
{
	return begin(service, HELPER_RELOAD, &configured(service)->reload) ==
	                       SPAWNED
	               ? 0
	               : -EAGAIN;
}

/* Begins to check the service, or does what has waited for the end of that. If
 * the kernel has no room, it is tried again after LAUNCH_AGAIN_MS. */
void helper_check(uint32_t service)
{
	if (health_of(service)->helps == HELPS_UNTIL_RELOAD) {
		if (start_reload(service) < 0)
			publish_reloaded(service, (union ending){ .code = 0 });
		return;
	}
	publish_helps(service, HELPS_CHECK);
	work_of(service)->helper_kind = HELPER_RELOAD; /* ends as that does */
	if (spawn(service, ROLE_HELPER, &configured(service)->check) ==
	    SPAWN_REFUSED)
		delay_stop(service, LAUNCH_AGAIN_MS);
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
	if (r->helper != 0 && helper_checks(service)) {
		publish_helps(service, HELPS_UNTIL_RELOAD);
		helper_kill(service);
		return 0;
	}
	if (r->helper != 0 || work_of(service)->waiting)
		return -EBUSY;
	return start_reload(service);
}

static uint32_t pid_of(int32_t pid, enum role *role)
{
	const struct world *w = &supervisor.world;
	uint32_t service = pid_find(w, pid, true, role);

	return service != TABLE_NONE ? service : pid_find(w, pid, false, role);
}

static void hear_check(struct health *h, const struct request *r)
{
	uint32_t run = (uint32_t)r->digest, state = r->id & 3;

	h->failures = (uint32_t)(r->id >> 8);
	h->at_ms = supervisor.now_ms;
	if (h->run != run || h->state != state)
		h->since_ms = supervisor.now_ms;
	h->run = run;
	h->state = state;
	notify_copy(h->reason, sizeof(h->reason), request_path(r));
}

/* A check has ended, by the request of what checks a service. What does so by a
 * former configuration, and not by this one, is ended. What was found of another
 * process of the service does not count. */
void helper_checked(const struct request *r)
{
	struct world *w = &supervisor.world;
	enum role role = ROLE_LIFE;
	uint32_t service = pid_of((int32_t)r->argument, &role);
	struct health h;

	if (service == TABLE_NONE || role != ROLE_HELPER)
		return;
	if (!helper_checks(service)) {
		helper_kill(service);
		return;
	}
	if (r->digest != record_of(service)->life.exits + 1ull)
		return;
	h = *health_of(service);
	hear_check(&h, r);
	publish_health(service, &h);
	if (h.state == HEALTH_HEALTHY &&
	    configured(service)->ready == READY_KIND_CHECK)
		notify_ready(service);
	world_touch(w, service);
}

static enum helper_kind kind_of(uint32_t service)
{
	if (helper_checks(service))
		return HELPER_CHECK;
	return work_of(service)->helper_kind;
}

/* A command of .stop that was killed when its time was over has not failed by
 * itself. */
static bool has_failed(uint32_t service, enum helper_kind kind,
                       union ending ending)
{
	union phase phase = record_of(service)->phase;

	if (ending_is_good(ending) || kind == HELPER_NOTHING)
		return false;
	if (kind == HELPER_CHECK)
		return phase_checks(configured(service), phase);
	return kind != HELPER_STOP || phase.state == STATE_STOPPING;
}

/* The helper of a service has ended: stores it, and says it if it failed. The
 * caller reaps it. A command of .started of which it is not known how it ended
 * is started again. */
void helper_ended(uint32_t service, int32_t pid, union ending ending)
{
	struct world *w = &supervisor.world;
	struct work *work = &w->works[service];
	enum state state = record_of(service)->phase.state;
	enum helper_kind kind = kind_of(service);
	bool failed;
	uint32_t failure = spawn_failure(service);

	if (kind == HELPER_START && ending.code == 0)
		kind = HELPER_NOTHING;
	failed = has_failed(service, kind, ending);
	pid_remove(w, service, ROLE_HELPER, pid);
	work->own_helper = work->helper_kind = 0;
	if (failed)
		say_helper(service, kind, failure, ending);
	if (failed && kind == HELPER_START)
		publish_not_started(service, ending);
	publish_helper_end(service, kind, ending);
	if (state == STATE_STOPPING && kind == HELPER_STOP)
		follow_by_signal(service, failed);
	if (kind == HELPER_CHECK && failed)
		delay_stop(service, CHECK_AGAIN_MS);
	world_touch(w, service);
}

/* Kills the helper of a service, and its process group, if it has one. What
 * checks it ends its check first, if there is time for that. */
void helper_kill(uint32_t service)
{
	bool asks = helper_checks(service) &&
	            record_of(service)->phase.state != STATE_FORCE_DOWN;

	/* It may have ended by itself. */
	(void)processes_signal(service, PROCESS_HELPER,
	                       asks ? SIGTERM : SIGKILL, true);
}
