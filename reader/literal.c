/* SPDX-License-Identifier: MIT */
/* Numbers, characters and texts. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "reader/parse.h"
#include "reader/store.h"

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : 99;
}

/* 1.5, 1e3: strtod(3) reads it as a compiler does. */
static struct value double_value(const struct token *t)
{
	const char *text = text_keep(t->text, t->length);
	char *end;
	struct value v = { .kind = VALUE_DOUBLE, .type = &type_double };

	v.d = strtod(text, &end);
	if (*end != '\0' || end == text)
		fail_form(t);
	return v;
}

/* The first type of C11 6.4.4.1 that the number fits into. */
static const struct type *int_type(uint64_t n, int base, bool is_unsigned,
                                   bool is_long)
{
	bool unsigned_too = base != 10 || is_unsigned;

	if (!is_long && !is_unsigned && n <= INT32_MAX)
		return &type_int;
	if (!is_long && unsigned_too && n <= UINT32_MAX)
		return &type_uint;
	return !is_unsigned && n <= INT64_MAX ? &type_long : &type_ulong;
}

struct value number_value(const struct token *t)
{
	int base = 10;
	uint32_t at = 0;
	uint64_t n = 0;
	bool is_unsigned = false, is_long = false;

	if (t->text[0] == '0' && t->length > 1)
		base = (t->text[1] | 0x20) == 'x'   ? 16
		       : (t->text[1] | 0x20) == 'b' ? 2
		                                    : 8;
	if (base != 16 && (memchr(t->text, '.', t->length) != NULL ||
	                   memchr(t->text, 'e', t->length) != NULL ||
	                   memchr(t->text, 'E', t->length) != NULL))
		return double_value(t);
	if (base == 16 || base == 2)
		at = 2;
	for (; at < t->length && digit(t->text[at]) < base; at++)
		if (__builtin_mul_overflow(n, (uint64_t)base, &n) ||
		    __builtin_add_overflow(n, (uint64_t)digit(t->text[at]),
		                           &n))
			fail_large(t);
	for (; at < t->length; at++) {
		if ((t->text[at] | 0x20) == 'u')
			is_unsigned = true;
		else if ((t->text[at] | 0x20) == 'l')
			is_long = true;
		else
			fail_form(t);
	}
	return (struct value){
		.kind = VALUE_INT,
		.type = int_type(n, base, is_unsigned, is_long),
		.i = (int64_t)n,
	};
}

/* A character as UTF-8. */
static size_t put_utf8(char *to, uint32_t c)
{
	int more = c < 0x80 ? 0 : c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
	static const unsigned char heads[] = { 0, 0xc0, 0xe0, 0xf0 };

	to[0] = (char)(heads[more] | c >> 6 * more);
	for (int k = 1; k <= more; k++)
		to[k] = (char)(0x80 | (c >> 6 * (more - k) & 0x3f));
	return (size_t)more + 1;
}

static uint32_t take_digits(const char **p, const char *end, int base,
                            uint32_t most)
{
	uint32_t n = 0;

	for (; most > 0 && *p < end && digit(**p) < base; most--, (*p)++)
		n = n * (uint32_t)base + (uint32_t)digit(**p);
	return n;
}

/* What stands behind a backslash, from *p on; how many bytes it is. */
static size_t escape(const char **p, const char *end, char *to)
{
	static const char letters[] = "abfnrtve", bytes[] = "\a\b\f\n\r\t\v\033";
	char c = *(*p)++;
	const char *known = c != '\0' ? strchr(letters, c) : NULL;

	if (known != NULL)
		*to = bytes[known - letters];
	else if (c >= '0' && c <= '7') {
		(*p)--;
		*to = (char)take_digits(p, end, 8, 3);
	} else if (c == 'x')
		*to = (char)take_digits(p, end, 16, UINT32_MAX);
	else if (c == 'u')
		return put_utf8(to, take_digits(p, end, 16, 4));
	else if (c == 'U')
		return put_utf8(to, take_digits(p, end, 16, 8) & 0x1fffff);
	else
		*to = c;
	return 1;
}

/* What stands between the marks of a token; to has its length and 4. */
static size_t unescape(const struct token *t, char *to)
{
	const char *p = t->text + 1, *end = t->text + t->length - 1;
	size_t length = 0;

	while (p < end)
		if (*p == '\\' && p + 1 < end) {
			p++;
			length += escape(&p, end, to + length);
		} else
			to[length++] = *p++;
	return length;
}

struct value char_value(const struct token *t)
{
	char bytes[16] = { 0 };

	if (t->length < 3 || t->length > 6 || unescape(t, bytes) != 1)
		fail_token(t, "a text stands in quotation marks: \"...\"");
	return (struct value){ .kind = VALUE_INT, .type = &type_int,
		               .i = bytes[0] };
}

/* All texts that stand side by side, as one. */
struct value texts_value(void)
{
	char *bytes = NULL;
	size_t length = 0;
	struct value v = { .kind = VALUE_OBJECT };

	while (peek(0)->kind == TOKEN_STRING) {
		struct token t = next();

		bytes = block_grow(bytes, length + t.length + 8);
		length += unescape(&t, bytes + length);
	}
	v.memory = (void *)text_keep(bytes, length);
	v.type = type_array(&type_char, length + 1, true);
	block_free(bytes);
	return v;
}
