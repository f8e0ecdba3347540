/* SPDX-License-Identifier: MIT */
/* .restart = OVERLAP: what two generations of a service cannot share, and the
 * name of the second one. */
#include <string.h>

#include "config/check/check.h"

#define OVERLAP_NAME ":2"

const char *overlap_name(const struct config *c, uint32_t i)
{
	return memory_join(service_of(c, i)->name, OVERLAP_NAME);
}

static void check_name(const struct config *c, uint32_t i)
{
	const char *name = service_of(c, i)->name;

	if (name == NULL)
		return;
	if (strlen(name) + strlen(OVERLAP_NAME) > NAME_MAX_BYTES)
		report_error(c, i,
		             ": .restart = OVERLAP: its name has at most %d "
		             "bytes, for the second generation is NAME%s",
		             NAME_MAX_BYTES - (int)strlen(OVERLAP_NAME),
		             OVERLAP_NAME);
	else if (names_find(c, overlap_name(c, i)) != TABLE_NONE)
		report_error(c, i,
		             ": .restart = OVERLAP: its second generation is "
		             "named '%s', as another service is",
		             overlap_name(c, i));
}

static bool overwrites(const struct config_log *l)
{
	return l->log == CONFIG_LOG_FILE && l->overwrite;
}

static bool is_logger(const struct config *c, uint32_t i)
{
	for (uint32_t k = 0; k < c->count; k++) {
		const struct config_log *l = &service_of(c, k)->log;

		if (l->log == CONFIG_LOG_TO && l->service != NULL &&
		    names_find(c, l->service) == i)
			return true;
	}
	return false;
}

/* What two generations cannot do at once, or NULL. */
static const char *cannot_overlap(const struct config *c, uint32_t i)
{
	const struct config_service *s = service_of(c, i);

	if (s->run.action == CONFIG_ACTION_NONE)
		return "it has no .run: there is no process that could "
		       "overlap with another";
	if (s->ready.ready == CONFIG_READY_DAEMONIZE || s->stop_all)
		return "a service with a guard (READY_DAEMONIZE, .stop_all) "
		       "cannot; let it stay in the foreground";
	if (s->hands_over)
		return "with .hands_over the program replaces itself; choose "
		       "one of the two";
	if (s->target == ONCE)
		return "a service that is to be done once has nothing to "
		       "keep up";
	if (timer_is(s))
		return "a timer has nothing to keep up";
	if (s->check.given)
		return "with .check there is one count of failures, and two "
		       "generations; choose one of the two";
	if (s->started.action != CONFIG_ACTION_NONE)
		return "the command of .started would run while the former "
		       "generation serves still; choose one of the two";
	if (s->ready.ready == CONFIG_READY_BUS)
		return "a name on a bus is owned by the former generation "
		       "still, so it does not tell that the next one is ready";
	if (overwrites(&s->log) || overwrites(&s->errors))
		return "the second generation would empty the log file; "
		       "leave .overwrite out";
	return is_logger(c, i) ? "both generations would read the pipe of "
	                         "what logs to it"
	                       : NULL;
}

void overlap_check(const struct config *c, uint32_t i)
{
	const struct config_service *s = service_of(c, i);
	const char *why;

	if (s->restart == IN_TURN)
		return;
	if (s->restart != OVERLAP) {
		report_error(c, i, ": .restart is IN_TURN or OVERLAP; whether "
		             "what fails is tried again says .retry");
		return;
	}
	why = cannot_overlap(c, i);
	if (why != NULL)
		report_error(c, i, ": .restart = OVERLAP: %s", why);
	check_name(c, i);
}
