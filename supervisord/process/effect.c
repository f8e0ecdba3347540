/* SPDX-License-Identifier: MIT */
/* What entering a state means to the kernel. An effect may fail: then a fact
 * stays absent, and the next pass decides again. */
#include "model/text.h"
#include "supervisord/base/supervisor.h"
#include "sys/message.h"

static const struct table_service *configured(uint32_t service)
{
	return table_service(supervisor.world.table, service);
}

static void say_failed(uint32_t service, int signal, int error)
{
	struct digits d, e;

	if (error < 0 && error != -ESRCH)
		message("supervisord: ",
		        table_name(supervisor.world.table, service),
		        ": cannot send SIG", text_signal(&d, signal), ": ",
		        text_error(&e, error), NULL);
}

/* That of the program, also if there is a guard. */
static void signal_program_group(uint32_t service, int signal)
{
	say_failed(service, signal,
	           processes_signal(service, WHOSE_MAIN, signal, true));
}

int effect_signal(uint32_t service, int signal)
{
	return processes_signal(service, WHOSE_MAIN, signal, false);
}

/* A guard has no group: its program leads another. It knows what to do. */
static void signal_guard(uint32_t service, int signal)
{
	say_failed(service, signal,
	           processes_signal(service, WHOSE_LIFE, signal, false));
}

/* A set-up has no part in .stop. */
static int stop_signal(uint32_t service)
{
	const struct table_action *stop = &configured(service)->stop;
	bool ran = supervisor.records[service].phase.ran;

	return ran && stop->kind == ACTION_SIGNAL ? (int)stop->at : SIGTERM;
}

static bool asks(uint32_t service)
{
	return supervisor.records[service].phase.ran &&
	       configured(service)->stop.kind != ACTION_SIGNAL;
}

/* A stopped process (SIGSTOP) would not hear of it. */
static void stop_plainly(uint32_t service, int signal)
{
	signal_program_group(service, signal);
	signal_program_group(service, SIGCONT);
}

/* A guard sends .stop's signal itself; and it ends the rest, when the program
 * has ended in whichever way. */
static void stop(uint32_t service)
{
	struct work *work = &supervisor.world.works[service];

	if (work->instead)
		stop_plainly(service, SIGTERM);
	work->instead = 0;
	if (asks(service)) {
		signal_program_group(service, SIGCONT);
		helper_ask(service);
	}
	if (processes_guarded(service))
		signal_guard(service, SIGTERM);
	else if (!asks(service))
		stop_plainly(service, stop_signal(service));
}

static void kill(uint32_t service)
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

	if (!phase_pending(supervisor.records[service].phase,
	                   supervisor.records[service].life))
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

static void run(uint32_t service)
{
	const struct table_service *s = configured(service);

	if (s->ready == READY_KIND_FD)
		ready_drain(service);
	launch(service, &s->run);
}

/* What reloads a program has no business once that is gone; and nobody is to
 * be told to stop who has. */
static void end_helpers(const struct change *c)
{
	struct work *work = &supervisor.world.works[c->service];

	if (work->reloads && c->to != STATE_UP &&
	    c->to != STATE_WAITING_TO_STOP)
		helper_kill(c->service);
	if (c->to != STATE_STOPPING)
		work->instead = 0;
}

void effect_do(const struct change *c)
{
	const struct table_service *s = configured(c->service);

	end_helpers(c);
	switch (c->effect) {
	case EFFECT_SET_UP:
		launch(c->service, &s->setup);
		break;
	case EFFECT_RUN:
		run(c->service);
		break;
	case EFFECT_CLEAN_UP:
		launch(c->service, &s->cleanup);
		break;
	case EFFECT_SIGNAL:
		stop(c->service);
		break;
	case EFFECT_KILL:
		kill(c->service);
		break;
	case EFFECT_NOTHING:
	case EFFECTS:
		break;
	}
}
