/* SPDX-License-Identifier: MIT */
/* JSON (RFC 8259): values with their commas, escaped. Knows no service. */
#include "conctl/base/json.h"

#include "conctl/base/out.h"
#include "model/text.h"

static const char hex[] = "0123456789abcdef";

/* A comma between values; none between a key and its value. */
static void json_begin(struct json *j)
{
	if (j->comma)
		out_text(j->out, ",");
	j->comma = true;
}

/* Opens an object or an array: "{" or "[". */
void json_open(struct json *j, const char *bracket)
{
	json_begin(j);
	out_text(j->out, bracket);
	j->comma = false;
}

/* Closes it. The bracket may have an end of a line behind it: "}\n". */
void json_close(struct json *j, const char *bracket)
{
	out_text(j->out, bracket);
	j->comma = true;
}

/* The key of a value that follows. */
void json_key(struct json *j, const char *key)
{
	json_string(j, key);
	out_text(j->out, ":");
	j->comma = false;
}

static void escaped(struct out *out, uint32_t code)
{
	char escape[] = { '\\',
		          'u',
		          hex[code >> 12 & 15],
		          hex[code >> 8 & 15],
		          hex[code >> 4 & 15],
		          hex[code & 15],
		          '\0' };

	out_text(out, escape);
}

/* The code point of a character of one to three bytes. */
static uint32_t code_of(const unsigned char *s, size_t length)
{
	if (length == 1)
		return s[0];
	if (length == 2)
		return (s[0] & 0x1fu) << 6 | (s[1] & 0x3fu);
	return (s[0] & 0x0fu) << 12 | (s[1] & 0x3fu) << 6 | (s[2] & 0x3fu);
}

/* A string of `size` bytes of any origin. What is no UTF-8 becomes U+FFFD; a
 * control character, which a terminal would obey, is escaped. */
void json_text(struct json *j, const char *text, size_t size)
{
	const unsigned char *s = (const unsigned char *)text;
	size_t length;

	json_begin(j);
	out_text(j->out, "\"");
	for (size_t k = 0; k < size; k += length) {
		length = text_character(text + k, size - k);
		if (length == 0) {
			out_text(j->out, "\\ufffd");
			length = 1;
		} else if (text_controls(text + k, length)) {
			escaped(j->out, code_of(s + k, length));
		} else {
			if (s[k] == '"' || s[k] == '\\')
				out_text(j->out, "\\");
			out_bytes(j->out, text + k, length);
		}
	}
	out_text(j->out, "\"");
}

/* The text of a buffer, as a string. */
void json_out(struct json *j, const struct out *text)
{
	json_text(j, text->bytes, text->used);
}

/* A string that ends with NUL. */
void json_string(struct json *j, const char *text)
{
	json_text(j, text, text_length(text));
}

/* A number. */
void json_number(struct json *j, int64_t value)
{
	json_begin(j);
	out_number(j->out, value);
}

/* true or false. */
void json_bool(struct json *j, bool value)
{
	json_begin(j);
	out_text(j->out, value ? "true" : "false");
}

/* null. */
void json_null(struct json *j)
{
	json_begin(j);
	out_text(j->out, "null");
}

/* A value that is JSON already: a number as text. */
void json_word(struct json *j, const char *word, size_t size)
{
	json_begin(j);
	out_bytes(j->out, word, size);
}
