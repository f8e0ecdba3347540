/* SPDX-License-Identifier: MIT */
/* A time as text, by the Gregorian calendar. */
#include "sys/stamp.h"

/* A number in base 10, with so many digits, then this character. */
static char *put(char *to, unsigned number, int digits, char then)
{
	to += digits;
	*to = then;
	for (int k = 1; k <= digits; k++, number /= 10)
		to[-k] = (char)('0' + number % 10);
	return to + 1;
}

/* Writes a time in UTC, STAMP_BYTES of text without a NUL byte, and returns how
 * many there are. seconds: since the beginning of 1970, up to 2106.
 *
 * Years are taken to begin in March, so that the leap day is the last day of a
 * year; a century has 36524.25 days, a year of it 365.25, five months 153. */
size_t stamp_write(char *to, uint64_t seconds)
{
	const unsigned days_to_1970 = 719468; /* from 1 March of the year 0 */
	unsigned s = (unsigned)seconds, time = s % 86400;
	unsigned of_all = 4 * (s / 86400 + days_to_1970) + 3;
	unsigned of_century = of_all % 146097 | 3;
	unsigned of_year = of_century % 1461 / 4 * 5 + 2;
	unsigned month = of_year / 153 + 3, late = month > 12;
	unsigned year = of_all / 146097 * 100 + of_century / 1461 + late;
	char *at = put(to, year, 4, '-');

	at = put(at, late ? month - 12 : month, 2, '-');
	at = put(at, of_year % 153 / 5 + 1, 2, 'T');
	at = put(at, time / 3600, 2, ':');
	at = put(at, time / 60 % 60, 2, ':');
	at = put(at, time % 60, 2, 'Z');
	*at = ' ';
	return STAMP_BYTES;
}
