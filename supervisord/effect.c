/* SPDX-License-Identifier: MIT */
/* What entering a state means to the kernel. An effect may fail: then a fact
 * stays absent, and the next pass decides again. */
#include "model/text.h"
#include "supervisord/supervisord.h"
#include "sys/message.h"

static const struct table_service *configured(uint32_t service)
{
	return table_service(supervisor.world.table, service);
}

/* A process whose parent is pid1 may be reaped at any time, and its number
 * given to another. pid1 says so before it reaps: what it has said by now is
 * taken first. */
static int32_t pid_now(uint32_t service)
{
	if (!supervisor.world.works[service].own)
		observe_link();
	return supervisor.records[service].life.pid;
}

/* The service's group: it leads a session of its own. Between clone and
 * setsid(2) there is no such group yet, only the child. */
static int signal_group(int32_t pid, int signal)
{
	int error = sys_kill(-pid, signal);

	return error == -ESRCH ? sys_kill(pid, signal) : error;
}

static void signal_service(uint32_t service, int signal)
{
	int32_t pid = pid_now(service);
	struct digits d, e;
	int error;

	if (pid <= 1)
		return;
	error = signal_group(pid, signal);
	if (error < 0 && error != -ESRCH)
		message("supervisord: ",
		        table_name(supervisor.world.table, service),
		        ": cannot send SIG", text_signal(&d, signal), ": ",
		        text_error(&e, error), NULL);
}

/* A stopped process (SIGSTOP) would not hear of it. */
static void stop(uint32_t service)
{
	signal_service(service, (int)configured(service)->stop.at);
	signal_service(service, SIGCONT);
}

static void launch(uint32_t service, const struct table_action *action)
{
	struct world *w = &supervisor.world;

	if (!phase_pending(supervisor.records[service].phase,
	                   supervisor.records[service].life))
		return;
	if (spawn(service, action))
		due_set(w, service,
		        clock_runs_out(world_profile(w, service),
		                       supervisor.records[service].phase));
}

void effect_do(const struct change *c)
{
	const struct table_service *s = configured(c->service);

	switch (c->effect) {
	case EFFECT_SET_UP:
		launch(c->service, &s->setup);
		break;
	case EFFECT_RUN:
		launch(c->service, &s->run);
		break;
	case EFFECT_CLEAN_UP:
		launch(c->service, &s->cleanup);
		break;
	case EFFECT_SIGNAL:
		stop(c->service);
		break;
	case EFFECT_KILL:
		signal_service(c->service, SIGKILL);
		break;
	case EFFECT_NOTHING:
	case EFFECTS:
		break;
	}
}
