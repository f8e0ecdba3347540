/* SPDX-License-Identifier: MIT */
/* Signals by name and number, and the command that sends one. */
#include "conctl/change/signal.h"

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
#include "model/text.h"
#include "sys/kernel.h"

/* RTMIN is where the C libraries let programs begin (signal(7)). */
enum { NAMED = 31, RTMIN = 34, RTMAX = 64, WORD_BYTES = 16 };

static const struct {
	const char *name;
	int number;
} aliases[] = {
	{ "RTMIN", RTMIN }, { "RTMAX", RTMAX }, { "IOT", 6 },
	{ "CLD", 17 },      { "POLL", 29 },
};

enum { ALIASES = sizeof(aliases) / sizeof(aliases[0]) };

/* The k-th name of a signal, without SIG, until the next call; NULL behind the
 * last one. Names of numbers come first, in the order of the numbers. */
const char *signal_name(uint32_t k)
{
	static struct digits d; /* no name is longer */

	if (k < NAMED)
		return text_signal(&d, (int)k + 1);
	return k - NAMED < ALIASES ? aliases[k - NAMED].name : NULL;
}

static int signal_number(uint32_t k)
{
	return k < NAMED ? (int)k + 1 : aliases[k - NAMED].number;
}

/* The text in capitals, in WORD_BYTES; "" if it is too long for a signal. */
static void to_capitals(char *word, const char *text)
{
	size_t length = text_length(text);

	if (length >= WORD_BYTES)
		length = 0;
	for (size_t k = 0; k < length; k++)
		word[k] = text[k] >= 'a' && text[k] <= 'z'
		                  ? (char)(text[k] - 'a' + 'A')
		                  : text[k];
	word[length] = '\0';
}

/* RTMIN+n or RTMAX-n; 0: neither. */
static int real_time(const char *word)
{
	const char sign = text_starts(word, "RTMIN") ? '+' : '-';
	uint64_t offset;

	if (!text_starts(word, "RTMIN") && !text_starts(word, "RTMAX"))
		return 0;
	if (word[5] != sign ||
	    !text_to_number(word + 6, RTMAX - RTMIN, &offset))
		return 0;
	return sign == '+' ? RTMIN + (int)offset : RTMAX - (int)offset;
}

/* The number of a signal by name, with or without SIG, or by number; 0:
 * none. */
static int signal_parse(const char *text)
{
	char word[WORD_BYTES];
	const char *name = word;
	uint64_t number;

	if (text_to_number(text, RTMAX, &number))
		return (int)number;
	to_capitals(word, text);
	if (text_starts(word, "SIG"))
		name += 3;
	for (uint32_t k = 0; signal_name(k) != NULL; k++)
		if (text_equal(signal_name(k), name))
			return signal_number(k);
	return real_time(name);
}

static int unknown_signal(const char *text)
{
	char word[WORD_BYTES];
	const char *name = word, *other = NULL;

	to_capitals(word, text);
	if (text_starts(word, "SIG"))
		name += 3;
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
	int signal = signal_parse(o->names[0]), code = EXIT_DONE;
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
