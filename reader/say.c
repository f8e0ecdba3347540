/* SPDX-License-Identifier: MIT */
/* The messages of the reader: the place, what is wrong and what to write; the
 * line; a mark below the place. */
#include "reader/say.h"

#include <stdarg.h>
#include <stdio.h>

enum {
	BEFORE_MAX = 60, /* columns that are shown of a long line … */
	AFTER_MAX = 76,  /* … before the place, and from there on */
};

/* In one line, whatever the text is: the beginning of a message. */
static void print_line(const char *format, va_list arguments)
{
	char line[1024];
	int length = vsnprintf(line, sizeof(line), format, arguments);

	for (int k = 0; k < length && line[k] != '\0'; k++)
		if ((unsigned char)line[k] < ' ' || line[k] == 127)
			line[k] = '?';
	fprintf(stderr, "%s\n", line);
}

void say_fail(const char *format, ...)
{
	va_list arguments;

	fputs("connate-build: error: ", stderr);
	va_start(arguments, format);
	print_line(format, arguments);
	va_end(arguments);
	reader_stop();
}

static int printable(unsigned char c)
{
	return c == '\t' ? ' ' : c < ' ' || c == 127 ? '?' : c;
}

/* Bytes that continue a character of UTF-8 take no column. */
static bool takes_column(unsigned char c)
{
	return (c & 0xc0) != 0x80;
}

/* The line, with a mark below these bytes of it; of a long one, what is around
 * them. */
void say_row(struct place at, uint32_t length)
{
	uint32_t whole, column = place_column(at) - 1;
	const char *row = place_row(at, &whole);
	uint32_t begin = column > BEFORE_MAX ? column - BEFORE_MAX : 0;
	uint32_t end = whole - column > AFTER_MAX ? column + AFTER_MAX : whole;

	while (begin > 0 && !takes_column((unsigned char)row[begin]))
		begin--;
	fputs("    ", stderr);
	for (uint32_t k = begin; k < end; k++)
		putc(printable((unsigned char)row[k]), stderr);
	fputs("\n    ", stderr);
	for (uint32_t k = begin; k < column; k++)
		if (takes_column((unsigned char)row[k]))
			putc(' ', stderr);
	putc('^', stderr);
	for (uint32_t k = column + 1; k < column + length && k < end; k++)
		if (takes_column((unsigned char)row[k]))
			putc('~', stderr);
	putc('\n', stderr);
}

void say_fail_at(struct place at, uint32_t length, const char *format, ...)
{
	va_list arguments;

	fprintf(stderr, "%s:%u:%u: error: ", source_of(at)->path,
	        place_line(at), place_column(at));
	va_start(arguments, format);
	print_line(format, arguments);
	va_end(arguments);
	say_row(at, length);
	reader_stop();
}
