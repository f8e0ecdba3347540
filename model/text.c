/* SPDX-License-Identifier: MIT */
/* Text in the caller's memory. Knows no kernel. */
#include "model/text.h"

/* Bytes of a text, without its NUL. */
size_t text_length(const char *text)
{
	size_t length = 0;

	while (text[length] != '\0')
		length++;
	return length;
}

/* Below, at or above 0 as a comes before b, is equal, or comes after it, by
 * bytes. */
int text_compare(const char *a, const char *b)
{
	while (*a != '\0' && *a == *b)
		a++, b++;
	return (unsigned char)*a - (unsigned char)*b;
}

/* Are both texts the same? */
bool text_equal(const char *a, const char *b)
{
	return text_compare(a, b) == 0;
}

/* How many of these `size` bytes (1 or more) are their first character in UTF-8
 * (RFC 3629), 1 to 4; 0: they do not begin with one. */
size_t text_character(const char *text, size_t size)
{
	static const struct {
		unsigned char first, last, low, high;
		size_t length;
	} kinds[] = {
		{ 0x00, 0x7f, 0x00, 0xff, 1 }, { 0xc2, 0xdf, 0x80, 0xbf, 2 },
		{ 0xe0, 0xe0, 0xa0, 0xbf, 3 }, { 0xe1, 0xec, 0x80, 0xbf, 3 },
		{ 0xed, 0xed, 0x80, 0x9f, 3 }, { 0xee, 0xef, 0x80, 0xbf, 3 },
		{ 0xf0, 0xf0, 0x90, 0xbf, 4 }, { 0xf1, 0xf3, 0x80, 0xbf, 4 },
		{ 0xf4, 0xf4, 0x80, 0x8f, 4 },
	};
	const unsigned char *s = (const unsigned char *)text;
	size_t k = 0, length;

	while (k < sizeof(kinds) / sizeof(kinds[0]) &&
	       (s[0] < kinds[k].first || s[0] > kinds[k].last))
		k++;
	if (k == sizeof(kinds) / sizeof(kinds[0]) || kinds[k].length > size)
		return 0;
	length = kinds[k].length;
	if (length > 1 && (s[1] < kinds[k].low || s[1] > kinds[k].high))
		return 0;
	for (size_t i = 2; i < length; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	return length;
}

/* Does a terminal obey that character of `length` bytes, as text_character()
 * gives it, rather than show it? Controls of ASCII and of ISO 6429 (C1), marks
 * that turn or end a line. */
bool text_controls(const char *text, size_t length)
{
	const unsigned char *s = (const unsigned char *)text;

	switch (length) {
	case 1:
		return s[0] < ' ' || s[0] == 127;
	case 2:                     /* U+0080 to U+009F */
		return s[0] == 0xc2 && s[1] < 0xa0;
	case 3:                     /* U+2028 to U+202E, U+2066 to U+2069 */
		return s[0] == 0xe2 &&
		       ((s[1] == 0x80 && s[2] >= 0xa8 && s[2] <= 0xae) ||
		        (s[1] == 0x81 && s[2] >= 0xa6 && s[2] <= 0xa9));
	default:
		return false;
	}
}

/* The part of a path behind its last /. */
const char *text_base(const char *path)
{
	const char *base = path;

	for (; *path != '\0'; path++)
		if (*path == '/')
			base = path + 1;
	return base;
}

/* The length of NAME of a path that begins with $NAME/, to stand for the value
 * of that variable of an environment; 0: it does not. */
size_t text_variable(const char *path)
{
	size_t length = 0;

	if (path[0] != '$')
		return 0;
	while (path[1 + length] == '_' ||
	       (path[1 + length] >= 'A' && path[1 + length] <= 'Z') ||
	       (length > 0 && path[1 + length] >= '0' &&
	        path[1 + length] <= '9'))
		length++;
	return path[1 + length] == '/' ? length : 0;
}

/* The value of a variable, whose name has `length` bytes, in an environment
 * (environ(7)); NULL: it is not set. */
const char *text_value(char *const *envp, const char *name, size_t length)
{
	for (; *envp != NULL; envp++) {
		size_t k = 0;

		while (k < length && (*envp)[k] == name[k])
			k++;
		if (k == length && (*envp)[k] == '=')
			return *envp + k + 1;
	}
	return NULL;
}

/* Writes prefix, and then path with its variable replaced, into `size` bytes of
 * to, with NUL. NULL; or why not, as words for a person: the variable is not
 * set to a path, or there is no room. */
const char *text_expand(char *to, size_t size, const char *prefix,
                        const char *path, char *const *envp)
{
	size_t name = text_variable(path), at = 0;
	const char *value = name > 0 ? text_value(envp, path + 1, name) : "";
	const char *parts[] = { prefix, value,
		                name > 0 ? path + 1 + name : path };

	if (value == NULL || (name > 0 && value[0] != '/'))
		return "its variable is not set to a path";
	for (unsigned k = 0; k < sizeof(parts) / sizeof(parts[0]); k++)
		for (const char *c = parts[k]; *c != '\0'; c++) {
			if (at == size - 1)
				return "it is too long";
			to[at++] = *c;
		}
	to[at] = '\0';
	return NULL;
}

/* Does the text start with prefix? */
bool text_starts(const char *text, const char *prefix)
{
	while (*prefix != '\0' && *text == *prefix)
		text++, prefix++;
	return *prefix == '\0';
}

/* The decimal text of a number. It is in *d. */
const char *text_number(struct digits *d, int64_t value)
{
	char *at = d->text + sizeof(d->text) - 1;
	uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;

	*at = '\0';
	do {
		*--at = (char)('0' + rest % 10);
		rest /= 10;
	} while (rest > 0);
	if (value < 0)
		*--at = '-';
	return at;
}

/* Into *value: a decimal number, 0 … max, that is the whole text, without a
 * sign. False: it is none, and *value is as before. */
bool text_to_number(const char *text, uint64_t max, uint64_t *value)
{
	uint64_t sum = 0;

	if (*text == '\0')
		return false;
	for (; *text != '\0'; text++) {
		unsigned digit = (unsigned)(*text - '0');

		if (digit > 9 || digit > max || sum > (max - digit) / 10)
			return false;
		sum = sum * 10 + digit;
	}
	*value = sum;
	return true;
}

/* Entry k, from 0 on, of texts that stand one behind the other, each ended by a
 * NUL: less code than a switch, and fewer bytes than pointers. There must be as
 * many. */
const char *text_nth(const char *texts, int64_t k)
{
	while (k-- > 0)
		texts += text_length(texts) + 1;
	return texts;
}

/* What an errno value, of either sign, means, in words for a person; for one
 * that is not in error.def, its number in *d. */
const char *text_error(struct digits *d, int error)
{
	static const uint8_t numbers[] = {
#define ERROR(number, text) number,
#include "model/error.def"
#undef ERROR
	};
	static const char texts[] =
#define ERROR(number, text) text "\0"
#include "model/error.def"
#undef ERROR
		;
	int64_t number = error < 0 ? -(int64_t)error : error;

	for (unsigned k = 0; k < sizeof(numbers); k++)
		if (numbers[k] == number)
			return text_nth(texts, k);
	return text_number(d, number);
}

/* The name of a signal without SIG, such as PIPE; for one without a name, its
 * number in *d. */
const char *text_signal(struct digits *d, int signal)
{
	/* From 1 on. */
	static const char names[] =
		"HUP\0INT\0QUIT\0ILL\0TRAP\0ABRT\0BUS\0FPE\0KILL\0USR1\0"
		"SEGV\0USR2\0PIPE\0ALRM\0TERM\0STKFLT\0CHLD\0CONT\0STOP\0"
		"TSTP\0TTIN\0TTOU\0URG\0XCPU\0XFSZ\0VTALRM\0PROF\0WINCH\0"
		"IO\0PWR\0SYS";
	const int last = 31;

	return signal >= 1 && signal <= last ? text_nth(names, signal - 1)
	                                     : text_number(d, signal);
}

static bool is_bus_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
	       c == '-';
}

/* Is it a name that a service may ask a bus for (D-Bus Specification, "Bus
 * names"): two or more words of letters, digits, '_' and '-', none of which begins
 * with a digit, separated by dots; at most TEXT_BUS_NAME bytes? */
bool text_is_bus_name(const char *name)
{
	size_t words = 0;

	if (text_length(name) > TEXT_BUS_NAME)
		return false;
	do {
		if (!is_bus_letter(*name))
			return false;
		while (is_bus_letter(*name) || (*name >= '0' && *name <= '9'))
			name++;
		words++;
	} while (*name++ == '.');
	return name[-1] == '\0' && words > 1;
}
