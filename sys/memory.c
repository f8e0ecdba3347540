/* SPDX-License-Identifier: MIT */
/* The four functions that a compiler may call on its own (GCC manual, 2.1
 * "Standards"), and no others. Compiled so that they are not turned into
 * calls of themselves. */
#include "sys/memory.h"

/* memcpy(3): the areas must not overlap, except that `to` may be below `from`
 * (for memmove()). */
void *memcpy(void *restrict to, const void *restrict from, size_t size)
{
	unsigned char *t = to;
	const unsigned char *f = from;

	while (size-- > 0)
		*t++ = *f++;
	return to;
}

/* memmove(3): the areas may overlap. */
void *memmove(void *to, const void *from, size_t size)
{
	unsigned char *t = to;
	const unsigned char *f = from;

	if (t <= f)
		return memcpy(to, from, size);
	while (size-- > 0)
		t[size] = f[size];
	return to;
}

/* memset(3). */
void *memset(void *to, int byte, size_t size)
{
	unsigned char *t = to;

	while (size-- > 0)
		*t++ = (unsigned char)byte;
	return to;
}

/* memcmp(3). */
int memcmp(const void *a, const void *b, size_t size)
{
	const unsigned char *x = a, *y = b;

	for (; size-- > 0; x++, y++)
		if (*x != *y)
			return *x - *y;
	return 0;
}
