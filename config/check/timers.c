/* SPDX-License-Identifier: MIT */
/* Services that are started at certain times, and the one that keeps the time for
 * them (conctl/change/keep.c). */
#include <string.h>

#include "config/check/check.h"
#include "model/calendar.h"

#ifndef CONCTL
#define CONCTL "/usr/bin/conctl"
#endif

/* What keeps the time: in each configuration that has a timer, unless it has a
 * service of this name itself. */
#define KEEPER "timers"

static const char *const keeper_words[] = { CONCTL, "keep-time" };

/* Where it keeps when those with .catch_up ran. */
static const char *const keeper_folders[] = {
	CONFIG_FOLDER(CONFIG_STATE, "connate-timers"),
};

/* Is it started at certain times? */
bool timer_is(const struct config_service *s)
{
	return s->every.unit != 0 || s->every.calendar.count > 0;
}

static bool has_timer(const struct config *c)
{
	for (uint32_t i = 0; i < c->count; i++)
		if (timer_is(service_of(c, i)))
			return true;
	return false;
}

static bool catches_up(const struct config *c)
{
	for (uint32_t i = 0; i < c->count; i++)
		if (service_of(c, i)->catch_up)
			return true;
	return false;
}

static bool has_keeper(const struct config *c)
{
	for (uint32_t i = 0; i < c->count; i++)
		if (service_of(c, i)->name != NULL &&
		    strcmp(service_of(c, i)->name, KEEPER) == 0)
			return true;
	return false;
}

/* The configuration, with what keeps the time behind its services, if it has
 * timers. */
struct config timers_kept(const struct config *c)
{
	static const struct config_service keeper = {
		CONFIG_FIRST
		.name = KEEPER,
		.run = {
			.action = CONFIG_ACTION_EXEC,
			.words = {
				.given = true,
				.item = keeper_words,
				.count = sizeof(keeper_words) /
				         sizeof(keeper_words[0]),
			},
		},
	};
	struct config kept = *c;
	struct service *services;

	if (!has_timer(c) || has_keeper(c))
		return kept;
	services = memory_new(c->count + 1, sizeof(*services));
	memcpy(services, c->services, c->count * sizeof(*services));
	services[c->count].file = c->file;
	services[c->count].line = c->line;
	services[c->count].is = keeper;
	if (catches_up(c))
		services[c->count].is.folders = (struct config_list){
			.item = keeper_folders, .count = 1, .given = true,
		};
	kept.services = services;
	kept.count++;
	return kept;
}

/* Is it the one that was added? Its program may not be installed yet. */
bool timers_keeps(const struct config_service *s)
{
	return s->run.words.item == keeper_words;
}

static void check_calendar(const struct config *c, uint32_t i)
{
	const struct config_list *l = &service_of(c, i)->every.calendar;
	struct calendar calendar;
	char why[256];

	if (!list_written(l)) {
		report_error(c, i, ": .every is written SECONDS(n) or "
		             "CALENDAR(\"...\")");
		return;
	}
	for (size_t k = 0; k < l->count; k++)
		if (!calendar_read(l->item[k], &calendar, why, sizeof(why)))
			report_error(c, i, ": .every: CALENDAR(\"%s\"): %s",
			             l->item[k] != NULL ? l->item[k] : "",
			             why);
}

static void check_length(const struct config *c, uint32_t i, const char *field,
                         int unit, long long ms, long long least)
{
	static const long long most = TIME_MAX_DAYS * 24LL * 60 * 60 * 1000;

	if (unit != CONFIG_UNIT_MS)
		report_error(c, i, ": %s is written SECONDS(n)%s", field,
		             least > 0 ? " or CALENDAR(\"...\")" : "");
	else if (ms < least || ms > most)
		report_error(c, i, ": %s is %s to %d days", field,
		             least > 0 ? "1 s" : "0", TIME_MAX_DAYS);
}

/* What does not go with a run to the end, again and again. */
static void check_use(const struct config *c, uint32_t i,
                      const struct config_service *s)
{
	if (s->run.action == CONFIG_ACTION_NONE &&
	    s->setup.action == CONFIG_ACTION_NONE)
		report_error(c, i, ": .every with neither .run nor .setup: "
		             "there is no program to be started");
	if (s->primary)
		report_error(c, i, ": .every and .primary: everything would "
		             "end with its first run");
	if (s->on_demand)
		report_error(c, i, ": .every and .on_demand: it is started at "
		             "its times, or when somebody connects");
	if (s->catch_up && s->every.unit != 0)
		report_warning(c, i, ": .catch_up is for CALENDAR: SECONDS(n) "
		               "begins anew with each session");
	if (s->target == ONCE)
		report_error(c, i, ": .every and .target = ONCE: UP waits for "
		             "its times, DOWN for conctl up");
}

/* A timer is not up for those that wait for it. */
static void check_waits(const struct config *c, uint32_t i, const char *field,
                        const struct config_list *l)
{
	for (size_t k = 0; k < l->count && list_written(l); k++) {
		uint32_t other = l->item[k] != NULL ? names_find(c, l->item[k])
		                                    : TABLE_NONE;

		if (other != TABLE_NONE && timer_is(service_of(c, other)))
			report_error(c, i, ": %s: '%s' has .every, so it is "
			             "down between its runs; say .wants or "
			             ".after", field, l->item[k]);
	}
}

void timers_check(const struct config *c, uint32_t i)
{
	const struct config_service *s = service_of(c, i);

	check_waits(c, i, ".needs", &s->needs);
	check_waits(c, i, ".binds", &s->binds);
	if (s->every.calendar.given && s->every.calendar.count == 0)
		report_error(c, i, ": .every: CALENDAR() is empty");
	if (!timer_is(s)) {
		if (s->splay.unit != 0 || s->catch_up)
			report_error(c, i, ": %s without .every",
			             s->catch_up ? ".catch_up" : ".splay");
		return;
	}
	check_calendar(c, i);
	if (s->every.unit != 0)
		check_length(c, i, ".every", s->every.unit, s->every.ms, 1000);
	if (s->splay.unit != 0)
		check_length(c, i, ".splay", s->splay.unit, s->splay.ms, 0);
	check_use(c, i, s);
}
