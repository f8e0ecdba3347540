/* SPDX-License-Identifier: MIT */
/* The snapshot as text, and back. Knows no kernel. */
#include "model/snapshot.h"

static char *hexadecimal_write(char *to, uint64_t word)
{
	static const char digits[] = "0123456789abcdef";
	int shift = 60;

	while (shift > 0 && word >> shift == 0)
		shift -= 4;
	for (; shift >= 0; shift -= 4)
		*to++ = digits[word >> shift & 15];
	return to;
}

/* Writes the words as text of at most SNAPSHOT_BYTES, with its NUL. */
void snapshot_write(char *text, const uint64_t words[SNAPSHOT_WORDS])
{
	for (int k = 0; k < SNAPSHOT_WORDS; k++) {
		text = hexadecimal_write(text, words[k]);
		*text++ = k + 1 < SNAPSHOT_WORDS ? '.' : '\0';
	}
}

/* A sum of the text, 64 … 127: the exit code of --self-test in a version that
 * could read it. Another program, which does not know --self-test, exits with
 * 0, 1 or 2. */
int snapshot_sum(const char *text)
{
	unsigned sum = 0;

	while (*text != '\0')
		sum = 31 * sum + (unsigned char)*text++;
	return (int)(64 + sum % 64);
}

static int hexadecimal_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Reads the text into the words. Words that it does not have are 0; those
 * behind the last that we know are ignored. False, and the words mean nothing:
 * it is no snapshot, or of a version that we cannot read. */
bool snapshot_read(const char *text, uint64_t words[SNAPSHOT_WORDS])
{
	for (int k = 0; k < SNAPSHOT_WORDS; k++)
		words[k] = 0;
	for (int k = 0; *text != '\0'; text++) {
		if (*text == '.')
			k++;
		else if (hexadecimal_digit(*text) < 0)
			return false;
		else if (k < SNAPSHOT_WORDS)
			words[k] = words[k] << 4 |
			           (uint64_t)hexadecimal_digit(*text);
	}
	return words[SNAPSHOT_VERSION] == 1;
}
