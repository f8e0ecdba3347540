/* SPDX-License-Identifier: MIT */
/* What a person should hear of without asking: one line to standard error
 * for a service that will need help. */
#include "model/text.h"
#include "supervisord/supervisord.h"
#include "sys/message.h"

static const char *const step_label[] = {
#define STEP(name, label) label,
#include "model/step.def"
#undef STEP
};

static void say_why(const char *name, const char *what,
                    const struct record *r)
{
	uint32_t step = r->failure >> 16;
	struct digits d;

	if (step > 0 && step < sizeof(step_label) / sizeof(step_label[0]))
		message("supervisord: ", name, ": ", what, ": ",
		        step_label[step], ": ",
		        text_error(&d, (int)(r->failure & 0xffff)), NULL);
	else if (r->ending.code == ENDING_EXITED)
		message("supervisord: ", name, ": ", what, ": exited with ",
		        text_number(&d, r->ending.status), NULL);
	else if (r->ending.code != 0)
		message("supervisord: ", name, ": ", what, ": killed by SIG",
		        text_signal(&d, r->ending.status), NULL);
	else
		message("supervisord: ", name, ": ", what, NULL);
}

void say_change(const struct change *c)
{
	const char *name = table_name(supervisor.world.table, c->service);

	if (c->from == c->to)
		return;
	if (c->to == STATE_FAILED)
		say_why(name, "failed", &supervisor.records[c->service]);
	else if (c->to == STATE_FORCE_DOWN)
		message("supervisord: ", name,
		        ": did not stop in time; killing it", NULL);
	else if (c->to == STATE_CANNOT_STOP)
		message("supervisord: ", name,
		        ": does not die of SIGKILL; giving up", NULL);
}
