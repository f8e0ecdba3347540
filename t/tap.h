/* SPDX-License-Identifier: MIT */
/* Saying results in TAP: a line for each thing that is tested, and a plan at
 * the end, so that a program that stops early fails. Knows no test. */
#ifndef T_TAP_H
#define T_TAP_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>

struct tap {
	unsigned tests, failed;
};

static inline struct tap *tap(void)
{
	static struct tap all;

	return &all;
}

/* A line for people, under the test that it explains. */
__attribute__((format(printf, 1, 2))) static inline void
note(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	fputs("# ", stdout);
	vprintf(format, arguments);
	putchar('\n');
	va_end(arguments);
}

__attribute__((format(printf, 2, 3))) static inline bool
ok(bool good, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	printf("%sok %u - ", good ? "" : "not ", ++tap()->tests);
	vprintf(format, arguments);
	putchar('\n');
	va_end(arguments);
	fflush(stdout);
	tap()->failed += !good;
	return good;
}

/* The plan; the result of main(). */
static inline int done(void)
{
	printf("1..%u\n", tap()->tests);
	return tap()->failed > 0 || tap()->tests == 0;
}

#endif
