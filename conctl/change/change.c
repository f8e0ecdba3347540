/* SPDX-License-Identifier: MIT */
/* Setting targets, and the end of the session. Knows no pipe. */
#include "conctl/conctl.h"

/* What is asked, and what to wait for. */
static const struct {
	enum request_verb verb;
	enum aim aim;
} changes[] = {
	[CHANGE_UP] = { REQUEST_UP, AIM_UP },
	[CHANGE_DOWN] = { REQUEST_DOWN, AIM_DOWN },
	[CHANGE_RESTART] = { REQUEST_RESTART, AIM_RESTART },
	[CHANGE_ONCE] = { REQUEST_ONCE, AIM_ONCE },
};

/* As if there were no such service: it can only go down. */
static bool lifts_removed(const struct order *o)
{
	bool found = false;

	if (o->verb->detail == CHANGE_DOWN)
		return false;
	for (uint32_t i = chosen_next(0); i != TABLE_NONE;
	     i = chosen_next(i + 1)) {
		if (!table_service(session.table, i)->gone)
			continue;
		complain("'", table_name(session.table, i),
		         "' was removed from the configuration, and is being "
		         "stopped",
		         NULL);
		found = true;
	}
	return found;
}

int change_run(const struct order *o)
{
	struct goal goal = {
		.aim = changes[o->verb->detail].aim,
		.asked = true,
		.since_ms = now_ms(),
	};
	int code;

	if (choose(o) > 0 || lifts_removed(o))
		return EXIT_UNKNOWN;
	code = ask(o, changes[o->verb->detail].verb, 0);
	if (code != EXIT_DONE || !o->waits)
		return code;
	return wait_for(o, &goal);
}

/* What is about everything, and names nobody. */
int ask_nobody(const struct order *o, enum request_verb verb, uint32_t argument)
{
	struct order nobody = *o;

	nobody.names = NULL;
	nobody.count = 0;
	choose_nobody();
	return ask(&nobody, verb, argument);
}

/* Who asks again should know what that means. */
int ask_end(const struct order *o, enum request_verb verb, uint32_t argument)
{
	int code = ask_nobody(o, verb, argument);
	union escalation escalation = { .word = load_long(&session.live->escalation.word) };

	if (code == EXIT_DONE && escalation.level == URGENCY_HURRIED)
		complain("asked for before: what does not stop in 1 s is "
		         "killed", NULL);
	return code;
}

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

int halt_run(const struct order *o)
{
	return ask_end(o, REQUEST_HALT, (uint32_t)o->verb->detail);
}
