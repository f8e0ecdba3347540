/* SPDX-License-Identifier: MIT */
/* Who is awaited for long, in a start or a stop, is said: after 5 s, and again
 * each time that it has taken twice as long. So nothing hangs silently, and who
 * looks at the console knows for how long still.
 *
 * Nothing is kept of who was named: it follows from when it was looked last. A
 * look is linear in the services, but there is none while nobody is awaited. */
#include "model/text.h"
#include "supervisord/base/supervisor.h"
#include "sys/message.h"

static const struct {
	const char *what;           /* it is awaited; NULL: it is not */
	const char *then;           /* what is done when its clock runs out */
} said[STATES] = {
	[STATE_SETTING_UP] = { " to be set up", ", stopped in " },
	[STATE_STARTING] = { " to be ready", ", stopped in " },
	[STATE_STOPPING] = { " to stop", ", killed in " },
	[STATE_CLEANING_UP] = { " to be cleaned up", ", killed in " },
	[STATE_FORCE_DOWN] = { " to die", ", given up in " },
};

static uint64_t looked_ms;

/* What was to be said before us, another supervisord has. */
static void begin(void)
{
	if (looked_ms == 0)
		looked_ms = supervisor.now_ms;
}

void await_note(enum state state)
{
	uint64_t at_ms = supervisor.now_ms + AWAIT_MS;

	if (said[state].what == NULL)
		return;
	begin();
	if (supervisor.await_at_ms <= supervisor.now_ms ||
	    supervisor.await_at_ms > at_ms)
		supervisor.await_at_ms = at_ms;
}

uint64_t await_look_ms(void)
{
	return supervisor.world.passing > 0 ? supervisor.await_at_ms : NEVER_MS;
}

/* The first time after that one at which it is to be said. */
static uint64_t due_ms(uint64_t since_ms, uint64_t after_ms)
{
	uint64_t waited = AWAIT_MS;

	while (since_ms + waited <= after_ms)
		waited *= 2;
	return since_ms + waited;
}

static uint64_t since_ms(union phase phase)
{
	return phase_since_ms(phase, supervisor.now_ms);
}

static const char *seconds(struct digits *d, uint64_t ms)
{
	return text_number(d, (int64_t)((ms + 500) / 1000));
}

static void say(uint32_t service)
{
	union phase phase = supervisor.records[service].phase;
	uint64_t until = clock_of(&supervisor.world, service, supervisor.now_ms);
	bool ends = until != NEVER_MS, late = until < supervisor.now_ms;
	bool halts = supervisor.ledger->halt != 0;
	struct digits d, e;

	message("supervisord: waiting for ",
	        table_name(supervisor.world.table, service),
	        said[phase.state].what, ": ",
	        seconds(&d, supervisor.now_ms - since_ms(phase)), " s",
	        ends ? said[phase.state].then : ", for as long as it takes",
	        ends ? seconds(&e, late ? 0 : until - supervisor.now_ms) : "",
	        ends ? " s" : "",
	        halts && supervisor.world.hurried_ms == 0
	                ? " (ask again to hurry)"
	                : NULL,
	        NULL);
}

/* How many are to be named; the first few are. */
static uint32_t say_all(uint64_t *next_ms)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < supervisor.ledger->services; i++) {
		union phase phase = supervisor.records[i].phase;
		uint64_t next = due_ms(since_ms(phase), supervisor.now_ms);

		if (said[phase.state].what == NULL)
			continue;
		*next_ms = next < *next_ms ? next : *next_ms;
		if (due_ms(since_ms(phase), looked_ms) > supervisor.now_ms)
			continue;
		if (count++ < AWAIT_NAMES)
			say(i);
	}
	return count;
}

void await_look(void)
{
	uint64_t next_ms = NEVER_MS;
	struct digits d;
	uint32_t count;

	if (await_look_ms() > supervisor.now_ms)
		return;
	begin();
	count = say_all(&next_ms);
	if (count > AWAIT_NAMES)
		message("supervisord: waiting for ",
		        text_number(&d, count - AWAIT_NAMES),
		        " more services (conctl status shows them)", NULL);
	looked_ms = supervisor.now_ms;
	supervisor.await_at_ms = next_ms < looked_ms + AWAIT_PAUSE_MS
	                                 ? looked_ms + AWAIT_PAUSE_MS
	                                 : next_ms;
}
