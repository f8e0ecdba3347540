/* SPDX-License-Identifier: MIT */
/* Signals by name: CONNATE(.end_signals). */
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
