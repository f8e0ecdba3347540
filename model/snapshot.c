/* SPDX-License-Identifier: MIT */
/* Numbers as one word of a command line, and back. */
#include "model/snapshot.h"

static char *write_word(char *to, uint64_t word)
{
	static const char digits[] = "0123456789abcdef";
	int shift = 60;

	while (shift > 0 && word >> shift == 0)
		shift -= 4;
	for (; shift >= 0; shift -= 4)
		*to++ = digits[word >> shift & 15];
	return to;
}

void snapshot_write(char *text, const uint64_t words[SNAPSHOT_WORDS])
{
	for (int k = 0; k < SNAPSHOT_WORDS; k++) {
		text = write_word(text, words[k]);
		*text++ = k + 1 < SNAPSHOT_WORDS ? '.' : '\0';
	}
}

int snapshot_sum(const char *text)
{
	unsigned sum = 0;

	while (*text != '\0')
		sum = 31 * sum + (unsigned char)*text++;
	return (int)(64 + sum % 64);
}

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool snapshot_read(const char *text, uint64_t words[SNAPSHOT_WORDS])
{
	for (int k = 0; k < SNAPSHOT_WORDS; k++)
		words[k] = 0;
	for (int k = 0; *text != '\0'; text++) {
		if (*text == '.')
			k++;
		else if (digit(*text) < 0)
			return false;
		else if (k < SNAPSHOT_WORDS)
			words[k] = words[k] << 4 | (uint64_t)digit(*text);
	}
	return words[SNAPSHOT_VERSION] == 1;
}
