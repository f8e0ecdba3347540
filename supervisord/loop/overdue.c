/* SPDX-License-Identifier: MIT */
/* Services that take long to start or to stop are named on standard error:
 * after 5 s, and again each time that it has taken twice as long. So nothing
 * hangs silently, and the console shows how much longer it may take.
 *
 * Which services were named is not stored: it follows from the time of the last
 * look. A look is linear in the number of services, but there is none while no
 * service is in such a state. */
#include "supervisord/loop/overdue.h"

#include "model/clock.h"
#include "model/phase.h"
#include "model/text.h"
#include "supervisord/base/supervisor.h"
#include "sys/message.h"

static const struct {
	const char *what;           /* is waited for; NULL: nothing */
	const char *then;           /* is done when its clock runs out */
} awaited[STATES] = {
	[STATE_SETTING_UP] = { " to be set up", ", stopped in " },
	[STATE_STARTING] = { " to be ready", ", stopped in " },
	[STATE_DRAINING] = { " to read its log pipe", ", stopped in " },
	[STATE_STOPPING] = { " to stop", ", killed in " },
	[STATE_CLEANING_UP] = { " to be cleaned up", ", killed in " },
	[STATE_FORCE_DOWN] = { " to die", ", given up in " },
};

static uint64_t looked_ms;  /* the last look */
static uint64_t look_at_ms; /* the next one; NEVER_MS */

/* What was due before now, another supervisord has said. */
static void begin_looking(void)
{
	if (looked_ms == 0)
		looked_ms = supervisor.now_ms;
}

/* A service has entered this state: if it is one to wait for, the first look is
 * OVERDUE_MS later. */
void overdue_note(enum state state)
{
	uint64_t at_ms = supervisor.now_ms + OVERDUE_MS;

	if (awaited[state].what == NULL)
		return;
	begin_looking();
	if (look_at_ms <= supervisor.now_ms || look_at_ms > at_ms)
		look_at_ms = at_ms;
}

/* When overdue_look() is due, or NEVER_MS: no service is in a state that has a
 * clock. */
uint64_t overdue_look_ms(void)
{
	return supervisor.world.passing > 0 ? look_at_ms : NEVER_MS;
}

/* The first time behind after_ms at which it is to be named. */
static uint64_t name_at_ms(uint64_t since_ms, uint64_t after_ms)
{
	uint64_t waited = OVERDUE_MS;

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

static void say_overdue(uint32_t service)
{
	union phase phase = record_of(service)->phase;
	uint64_t until =
		clock_of(&supervisor.world, service, supervisor.now_ms);
	bool begun = !phase_pending(phase, record_of(service)->life);
	bool ends = begun && until != NEVER_MS, late = until < supervisor.now_ms;
	bool halts = supervisor.ledger->halt != 0;
	struct digits d, e;

	message("supervisord: waiting for ",
	        name_of(service),
	        begun ? awaited[phase.state].what
	              : " to be started", ": ",
	        seconds(&d, supervisor.now_ms - since_ms(phase)), " s",
	        ends ? awaited[phase.state].then : ", for as long as it takes",
	        ends ? seconds(&e, late ? 0 : until - supervisor.now_ms) : "",
	        ends ? " s" : "",
	        halts && supervisor.world.hurried_ms == 0
	                ? " (ask again to hurry)"
	                : NULL,
	        NULL);
}

/* Names the first OVERDUE_NAMES services that are to be named; returns how many
 * are, and sets *next_ms to the time of the next look. */
static uint32_t say_first(uint64_t *next_ms)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < supervisor.ledger->services; i++) {
		union phase phase = record_of(i)->phase;
		uint64_t next = name_at_ms(since_ms(phase), supervisor.now_ms);

		if (awaited[phase.state].what == NULL)
			continue;
		*next_ms = next < *next_ms ? next : *next_ms;
		if (name_at_ms(since_ms(phase), looked_ms) > supervisor.now_ms)
			continue;
		if (count++ < OVERDUE_NAMES)
			say_overdue(i);
	}
	return count;
}

/* If it is due: names services that take long. */
void overdue_look(void)
{
	uint64_t next_ms = NEVER_MS;
	struct digits d;
	uint32_t count;

	if (overdue_look_ms() > supervisor.now_ms)
		return;
	begin_looking();
	count = say_first(&next_ms);
	if (count > OVERDUE_NAMES)
		message("supervisord: waiting for ",
		        text_number(&d, count - OVERDUE_NAMES),
		        " more services (conctl status shows them)", NULL);
	looked_ms = supervisor.now_ms;
	look_at_ms = next_ms < looked_ms + OVERDUE_PAUSE_MS
	                     ? looked_ms + OVERDUE_PAUSE_MS
	                     : next_ms;
}
