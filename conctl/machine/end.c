/* SPDX-License-Identifier: MIT */
/* The commands that end the session: exit, reboot, poweroff, halt, kexec. Knows
 * no pipe. */
#include "conctl/machine/end.h"

#include "conctl/base/order.h"
#include "conctl/base/out.h"
#include "conctl/change/ask.h"
#include "conctl/machine/machine.h"
#include "conctl/session/record.h"
#include "model/text.h"

/* Asks for the end, and says what a second request means. An exit code: what is
 * not EXIT_DONE has been explained. */
int ask_end(const struct order *o, enum request_verb verb, uint32_t argument)
{
	int code = ask_about_none(o, verb, argument);

	if (code == EXIT_DONE &&
	    session_escalation().level == URGENCY_HURRIED)
		complain("asked for before: what does not stop in 1 s is "
		         "killed", NULL);
	return code;
}

/* exit: stops all services, then ends connate with that exit code. */
int exit_run(const struct order *o)
{
	uint64_t code = 0;

	if (o->count > 0 && !text_to_number(o->names[0], 255, &code)) {
		complain("'", o->names[0], "' is no exit code (0 to 255)",
		         NULL);
		return EXIT_USAGE;
	}
	return ask_end(o, REQUEST_EXIT, (uint32_t)code);
}

/* reboot, poweroff, halt, kexec: stops all services, then ends the machine. */
int halt_run(const struct order *o)
{
	return ask_end(o, REQUEST_HALT, (uint32_t)o->verb->detail);
}
