/* SPDX-License-Identifier: MIT */
/* The command signal: sends one to the process of each service. */
#include <stdbool.h>

#include "conctl/base/near.h"
#include "conctl/base/order.h"
#include "conctl/base/out.h"
#include "conctl/change/ask.h"
#include "conctl/change/change.h"
#include "conctl/session/choose.h"
#include "conctl/session/mapping.h"
#include "conctl/session/process.h"
#include "conctl/session/record.h"
#include "model/signal.h"
#include "model/text.h"
#include "sys/kernel.h"

static int unknown_signal(const char *text)
{
	char word[SIGNAL_WORD];
	const char *name = signal_word(word, text), *other = NULL;

	for (uint32_t k = 0; signal_name(k) != NULL && other == NULL; k++)
		if (near(name, signal_name(k)))
			other = signal_name(k);
	complain("signal: '", text, "' is no signal",
	         other != NULL ? "; did you mean '" : "",
	         other != NULL ? other : "", other != NULL ? "'?" : "", NULL);
	return EXIT_USAGE;
}

/* All services without a process are reported before any signal is sent. */
static bool leave_out_without_process(void)
{
	bool missed = false;

	for (uint32_t i = chosen_next(0); i != TABLE_NONE;
	     i = chosen_next(i + 1)) {
		struct record r = session_record(i);

		if (record_pid(table_service(session.table, i), &r) > 0)
			continue;
		complain("signal ", table_name(session.table, i),
		         ": it has no process (", state_label[r.phase.state],
		         ")", NULL);
		choose_not(i);
		missed = true;
	}
	return missed;
}

/* What SIGKILL does is meant. */
static void warn_of_ends(int signal)
{
	struct digits d;

	for (uint32_t i = chosen_next(0); i != TABLE_NONE && signal != SIGKILL;
	     i = chosen_next(i + 1)) {
		struct record r = session_record(i);
		int pid = record_pid(table_service(session.table, i), &r);

		if (process_would_end(pid, signal))
			complain("signal ", table_name(session.table, i),
			         ": warning: its program does not handle SIG",
			         text_signal(&d, signal),
			         ", which ends it", NULL);
	}
}

/* signal: sends a signal to the process of each service. */
int signal_run(const struct order *o)
{
	struct order rest = *o;
	int signal = signal_read(o->names[0]), code = EXIT_DONE;
	bool missed;

	if (signal < 1)
		return unknown_signal(o->names[0]);
	rest.names++;
	rest.count--;
	if (choose(&rest) > 0)
		return EXIT_UNKNOWN;
	missed = leave_out_without_process();
	warn_of_ends(signal);
	if (chosen_next(0) != TABLE_NONE)
		code = ask(&rest, REQUEST_SIGNAL, (uint32_t)signal);
	return code == EXIT_DONE && missed ? EXIT_MISSED : code;
}
