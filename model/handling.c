/* SPDX-License-Identifier: MIT */
/* What a signal would do to a process. */
#include "model/handling.h"

#include <stddef.h>
#include <stdint.h>

#include "model/text.h"

/* signal(7): SIGCHLD, SIGCONT, SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU, SIGURG and
 * SIGWINCH do not end a process by default. */
static const uint64_t harmless = 1ull << 16 | 1ull << 17 | 1ull << 18 |
                                 1ull << 19 | 1ull << 20 | 1ull << 21 |
                                 1ull << 22 | 1ull << 27;

static bool has(uint64_t set, int signal)
{
	return (set >> (signal - 1) & 1) != 0;
}

/* Is it the default action of this signal, 1 to 64, to end the process? */
bool signal_ends(int signal)
{
	return !has(harmless, signal);
}

static uint64_t hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return (uint64_t)(c - '0');
	return c >= 'a' && c <= 'f' ? (uint64_t)(c - 'a' + 10) : 16;
}

/* The 16 digits behind this name, which begins with the end of a line. False:
 * there are none. */
static bool read_set(const char *status, const char *name, uint64_t *set)
{
	const char *at;
	int digits = 0;

	while (*status != '\0' && !text_starts(status, name))
		status++;
	if (*status == '\0')
		return false;
	at = status + text_length(name);
	for (*set = 0; hex_digit(*at) < 16 && digits < 16; at++, digits++)
		*set = *set << 4 | hex_digit(*at);
	return digits == 16;
}

static bool sleeps(const char *status)
{
	while (*status != '\0' && !text_starts(status, "\nState:\tS"))
		status++;
	return *status != '\0';
}

/* Would this signal, 1 to 64, end the process that has this /proc/PID/status
 * (proc(5), Linux 2.6 and later)? Not if it is caught or ignored; nor if it is
 * blocked while the process sleeps, as it is then read from a signalfd(2) or by
 * sigwait(3): a shell blocks all signals around fork(2), and waits for vfork(2)
 * in another state. A text in which that is not said is one of a process that
 * handles all signals. */
bool signal_would_end(const char *status, int signal)
{
	uint64_t blocked, ignored, caught;

	if (!signal_ends(signal) ||
	    !read_set(status, "\nSigBlk:\t", &blocked) ||
	    !read_set(status, "\nSigIgn:\t", &ignored) ||
	    !read_set(status, "\nSigCgt:\t", &caught))
		return false;
	return !has(ignored | caught | (sleeps(status) ? blocked : 0), signal);
}
