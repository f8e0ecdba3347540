/* SPDX-License-Identifier: MIT */
/* Words that may be each other, mistyped: for "did you mean". Knows no
 * service. */
#include "conctl/base/near.h"

#include <stddef.h>
#include <stdint.h>

#include "model/table.h"
#include "model/text.h"

enum { WORD_MAX = NAME_MAX_BYTES };

static uint8_t least_of(uint8_t a, uint8_t b, uint8_t c)
{
	uint8_t ab = a < b ? a : b;

	return ab < c ? ab : c;
}

/* The edit distance: how many letters must be added, removed or replaced. One
 * row of the usual matrix at a time. */
static uint8_t distance(const char *a, const char *b, size_t b_length)
{
	uint8_t row[WORD_MAX + 1];

	for (size_t j = 0; j <= b_length; j++)
		row[j] = (uint8_t)j;
	for (size_t i = 0; a[i] != '\0'; i++) {
		uint8_t corner = row[0]++;

		for (size_t j = 0; j < b_length; j++) {
			uint8_t swap = (uint8_t)(corner + (a[i] != b[j]));

			corner = row[j + 1];
			row[j + 1] = least_of((uint8_t)(row[j] + 1),
			                      (uint8_t)(corner + 1), swap);
		}
	}
	return row[b_length];
}

/* Only two neighbouring letters have changed places. */
static bool swapped(const char *a, const char *b)
{
	while (*a != '\0' && *a == *b)
		a++, b++;
	return a[0] != '\0' && a[1] != '\0' && a[0] == b[1] &&
	       a[1] == b[0] && text_equal(a + 2, b + 2);
}

/* Whether one word may have been meant by the other: an edit distance of at
 * most 2, of at most 1 if `a` is shorter than 5 letters; or two neighbouring
 * letters that are swapped. False for words longer than NAME_MAX_BYTES, and
 * for an `a` of one letter. */
bool near(const char *a, const char *b)
{
	size_t a_length = text_length(a), b_length = text_length(b);
	size_t most = a_length < 5 ? 1 : 2;

	if (a_length > WORD_MAX || b_length > WORD_MAX ||
	    a_length > b_length + most || b_length > a_length + most)
		return false;
	return a_length > 1 &&
	       (swapped(a, b) || distance(a, b, b_length) <= most);
}
