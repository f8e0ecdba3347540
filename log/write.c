/* SPDX-License-Identifier: MIT */
/* How a line is written. No byte of it can do anything to a terminal or to the
 * one who takes the lines apart again: controls, and what is no UTF-8, are
 * shown as \xHH. Knows no kernel. */
#include "log/write.h"

#include "model/text.h"
#include "sys/stamp.h"

static const char *const levels[] = { "emerg",   "alert",  "crit", "err",
	                              "warning", "notice", "info", "debug" };

#define CUT "[cut]"

/* Sets the time of the line, in UTC (RFC 3339). */
void line_time(struct line *l, int64_t seconds, uint32_t nanoseconds)
{
	uint32_t micro = nanoseconds / 1000;

	(void)stamp_write(l->time, (uint64_t)seconds);
	l->time[19] = '.';
	for (int k = 25; k >= 20; k--, micro /= 10)
		l->time[k] = (char)('0' + micro % 10);
	l->time[26] = 'Z';
	l->time[TIME_BYTES] = '\0';
}

/* Takes the level off the text: <0> to <7>, as sd-daemon(3) has it. */
void line_level(struct line *l)
{
	l->level = LEVEL_NONE;
	if (l->continues || l->length < 3 || l->text[0] != '<' ||
	    l->text[2] != '>' || l->text[1] < '0' || l->text[1] > '7')
		return;
	l->level = (unsigned)(l->text[1] - '0');
	l->text += 3;
	l->length -= 3;
}

static char *put(char *to, const char *text)
{
	while (*text != '\0')
		*to++ = *text++;
	return to;
}

static char *put_hex(char *to, const char *before, unsigned char byte)
{
	static const char digit[] = "0123456789abcdef";

	to = put(to, before);
	*to++ = digit[byte >> 4];
	*to++ = digit[byte & 15];
	return to;
}

/* Eight bytes at once: has any of them the top bit, or is it below a blank,
 * DEL, or one of these two? */
static bool is_plain(uint64_t eight, unsigned char a, unsigned char b)
{
	const uint64_t ones = 0x0101010101010101ull, tops = ones << 7;
	uint64_t del = eight ^ ones * 127;
	uint64_t first = eight ^ ones * a, second = eight ^ ones * b;

	return ((eight | (eight - ones * 32) | (del - ones) | (first - ones) |
	         (second - ones)) & tops) == 0;
}

/* Copies eight bytes at a time for as long as they are plain. */
static size_t copy_plain(char **to, const char *text, size_t length,
                         unsigned char a, unsigned char b)
{
	size_t at = 0;
	uint64_t eight;

	for (; at + 8 <= length; at += 8) {
		__builtin_memcpy(&eight, text + at, 8);
		if (!is_plain(eight, a, b))
			break;
		__builtin_memcpy(*to, &eight, 8);
		*to += 8;
	}
	return at;
}

static char *put_text(char *to, const char *text, size_t length)
{
	for (size_t at = 0; at < length;) {
		size_t size, plain = copy_plain(&to, text + at, length - at,
		                                127, 127);

		at += plain;
		for (int k = 0; k < 8 && at < length; k++, at += size) {
			size = text_character(text + at, length - at);
			if (size == 0 || (text_controls(text + at, size) &&
			                  text[at] != '\t')) {
				size = 1;
				to = put_hex(to, "\\x",
				             (unsigned char)text[at]);
				continue;
			}
			for (size_t i = 0; i < size; i++)
				*to++ = text[at + i];
		}
	}
	return to;
}

/* Writes the inside of a string of JSON; at most six bytes for each of the text's.
 * Returns the end. */
char *line_string(char *to, const char *text, size_t length)
{
	for (size_t at = 0; at < length;) {
		size_t size, plain = copy_plain(&to, text + at, length - at,
		                                '"', '\\');

		at += plain;
		for (int k = 0; k < 8 && at < length; k++, at += size) {
			size = text_character(text + at, length - at);
			if (size == 0 || text_controls(text + at, size)) {
				size = 1;
				to = put_hex(to, "\\u00",
				             (unsigned char)text[at]);
				continue;
			}
			if (text[at] == '"' || text[at] == '\\')
				*to++ = '\\';
			for (size_t i = 0; i < size; i++)
				*to++ = text[at + i];
		}
	}
	return to;
}

/* Writes the line as text: "TIME NAME[LEVEL]: TEXT" and a newline. At most six
 * bytes for each of the text's, and 256. Returns the end. */
char *line_text(char *to, const struct line *l)
{
	to = put(to, l->time);
	*to++ = ' ';
	to = put(to, l->name);
	if (l->level != LEVEL_NONE) {
		*to++ = '[';
		to = put(to, levels[l->level]);
		*to++ = ']';
	}
	to = put(to, l->continues ? ": " CUT " " : ": ");
	to = put_text(to, l->text, l->length);
	if (l->is_cut)
		to = put(to, " " CUT);
	*to++ = '\n';
	return to;
}

/* Writes the line as an object of JSON (RFC 8259), within the same bound. A
 * byte that is no UTF-8 becomes the character of that number. */
char *line_json(char *to, const struct line *l)
{
	to = put(to, "{\"time\":\"");
	to = put(to, l->time);
	to = put(to, "\",\"service\":\"");
	to = put(to, l->name);
	if (l->level != LEVEL_NONE) {
		to = put(to, "\",\"level\":\"");
		to = put(to, levels[l->level]);
	}
	to = put(to, l->continues ? "\",\"continues\":true" : "\"");
	to = put(to, l->is_cut ? ",\"cut\":true" : "");
	to = put(to, ",\"text\":\"");
	to = line_string(to, l->text, l->length);
	return put(to, "\"}\n");
}
