/* SPDX-License-Identifier: MIT */
/* Signals by name and number, as people and configurations write them. Sends
 * none. */
#include "model/signal.h"

#include <stddef.h>

#include "model/text.h"

enum { NAMED = 31 };

static const struct {
	const char *name;
	int number;
} aliases[] = {
	{ "RTMIN", SIGNAL_RTMIN }, { "RTMAX", SIGNAL_RTMAX }, { "IOT", 6 },
	{ "CLD", 17 },             { "POLL", 29 },
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

/* Writes the text in capitals to `word`; "" if it is too long for a signal.
 * Returns what stands behind SIG. */
const char *signal_word(char word[SIGNAL_WORD], const char *text)
{
	size_t length = text_length(text);

	if (length >= SIGNAL_WORD)
		length = 0;
	for (size_t k = 0; k < length; k++)
		word[k] = text[k] >= 'a' && text[k] <= 'z'
		                  ? (char)(text[k] - 'a' + 'A')
		                  : text[k];
	word[length] = '\0';
	return text_starts(word, "SIG") ? word + 3 : word;
}

/* RTMIN+n or RTMAX-n; 0: neither. */
static int real_time(const char *word)
{
	const char sign = text_starts(word, "RTMIN") ? '+' : '-';
	uint64_t offset;

	if (!text_starts(word, "RTMIN") && !text_starts(word, "RTMAX"))
		return 0;
	if (word[5] != sign ||
	    !text_to_number(word + 6, SIGNAL_RTMAX - SIGNAL_RTMIN, &offset))
		return 0;
	return sign == '+' ? SIGNAL_RTMIN + (int)offset
	                   : SIGNAL_RTMAX - (int)offset;
}

/* The number of a signal by its name, in capitals or not, with or without SIG,
 * or by number: 1 to 64; 0: it is none. */
int signal_read(const char *text)
{
	char word[SIGNAL_WORD];
	const char *name = signal_word(word, text);
	uint64_t number;

	if (text_to_number(text, SIGNAL_RTMAX, &number))
		return (int)number;
	for (uint32_t k = 0; signal_name(k) != NULL; k++)
		if (text_equal(signal_name(k), name))
			return signal_number(k);
	return real_time(name);
}
