/* SPDX-License-Identifier: MIT */
/* The commands that set targets: up, down, restart, once. */
#include "conctl/change/change.h"

#include "conctl/base/order.h"
#include "conctl/base/out.h"
#include "conctl/change/ask.h"
#include "conctl/change/fall.h"
#include "conctl/change/rolling.h"
#include "conctl/change/wait.h"
#include "conctl/session/choose.h"
#include "conctl/session/mapping.h"
#include "sys/clock.h"

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

/* Explains each chosen service that was removed from the configuration: its
 * target can only be down. Whether there is one and the order wants it up. */
static bool wants_removed_up(const struct order *o)
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

/* The services are chosen again each time. */
static int change_chosen(const struct order *o)
{
	struct goal goal = {
		.aim = changes[o->verb->detail].aim,
		.asked = true,
		.since_ms = clock_now_ms(),
	};
	int code;

	if (choose(o) > 0 || wants_removed_up(o))
		return EXIT_UNKNOWN;
	if (o->tries)
		return fall_try(o);
	if (o->verb->detail == CHANGE_DOWN)
		fall_say(o);
	code = ask(o, changes[o->verb->detail].verb, 0);
	if (code != EXIT_DONE || !(o->waits || o->rolling))
		return code;
	return wait_for(o, &goal);
}

static int change_rolling(const struct order *o)
{
	struct rolling r;
	struct order part;
	int code = choose(o) > 0 ? EXIT_UNKNOWN : rolling_begin(&r);

	if (code != EXIT_DONE)
		return code;
	while (code == EXIT_DONE && rolling_next(&r, o, &part))
		code = change_chosen(&part);
	if (code != EXIT_DONE)
		rolling_say_left(&r);
	return code;
}

/* up, down, restart, once: sets the target; with -w waits until it is
 * reached. down with -n changes nothing. restart --rolling waits each time, and
 * stops at the first that does not come up. */
int change_run(const struct order *o)
{
	return o->rolling ? change_rolling(o) : change_chosen(o);
}
