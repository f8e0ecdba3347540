/* SPDX-License-Identifier: MIT */
/* Signals by name: CONNATE(.end_signals); and ends of a program: .success,
 * .never_retry. */
#include <stdlib.h>
#include <string.h>

#include "config/check/check.h"
#include "model/signal.h"

static const char *use_of(int signal)
{
	switch (signal) {
	case SIGHUP:
		return "it replaces supervisord in place";
	case SIGKILL:
	case SIGSTOP:
		return "the kernel does not let connate see it";
	case SIGTSTP:
	case SIGCONT:
		return "it is for job control";
	case 4 /* SIGILL */:
	case 7 /* SIGBUS */:
	case 8 /* SIGFPE */:
	case 11 /* SIGSEGV */:
	case SIGPIPE:
	case 17 /* SIGCHLD */:
		return "connate uses it itself";
	default:
		return NULL;
	}
}

static void check_one(const struct config *c, const char *text)
{
	int signal = text != NULL ? signal_read(text) : 0;
	const char *use = use_of(signal);

	if (signal == 0)
		report_error(c, (uint32_t)c->count,
		             ": .end_signals: '%s' is no signal; write "
		             "\"SIGUSR2\", \"SIGRTMIN+3\" or a number, 1 to 64",
		             text != NULL ? text : "");
	else if (use != NULL)
		report_error(c, (uint32_t)c->count,
		             ": .end_signals: '%s' cannot be one, as %s", text,
		             use);
}

void signals_check(const struct config *c)
{
	for (size_t k = 0; k < c->is.end_signals.count; k++)
		check_one(c, c->is.end_signals.item[k]);
}

uint64_t signals_end(const struct config *c)
{
	uint64_t set = 0;

	for (size_t k = 0; k < c->is.end_signals.count; k++)
		set |= 1ull << (signal_read(c->is.end_signals.item[k]) - 1);
	return set;
}

/* An exit code, or SIGNAL_ENDS + the signal of a name. */
int end_of(const char *text)
{
	size_t digits;
	int signal;

	if (text == NULL)
		return -1;
	digits = strspn(text, "0123456789");
	if (digits > 0)
		return digits <= 3 && text[digits] == '\0' && atoi(text) <= 255
		               ? atoi(text)
		               : -1;
	signal = signal_read(text);
	return signal > 0 ? SIGNAL_ENDS + signal : -1;
}

static void check_ends(const struct config *c, uint32_t i, const char *field,
                       const struct config_list *l)
{
	const struct config_service *s = service_of(c, i);

	if (!list_written(l)) {
		report_error(c, i, ": %s is written LIST(\"...\", ...)", field);
		return;
	}
	if (l->count > 0 && s->run.action == CONFIG_ACTION_NONE &&
	    s->setup.action == CONFIG_ACTION_NONE)
		report_error(c, i,
		             ": %s: there is neither .run nor .setup that "
		             "could end",
		             field);
	for (size_t k = 0; k < l->count; k++)
		if (end_of(l->item[k]) < 0)
			report_error(c, i,
			             ": %s: '%s' is no end of a program; "
			             "write an exit code, 0 to 255, or "
			             "\"SIGUSR1\"",
			             field,
			             l->item[k] != NULL ? l->item[k] : "");
}

void ends_check(const struct config *c, uint32_t i)
{
	const struct config_service *s = service_of(c, i);

	check_ends(c, i, ".success", &s->success);
	check_ends(c, i, ".never_retry", &s->never_retry);
}
