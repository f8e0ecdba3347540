/* SPDX-License-Identifier: MIT */
/* What is said on standard error without being asked for: one line about a
 * service that needs attention, or about an error. */
#include "supervisord/base/say.h"

#include "model/change.h"
#include "model/step.h"
#include "model/text.h"
#include "supervisord/base/command.h"
#include "supervisord/base/supervisor.h"
#include "sys/message.h"

enum { RETRIES_SAID = 64, RETRY_SAID_MS = 60000 };

/* Says what failed, and why, if error is below zero; returns error. */
int say_error(const char *what, int error)
{
	struct digits d;

	if (error < 0)
		message("supervisord: ", what, ": ", text_error(&d, error),
		        NULL);
	return error;
}

/* Says that a signal could not be sent, if error is below zero and there was a
 * process to send it to. */
void say_signal_failed(uint32_t service, int signal, int error)
{
	struct digits d, e;

	if (error < 0 && error != -ESRCH)
		message("supervisord: ", name_of(service), ": cannot send SIG",
		        text_signal(&d, signal), ": ", text_error(&e, error),
		        NULL);
}

/* A process of the service could not be started (clone(2)), and will be tried
 * again. That is said once for all services and tries, and again only when none
 * was refused for ROOM_MS. */
void say_no_room(uint32_t service, int error)
{
	static uint64_t refused_ms; /* the last time; 0: never */
	bool again = refused_ms != 0 &&
	             supervisor.now_ms - refused_ms < ROOM_MS;
	struct digits d;

	refused_ms = supervisor.now_ms;
	if (!again)
		message("supervisord: ", name_of(service),
		        ": cannot start a process: ", text_error(&d, error),
		        error == -EAGAIN ? " (ulimit -u and pids.max have to "
		                           "allow one more)"
		                         : "",
		        "; trying again until there is room", NULL);
}

static void say_ending(const char *name, const char *what, union ending e)
{
	struct digits d;

	if (e.code == ENDING_EXITED)
		message("supervisord: ", name, ": ", what, ": exited with ",
		        text_number(&d, e.status), NULL);
	else if (e.code != 0)
		message("supervisord: ", name, ": ", what, ": killed by SIG",
		        text_signal(&d, e.status), NULL);
	else
		message("supervisord: ", name, ": ", what, NULL);
}

/* The step that failed, if one did; else how the process ended. failure: as in
 * struct record. */
static void say_why(const char *name, const char *what, uint32_t failure,
                    const char *program, union ending e)
{
	uint32_t step = failure >> 16;
	struct digits d;

	if (step > 0 && step < STEPS)
		message("supervisord: ", name, ": ", what, ": ",
		        step_label[step],
		        text_equal(step_label[step], "exec") ? program : "",
		        ": ",
		        text_error(&d, (int)(failure & STEP_ERROR)), NULL);
	else
		say_ending(name, what, e);
}

/* By a helper itself, in memory of its own: the step at which it failed. */
void say_step(uint32_t service, uint32_t failure)
{
	say_why(name_of(service),
	        "the command of .stop, .reload or .started", failure, "",
	        (union ending){ .code = 0 });
}

/* May the retry of a service be said? Once a minute for each service; services
 * with the same place share that, so that a thousand of them, all failing, do
 * not flood a console. What was said is not stored: a successor says it
 * again. */
static bool retry_is_news(uint32_t service)
{
	static uint64_t said_ms[RETRIES_SAID]; /* 0: never */
	uint64_t *at_ms = &said_ms[service % RETRIES_SAID];

	if (*at_ms != 0 && supervisor.now_ms - *at_ms < RETRY_SAID_MS)
		return false;
	*at_ms = supervisor.now_ms;
	return true;
}

static const char *what_failed(const struct record *r, enum helper_kind kind)
{
	if (kind == HELPER_CHECK)
		return "it is not checked: the process that does it has "
		       "ended; another one is started in 10 s";
	if (kind == HELPER_START)
		return "the command of .started failed";
	if (kind == HELPER_RELOAD)
		return "the command of .reload failed";
	return r->life.pid != 0
	               ? "the command of .stop failed; sending SIGTERM"
	               : "the command of .stop failed";
}

/* A command of the service has failed, or what checks it has, which is said as
 * often as a retry. */
void say_helper(uint32_t service, enum helper_kind kind, uint32_t failure,
                union ending e)
{
	if (kind != HELPER_CHECK || retry_is_news(service))
		say_why(name_of(service), what_failed(record_of(service), kind),
		        failure, "", e);
}

/* The process of a service has ended: a clean-up that failed is said, as it
 * does not change the state. */
void say_end(uint32_t service, union ending e)
{
	if (record_of(service)->phase.state == STATE_CLEANING_UP &&
	    !ending_is_good(e))
		say_ending(name_of(service), "clean-up failed", e);
}

/* The program that could not be started, with a blank before it. */
static const char *failed_program(uint32_t service, enum state state)
{
	static char bytes[PATH_MAX + 1];
	const struct table *t = supervisor.world.table;
	const struct table_service *s = configured(service);
	const struct table_action *a =
		state == STATE_SETTING_UP ? &s->setup : &s->run;
	const char *path = "";
	size_t length;

	if (a->kind == ACTION_EXEC)
		path = table_text(t, table_list(t, a->at)[0]);
	if (supervisor.command != NULL && command_runs(service))
		path = supervisor.command[0];
	length = text_length(path);
	if (length == 0 || length >= PATH_MAX)
		return "";
	bytes[0] = ' ';
	__builtin_memcpy(bytes + 1, path, length + 1);
	return bytes;
}

/* A descriptor that the service has sent is closed. Said once, and again only
 * when none was for ROOM_MS. */
void say_full(uint32_t service)
{
	static uint64_t full_ms; /* the last time; 0: never */
	bool again = full_ms != 0 && supervisor.now_ms - full_ms < ROOM_MS;
	struct digits d;

	full_ms = supervisor.now_ms;
	if (!again)
		message("supervisord: ", name_of(service),
		        ": a descriptor is closed: it has stored ",
		        text_number(&d, configured(service)->store.count),
		        " (.fd_store)", NULL);
}

/* A socket of .listen cannot be opened. That takes the place of a retry. */
void say_unbound(uint32_t service, const char *address, int error)
{
	struct digits d;

	if (retry_is_news(service))
		message("supervisord: ", name_of(service),
		        ": cannot listen on ", address, ": ",
		        text_error(&d, error), NULL);
}

/* It has failed, or is tried again: why. */
static void say_failed(const struct change *c, bool retry)
{
	const struct record *r = record_of(c->service);
	const char *name = name_of(c->service);

	if (failure_step(r->failure) == STEP_STARTED)
		say_ending(name,
		           retry ? "retrying: started" : "failed: started",
		           failure_ending(r->failure));
	else
		say_why(name, retry ? "retrying" : "failed", r->failure,
		        failed_program(c->service, c->from), r->ending);
}

/* A service has changed its state: said if it failed, is tried again, or does
 * not stop. */
void say_change(const struct change *c)
{
	const char *name = name_of(c->service);
	bool retry = c->to == STATE_RETRYING;

	if (c->from == c->to)
		return;
	if (c->to == STATE_FAILED || (retry && retry_is_news(c->service)))
		say_failed(c, retry);
	else if (c->to == STATE_STOPPING && c->from == STATE_UP &&
	         (c->facts & (FACT_SILENT | FACT_LOST)) == FACT_SILENT)
		message("supervisord: ", name,
		        ": gave no sign of life in time; sending SIGABRT", NULL);
	else if (c->to == STATE_STOPPING && (c->facts & FACT_UNHEALTHY) != 0)
		message("supervisord: ", name,
		        ": unhealthy: ", health_of(c->service)->reason,
		        "; stopping it", NULL);
	else if (c->to == STATE_FORCE_DOWN)
		message("supervisord: ", name,
		        ": did not stop in time; killing it", NULL);
	else if (c->to == STATE_CANNOT_STOP)
		message("supervisord: ", name,
		        ": does not die of SIGKILL; giving up", NULL);
}
