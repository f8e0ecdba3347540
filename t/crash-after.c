/* SPDX-License-Identifier: MIT */
/* Takes the place of supervisord/loop/probation.c in an image that is to fail
 * on probation: it has a fault so many milliseconds after it was adopted, as
 * CRASH_AFTER_MS in the environment says; without that, never. It never says
 * that it has stood. */
#include "model/text.h"
#include "supervisord/base/environment.h"
#include "supervisord/base/supervisor.h"
#include "supervisord/loop/probation.h"

static uint64_t at_ms; /* 0: not adopted yet */

static uint64_t after_ms(void)
{
	const char *word = environment_entry("CRASH_AFTER_MS");
	uint64_t ms;

	return word != NULL &&
	                       text_to_number(word + sizeof("CRASH_AFTER_MS"),
	                                      UINT32_MAX, &ms)
	               ? ms
	               : NEVER_MS;
}

void probation_note(const struct change *c)
{
	(void)c;
}

uint64_t probation_due_ms(void)
{
	return at_ms != 0 ? at_ms : NEVER_MS;
}

bool probation_is_over(void)
{
	uint64_t ms = after_ms();

	if (!supervisor.kept)
		return false;
	if (at_ms == 0)
		at_ms = ms == NEVER_MS ? NEVER_MS : supervisor.now_ms + ms;
	if (supervisor.now_ms >= at_ms)
		__builtin_trap();
	return false;
}

void probation_end(void)
{
}
