/* SPDX-License-Identifier: MIT */
/* What one service does when, taken together: readiness that no process could
 * tell, a stop or a reload of nothing, signals that do something else. */
#include <string.h>

#include "config/check/check.h"
#include "model/text.h"

static const char *const readies[] = {
	[CONFIG_READY_AT_ONCE] = "READY_AT_ONCE",
	[CONFIG_READY_NOTIFY] = "READY_NOTIFY",
	[CONFIG_READY_DAEMONIZE] = "READY_DAEMONIZE",
	[CONFIG_READY_FD] = "READY_FD",
	[CONFIG_READY_BUS] = "READY_BUS",
	[CONFIG_READY_SD_NOTIFY] = "READY_SD_NOTIFY",
	[CONFIG_READY_CHECK] = "READY_CHECK",
};

enum {
	READIES = sizeof(readies) / sizeof(readies[0]),
	CHECK_FAILURES_MAX = 1000,
};

static bool phase_is_forever(const struct config_time *t)
{
	return t->ms == CONFIG_FOREVER_MS;
}

static void check_ready_time(const struct config *c, uint32_t i,
                             const struct config_service *s)
{
	const long long hour_ms = 60LL * 60 * 1000;

	if (s->ready.ready == CONFIG_READY_DAEMONIZE &&
	    phase_is_forever(&s->max_ready))
		report_warning(c, i,
		               ": .max_ready is FOREVER: a program that "
		               "does not go into the background would never "
		               "be up, and nobody would notice");
	else if (!phase_is_forever(&s->max_ready) && s->max_ready.ms > hour_ms)
		report_warning(c, i,
		               ": .max_ready: a program that hangs while "
		               "it starts is noticed only after %lld hours",
		               s->max_ready.ms / hour_ms);
}

static void check_from(const struct config *c, uint32_t i,
                       const struct config_service *s)
{
	if (s->notify_from != ALL && s->notify_from != MAIN)
		report_error(c, i, ": .notify_from is ALL or MAIN");
	else if (s->notify_from != ALL &&
	         s->ready.ready != CONFIG_READY_SD_NOTIFY)
		report_error(c, i,
		             ": .notify_from without READY_SD_NOTIFY: it "
		             "has no socket");
}

static void check_watchdog(const struct config *c, uint32_t i,
                           const struct config_service *s)
{
	if (s->watchdog.unit != 0 && s->ready.ready != CONFIG_READY_SD_NOTIFY)
		report_error(c, i,
		             ": .watchdog without READY_SD_NOTIFY: it has "
		             "no socket for a sign of life");
}

static void check_bus(const struct config *c, uint32_t i,
                      const struct config_ready *ready)
{
	if (ready->ready != CONFIG_READY_BUS)
		return;
	if (ready->bus_name == NULL ||
	    !text_is_bus_name(ready->bus_name))
		report_error(c, i,
		             ": READY_BUS(\"%s\"): the name on a bus has two or "
		             "more words with a dot between them, of letters, "
		             "digits, - and _, as \"org.example.Name\"",
		             ready->bus_name != NULL ? ready->bus_name : "");
	if (ready->bus != SYSTEM && ready->bus != SESSION)
		report_error(c, i, ": READY_BUS(\"...\", SYSTEM or SESSION)");
}

static void check_ready(const struct config *c, uint32_t i,
                        const struct config_service *s)
{
	if ((unsigned)s->ready.ready >= READIES) {
		report_error(c, i, ": .ready is one of READY_...");
		return;
	}
	if (s->ready.ready == CONFIG_READY_AT_ONCE)
		return;
	if (s->run.action == CONFIG_ACTION_NONE)
		report_error(c, i,
		             ": %s without .run: nobody is there to say "
		             "that it is ready",
		             readies[s->ready.ready]);
	if (s->ready.ready == CONFIG_READY_FD &&
	    (s->ready.fd < READY_FD_FIRST || s->ready.fd > READY_FD_LAST))
		report_error(c, i,
		             ": READY_FD(%d): the descriptor is %d to "
		             "%d%s",
		             s->ready.fd, READY_FD_FIRST, READY_FD_LAST,
		             s->ready.fd < 0 ? ""
		             : s->ready.fd < READY_FD_FIRST
		                     ? "; 0, 1 and 2 are the standard ones"
		                     : "");
	check_bus(c, i, &s->ready);
	check_ready_time(c, i, s);
}

/* The command of a shell that ends with & and leaves it behind. */
static bool leaves_behind(const struct config_action *a)
{
	const char *command;
	size_t size;

	if (a->action != CONFIG_ACTION_SHELL || !action_vector_ok(a))
		return false;
	command = a->words.item[a->words.count - 1];
	size = strlen(command);
	while (size > 0 && strchr(" \t\n", command[size - 1]) != NULL)
		size--;
	return size > 1 && command[size - 1] == '&' &&
	       strchr("&\\", command[size - 2]) == NULL;
}

/* Without an end of .every it is never asked, of .timeout it may hang for ever. */
static void check_times(const struct config *c, uint32_t i,
                        const struct config_check *check)
{
	if (check->every.ms == 0 || check->timeout.ms == 0)
		report_error(c, i,
		             ": .check: .every and .timeout are longer than "
		             "zero");
	if (phase_is_forever(&check->every) || phase_is_forever(&check->timeout))
		report_error(c, i,
		             ": .check: .every and .timeout have an end, not "
		             "FOREVER");
	if (check->failures < 1 || check->failures > CHECK_FAILURES_MAX)
		report_error(c, i, ": .check: .failures = %d; it is 1 to %d",
		             check->failures, CHECK_FAILURES_MAX);
	if (check->on_failure != RESTART && check->on_failure != TELL)
		report_error(c, i, ": .check: .on_failure is RESTART or TELL");
}

static void check_health(const struct config *c, uint32_t i,
                         const struct config_service *s)
{
	bool ready = s->ready.ready == CONFIG_READY_CHECK;

	if (!s->check.given) {
		if (ready)
			report_error(c, i,
			             ": READY_CHECK without .check: nothing "
			             "tells that it is ready");
		return;
	}
	if (s->check.command.action == CONFIG_ACTION_NONE)
		report_error(c, i,
		             ": .check is written CHECK(EXEC(\"/path\")), or "
		             "with SHELL or CALL");
	if (s->run.action == CONFIG_ACTION_NONE)
		report_error(c, i,
		             ": .check without .run: there is no program to "
		             "be checked");
	check_times(c, i, &s->check);
	if (phase_is_forever(&s->check.start) && !ready &&
	    s->check.on_failure == RESTART)
		report_warning(c, i,
		               ": .check: .start is FOREVER: failures count "
		               "only after a check has succeeded");
}

static void check_background(const struct config *c, uint32_t i,
                             const struct config_service *s)
{
	if (leaves_behind(&s->run) && s->ready.ready != CONFIG_READY_DAEMONIZE)
		report_warning(c, i,
		               ": .run: the command ends with &, so the "
		               "shell ends at once and what it began is not "
		               "watched; leave the & out, or say .ready = "
		               "READY_DAEMONIZE");
}

static bool number_ok(const struct config *c, uint32_t i, const char *field,
                      int number)
{
	if (number >= 1 && number <= 64)
		return true;
	report_error(c, i, ": %s: there is no signal %d; they are 1 to 64",
	             field, number);
	return false;
}

/* What these do when a program does not handle them: signal(7). */
static bool ends_nothing(int number)
{
	switch (number) {
	case SIGCONT:
	case SIGTSTP:
	case SIGTTIN:
	case SIGTTOU:
	case 17: /* SIGCHLD */
	case 23: /* SIGURG */
		return true;
	}
	return false;
}

static void check_stop_signal(const struct config *c, uint32_t i, int number)
{
	if (!number_ok(c, i, ".stop", number))
		return;
	if (service_of(c, i)->stop.notifies)
		report_error(c, i, ": .stop: NOTIFY_RELOAD is for .reload");
	if (number == SIGSTOP)
		report_error(c, i,
		             ": .stop: SIGSTOP halts a program and "
		             "cannot be handled, so it would always be killed "
		             "after .max_stop; say SIGNAL(SIGKILL) if that is "
		             "meant");
	else if (ends_nothing(number))
		report_warning(c, i,
		               ": .stop: signal %d ends no program that "
		               "does not handle it; it would be killed after "
		               ".max_stop",
		               number);
}

static void check_stop(const struct config *c, uint32_t i,
                       const struct config_service *s)
{
	switch (s->stop.action) {
	case CONFIG_ACTION_SIGNAL:
		check_stop_signal(c, i, s->stop.signal);
		return;
	case CONFIG_ACTION_NONE:
		report_error(c, i,
		             ": .stop is empty; it is SIGNAL, EXEC, "
		             "SHELL or CALL");
		return;
	case CONFIG_ACTION_EXEC:
	case CONFIG_ACTION_SHELL:
	case CONFIG_ACTION_CALL:
		break;
	}
	if (s->run.action == CONFIG_ACTION_NONE)
		report_error(c, i,
		             ": .stop without .run: there is no program "
		             "that it could stop; what is to be done at the "
		             "end is .cleanup");
}

static void check_reload_signal(const struct config *c, uint32_t i,
                                const struct config_service *s)
{
	int number = s->reload.signal;

	if (!number_ok(c, i, ".reload", number))
		return;
	if (s->run.action == CONFIG_ACTION_NONE)
		report_error(c, i,
		             ": .reload by a signal without .run: there "
		             "is no program to send it to");
	else if (number == SIGKILL || number == SIGSTOP)
		report_error(c, i, ": .reload: no program can handle %s",
		             number == SIGKILL ? "SIGKILL" : "SIGSTOP");
	else if (s->reload.notifies &&
	         s->ready.ready != CONFIG_READY_SD_NOTIFY)
		report_error(c, i,
		             ": .reload: NOTIFY_RELOAD without "
		             "READY_SD_NOTIFY: it has no socket to say that it "
		             "has reloaded");
	else if (s->stop.action == CONFIG_ACTION_SIGNAL &&
	         s->stop.signal == number)
		report_error(c, i, ": .reload: signal %d is its .stop, too",
		             number);
}

static bool does_nothing(const struct config_service *s)
{
	return s->setup.action == CONFIG_ACTION_NONE &&
	       s->run.action == CONFIG_ACTION_NONE &&
	       s->cleanup.action == CONFIG_ACTION_NONE;
}

static bool stands_alone(const struct config_service *s)
{
	return s->needs.count + s->binds.count + s->wants.count +
	               s->after.count + s->conflicts.count +
	               s->members.count + s->groups.count +
	               s->follows.count + s->requires_up.count +
	               s->reload_with.count ==
	       0;
}

static bool has_reload(const struct config_service *s)
{
	return s->reload.action != CONFIG_ACTION_NONE;
}

static void check_reload_with(const struct config *c, uint32_t i,
                              const struct config_service *s)
{
	const struct config_list *l = &s->reload_with;

	if (!list_written(l) || l->count == 0)
		return; /* edges.c says it */
	if (!has_reload(s))
		report_error(c, i,
		             ": .reload_with without .reload: there is "
		             "nothing that would be done");
	for (size_t k = 0; k < l->count; k++) {
		uint32_t other = l->item[k] != NULL
		                         ? names_find(c, l->item[k])
		                         : TABLE_NONE;

		if (other != TABLE_NONE && other != i &&
		    !has_reload(service_of(c, other)))
			report_warning(c, i,
			               " is reloaded with '%s', which has no "
			               ".reload",
			               l->item[k]);
	}
}

void phases_check(const struct config *c, uint32_t i)
{
	const struct config_service *s = service_of(c, i);

	if (does_nothing(s) && stands_alone(s))
		report_warning(c, i,
		               " does nothing: it has no .setup, .run "
		               "or .cleanup, and no dependency or member");
	check_ready(c, i, s);
	check_from(c, i, s);
	check_watchdog(c, i, s);
	check_health(c, i, s);
	check_background(c, i, s);
	check_stop(c, i, s);
	if (s->started.action != CONFIG_ACTION_NONE &&
	    s->run.action == CONFIG_ACTION_NONE)
		report_error(c, i,
		             ": .started without .run: there is no program "
		             "behind which it would run; put it into .setup");
	if (s->started.action != CONFIG_ACTION_NONE &&
	    s->ready.ready == CONFIG_READY_CHECK)
		report_error(c, i,
		             ": .started with READY_CHECK: a service runs its "
		             "checks or one command, not both, while it "
		             "starts; wait in the command of .started until "
		             "it is ready");
	if (s->reload.action == CONFIG_ACTION_SIGNAL)
		check_reload_signal(c, i, s);
	check_reload_with(c, i, s);
}
