/* SPDX-License-Identifier: MIT */
/* What a person should hear of without asking: one line to standard error
 * for a service that will need help. */
#include "model/step.h"
#include "model/text.h"
#include "supervisord/base/supervisor.h"
#include "sys/message.h"

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

/* The step that failed, if one did; else how the process ended. */
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
		        text_error(&d, (int)(failure & 0xffff)), NULL);
	else
		say_ending(name, what, e);
}

void say_step(uint32_t service, uint32_t failure)
{
	say_why(table_name(supervisor.world.table, service),
	        "the command of .stop or .reload", failure, "",
	        (union ending){ .code = 0 });
}

static const char *what_failed(const struct record *r, bool reload)
{
	if (reload)
		return "the command of .reload failed";
	return r->life.pid != 0
	               ? "the command of .stop failed; sending SIGTERM"
	               : "the command of .stop failed";
}

void say_helper(uint32_t service, bool reload, uint32_t failure,
                union ending e)
{
	say_why(table_name(supervisor.world.table, service),
	        what_failed(&supervisor.records[service], reload),
	        failure, "", e);
}

/* A clean-up that fails changes nothing, so it would not be heard of. */
void say_end(uint32_t service, union ending e)
{
	if (supervisor.records[service].phase.state == STATE_CLEANING_UP &&
	    (e.code != ENDING_EXITED || e.status != 0))
		say_ending(table_name(supervisor.world.table, service),
		           "clean-up failed", e);
}

/* Which one could not be started, with a blank before it. */
static const char *program(uint32_t service, enum state state)
{
	static char bytes[PATH_MAX + 1];
	const struct table *t = supervisor.world.table;
	const struct table_service *s = table_service(t, service);
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

void say_change(const struct change *c)
{
	const struct record *r = &supervisor.records[c->service];
	const char *name = table_name(supervisor.world.table, c->service);

	if (c->from == c->to)
		return;
	if (c->to == STATE_FAILED)
		say_why(name, "failed", r->failure,
		        program(c->service, c->from), r->ending);
	else if (c->to == STATE_FORCE_DOWN)
		message("supervisord: ", name,
		        ": did not stop in time; killing it", NULL);
	else if (c->to == STATE_CANNOT_STOP)
		message("supervisord: ", name,
		        ": does not die of SIGKILL; giving up", NULL);
}
