/* SPDX-License-Identifier: MIT */
/* What entering a state means to the kernel. An effect may fail: then a fact
 * stays absent, and the next pass decides again. */
#include "supervisord/process/effect.h"

#include "model/change.h"
#include "model/clock.h"
#include "model/due.h"
#include "model/phase.h"
#include "model/pids.h"
#include "supervisord/base/publish.h"
#include "supervisord/base/say.h"
#include "supervisord/base/supervisor.h"
#include "supervisord/io/pipes.h"
#include "supervisord/process/helper.h"
#include "supervisord/process/processes.h"
#include "supervisord/process/ready.h"
#include "supervisord/process/spawn.h"

/* The process group of the program, also behind a guard. */
static void signal_program_group(uint32_t service, int signal)
{
	say_signal_failed(service, signal,
	                  processes_signal(service, PROCESS_MAIN, signal,
	                                   true));
}

/* The guard alone: its program leads another group. guard.c says what these
 * signals mean to it. */
static void signal_guard(uint32_t service, int signal)
{
	say_signal_failed(service, signal,
	                  processes_signal(service, PROCESS_LIFE, signal,
	                                   false));
}

/* A set-up is stopped by SIGTERM: .stop is about the program. */
static int stop_signal(uint32_t service)
{
	const struct table_action *stop = &configured(service)->stop;
	bool ran = record_of(service)->phase.ran;

	return ran && stop->kind == ACTION_SIGNAL ? (int)stop->at : SIGTERM;
}

static bool has_stop_command(uint32_t service)
{
	return record_of(service)->phase.ran &&
	       configured(service)->stop.kind != ACTION_SIGNAL;
}

/* A process stopped by SIGSTOP would not act on the signal. */
static void stop_plainly(uint32_t service, int signal)
{
	signal_program_group(service, signal);
	signal_program_group(service, SIGCONT);
}

/* SIGABRT for one that is silent: to leave a core, and it may not be able to
 * stop. Else a guard sends the signal of .stop itself; and it ends the rest, when
 * the program has ended in whichever way. */
static void stop_service(uint32_t service)
{
	struct work *work = work_of(service);

	if (silence_stops(&supervisor.world, service, supervisor.now_ms)) {
		stop_plainly(service, SIGABRT);
		return;
	}
	if (work->stop_by_signal) {
		work->stop_by_signal = 0;
		stop_plainly(service, SIGTERM);
	} else if (has_stop_command(service)) {
		signal_program_group(service, SIGCONT);
		helper_ask(service);
	}
	if (processes_guarded(service))
		signal_guard(service, SIGTERM);
	else if (!has_stop_command(service))
		stop_plainly(service, stop_signal(service));
}

static void kill_service(uint32_t service)
{
	helper_kill(service);
	if (processes_guarded(service))
		signal_guard(service, SIGQUIT);
	else
		signal_program_group(service, SIGKILL);
}

static void launch(uint32_t service, const struct table_action *action)
{
	struct world *w = &supervisor.world;

	if (!phase_pending(record_of(service)->phase,
	                   record_of(service)->life))
		return;
	switch (spawn(service, ROLE_LIFE, action)) {
	case SPAWNED:
		due_set(w, service, clock_of(w, service, supervisor.now_ms));
		break;
	case SPAWN_REFUSED:
		due_set(w, service, supervisor.now_ms + LAUNCH_AGAIN_MS);
		break;
	case SPAWN_WAITS:
		break;
	}
}

static void run_service(uint32_t service)
{
	const struct table_service *s = configured(service);

	ready_take(service); /* of an earlier process: it does not count */
	pipes_begin(service);
	if (helper_checks(service)) /* its former process: none is reloaded */
		publish_helps(service, HELPS_CHECK);
	launch(service, &s->run);
}

/* The command of .reload ends with its program, and so do its checks; that of
 * .started ends with the start; and SIGTERM is not sent to a service that is not
 * stopping any more. */
static void end_helpers(const struct change *c)
{
	struct work *work = work_of(c->service);

	if (work->helper_kind == HELPER_RELOAD && c->effect != EFFECT_CHECK &&
	    c->to != STATE_UP && c->to != STATE_WAITING_TO_STOP)
		helper_kill(c->service);
	if (work->helper_kind == HELPER_START && c->to != STATE_STARTING) {
		helper_kill(c->service);
		work->helper_kind = HELPER_NOTHING;
	}
	if (c->to != STATE_STOPPING || c->from != c->to)
		work->stop_by_signal = work->stop_delayed = 0;
}

/* Does the effect of a change: starts a process, or sends a signal. Doing it
 * again does no harm: a launch is not repeated once there is a process or its
 * end, and a signal may be sent twice. A failure is said, or a launch is tried
 * again after LAUNCH_AGAIN_MS. */
void effect_do(const struct change *c)
{
	const struct table_service *s = configured(c->service);

	end_helpers(c);
	switch (c->effect) {
	case EFFECT_SET_UP:
		launch(c->service, &s->setup);
		break;
	case EFFECT_RUN:
		run_service(c->service);
		break;
	case EFFECT_CLEAN_UP:
		launch(c->service, &s->cleanup);
		break;
	case EFFECT_SIGNAL:
		stop_service(c->service);
		break;
	case EFFECT_KILL:
		kill_service(c->service);
		break;
	case EFFECT_DRAIN:
		pipes_end(c->service);
		break;
	case EFFECT_STARTED:
		helper_follow(c->service);
		break;
	case EFFECT_CHECK:
		helper_check(c->service);
		break;
	case EFFECT_NOTHING:
	case EFFECTS:
		break;
	}
}
