/* SPDX-License-Identifier: MIT */
/* --rate: so many lines of each service in each --period. What is dropped
 * beyond is counted in the memory, and said in the service's own log when the
 * period is over. Decides; writes nothing. */
#include "log/rate.h"

#include "log/memory.h"
#include "log/options.h"
#include "model/text.h"

static uint64_t period_of(uint64_t now_s)
{
	return now_s / options.period;
}

/* May this line be written? It is counted, or dropped and counted. */
bool rate_takes(uint32_t writer, uint64_t now_s)
{
	struct writer *w = &memory->writers[writer];

	if (options.rate == 0)
		return true;
	if (w->period_at != period_of(now_s)) {
		w->period_at = period_of(now_s);
		w->in_period = 0;
	}
	if (w->in_period < options.rate) {
		w->in_period++;
		return true;
	}
	rate_drop(writer, 1);
	return false;
}

/* So many lines were dropped. */
void rate_drop(uint32_t writer, uint32_t lines)
{
	uint32_t *dropped = &memory->writers[writer].dropped;

	*dropped = *dropped + lines < *dropped ? UINT32_MAX : *dropped + lines;
}

/* Were lines dropped, in a period that is over? */
bool rate_is_due(uint32_t writer, uint64_t now_s)
{
	const struct writer *w = &memory->writers[writer];

	return w->dropped > 0 &&
	       (options.rate == 0 || w->period_at != period_of(now_s));
}

/* The words for it, until the next call. */
const char *rate_say(uint32_t writer)
{
	static const char words[] = " lines of this service were dropped";
	static char text[64];
	struct digits d;
	const char *number =
		text_number(&d, memory->writers[writer].dropped);
	size_t length = text_length(number);

	__builtin_memcpy(text, number, length);
	__builtin_memcpy(text + length, words, sizeof(words));
	return text;
}

/* They were said. */
void rate_said(uint32_t writer)
{
	memory->writers[writer].dropped = 0;
}
