/* SPDX-License-Identifier: MIT */
/* The commands that end the session: exit, reboot, poweroff, halt, kexec. Knows
 * no pipe. */
#include "conctl/machine/end.h"

#include "conctl/base/order.h"
#include "conctl/base/out.h"
#include "conctl/base/time.h"
#include "conctl/change/ask.h"
#include "conctl/machine/machine.h"
#include "conctl/session/mapping.h"
#include "conctl/session/record.h"
#include "conctl/session/session.h"
#include "model/text.h"
#include "sys/clock.h"

enum { END_PAUSE_MS = 20 };

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

/* Names what has not ended yet. EXIT_LATE. */
static int end_too_late(const struct order *o)
{
	complain("timed out after ", o->timeout,
	         " s; connate has not ended yet", NULL);
	for (uint32_t i = 0; i < session.table->services; i++) {
		struct record r = session_record(i);

		if (r.phase.state != STATE_DOWN &&
		    r.phase.state != STATE_FAILED &&
		    r.phase.state != STATE_SKIPPED)
			out_texts(&out_report, table_name(session.table, i),
			          ": ", state_label[r.phase.state], "\n", NULL);
	}
	return EXIT_LATE;
}

/* Waits until connate is gone. EXIT_DONE, or EXIT_LATE. */
static int wait_for_end(const struct order *o)
{
	while (session_check() != CHECK_GONE) {
		if (clock_now_ms() >= o->deadline_ms)
			return end_too_late(o);
		pause_ms(END_PAUSE_MS);
	}
	return EXIT_DONE;
}

/* exit: stops all services, then ends connate with that exit code; with -w
 * waits until it has ended. */
int exit_run(const struct order *o)
{
	uint64_t code = 0;
	int result;

	if (o->count > 0 && !text_to_number(o->names[0], 255, &code)) {
		complain("'", o->names[0], "' is no exit code (0 to 255)",
		         NULL);
		return EXIT_USAGE;
	}
	result = ask_end(o, REQUEST_EXIT, (uint32_t)code);
	return result == EXIT_DONE && o->waits ? wait_for_end(o) : result;
}

/* reboot, poweroff, halt, kexec: stops all services, then ends the machine. */
int halt_run(const struct order *o)
{
	return ask_end(o, REQUEST_HALT, (uint32_t)o->verb->detail);
}
