/* SPDX-License-Identifier: MIT */
/* From bytes to tokens. A line that ends with a backslash goes on in the next
 * one, also inside of a token. */
#include <string.h>

#include "reader/say.h"
#include "reader/store.h"
#include "reader/token.h"

static const char *const signs[] = {
	"...", "<<=", ">>=", "->", "++", "--", "<<", ">>", "<=", ">=", "==",
	"!=",  "&&",  "||",  "*=", "/=", "%=", "+=", "-=", "&=", "^=", "|=",
	"##",
};

/* The sign that the text begins with, or 0. */
uint32_t sign_lex(const char *text, uint32_t *length)
{
	for (size_t k = 0; k < sizeof(signs) / sizeof(signs[0]); k++) {
		size_t n;

		if (signs[k][0] != text[0])
			continue;
		n = strlen(signs[k]);
		if (strncmp(text, signs[k], n) != 0)
			continue;
		*length = (uint32_t)n;
		return n == 2 ? SIGN2(text[0], text[1])
		              : SIGN3(text[0], text[1], text[2]);
	}
	*length = 1;
	return text[0] != '\0' && strchr("[](){}.&*+-~!/%<>^|?:;=,#", text[0])
	               ? (uint32_t)text[0]
	               : 0;
}

/* Bytes of a backslash and the newline behind it. */
static uint32_t splice(const char *text)
{
	if (text[0] != '\\')
		return 0;
	if (text[1] == '\n')
		return 2;
	return text[1] == '\r' && text[2] == '\n' ? 3 : 0;
}

static const char *skip_splices(const char *text)
{
	uint32_t n;

	while ((n = splice(text)) != 0)
		text += n;
	return text;
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
	       c == '$';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static _Noreturn void fail_byte(struct lexer *l, const char *at,
                                const char *what)
{
	struct place p = { l->source, 0 };

	p.at = (uint32_t)(at - source_of(p)->bytes);
	say_fail_at(p, 1, "%s", what);
}

static const char *skip_comment(struct lexer *l, const char *p,
                                const char *end)
{
	const char *begin = p;

	for (p += 2; p < end && (p[0] != '*' || p[1] != '/'); p++)
		;
	if (p >= end)
		fail_byte(l, begin, "a comment ends with */");
	return p + 2;
}

static const char *skip_to_newline(const char *p, const char *end)
{
	while (p < end && *p != '\n')
		p += splice(p) != 0 ? splice(p) : 1;
	return p;
}

/* Behind blanks, newlines and comments. */
static const char *skip_blanks(struct lexer *l, const char *p,
                               const char *end, struct token *t)
{
	for (;;) {
		uint32_t n = splice(p);

		if (n != 0)
			p += n;
		else if (p < end && *p != '\0' && strchr(" \t\r\v\f", *p))
			p++;
		else if (p < end && *p == '\n') {
			p++;
			t->first = true;
		} else if (p[0] == '/' && p[1] == '*')
			p = skip_comment(l, p, end);
		else if (p[0] == '/' && p[1] == '/')
			p = skip_to_newline(p, end);
		else
			return p;
		t->blank = true;
	}
}

/* A string or a character; from its first quotation mark. */
static const char *end_of_quoted(struct lexer *l, const char *p,
                                 const char *end)
{
	const char *begin = p;
	char mark = *p;

	for (p = skip_splices(p + 1); p < end && *p != mark && *p != '\n';
	     p = skip_splices(p + 1)) {
		if (*p == '\0')
			fail_byte(l, p, "a byte 0 is in no text");
		if (*p == '\\')
			p = skip_splices(p + 1);
	}
	if (p >= end || *p != mark)
		fail_byte(l, begin, "a quotation mark is missing");
	return p + 1;
}

static const char *end_of_name(const char *p)
{
	while (is_letter(*p) || is_digit(*p))
		p = skip_splices(p + 1);
	return p;
}

static const char *end_of_number(const char *p)
{
	for (;;) {
		bool exponent = *p != '\0' && strchr("eEpP", *p) != NULL;
		const char *next = skip_splices(p + 1);

		if (exponent && (*next == '+' || *next == '-'))
			p = skip_splices(next + 1);
		else if (is_letter(*p) || is_digit(*p) || *p == '.')
			p = next;
		else
			return p;
	}
}

/* The token's text without the splices in it. */
static void set_text(struct token *t, const char *begin, const char *end)
{
	size_t length = (size_t)(end - begin), kept = 0;
	char *clean;

	t->text = begin;
	t->length = (uint32_t)length;
	if (memchr(begin, '\\', length) == NULL)
		return;
	clean = store_take(length + 1);
	for (const char *p = skip_splices(begin); p < end;
	     p = skip_splices(p + 1))
		clean[kept++] = *p;
	t->text = clean;
	t->length = (uint32_t)kept;
}

static const char *take_sign(struct token *t, const char *p)
{
	uint32_t length;

	t->sign = sign_lex(p, &length);
	t->kind = t->sign != 0 ? TOKEN_SIGN : TOKEN_OTHER;
	return p + length;
}

static const char *take(struct lexer *l, struct token *t, const char *p,
                        const char *end)
{
	const char *next = skip_splices(p + 1);

	if (is_letter(*p)) {
		t->kind = TOKEN_NAME;
		return end_of_name(p);
	}
	if (is_digit(*p) || (*p == '.' && is_digit(*next))) {
		t->kind = TOKEN_NUMBER;
		return end_of_number(p);
	}
	if (*p == '"' || *p == '\'') {
		t->kind = *p == '"' ? TOKEN_STRING : TOKEN_CHAR;
		return end_of_quoted(l, p, end);
	}
	return take_sign(t, p);
}

/* The next token of the file; TOKEN_END behind the last. */
void lex(struct lexer *l, struct token *t)
{
	const struct source *s = source_of((struct place){ l->source, 0 });
	const char *end = s->bytes + s->size, *p, *after;

	*t = (struct token){ .first = l->first };
	p = skip_blanks(l, s->bytes + l->at, end, t);
	l->first = false;
	t->spelled = (struct place){ l->source, (uint32_t)(p - s->bytes) };
	t->used = t->spelled;
	l->at = t->spelled.at;
	if (p >= end) {
		t->kind = TOKEN_END;
		return;
	}
	if (*p == '\0')
		fail_byte(l, p, "a byte 0 is in no configuration");
	after = take(l, t, p, end);
	l->at = (uint32_t)(after - s->bytes);
	set_text(t, p, after);
	if (t->kind == TOKEN_NAME)
		t->name = name_find(t->text, t->length);
}

/* The next token of this line, if there is one. */
bool lex_in_line(struct lexer *l, struct token *t)
{
	struct lexer before = *l;

	lex(l, t);
	if (t->kind != TOKEN_END && !t->first)
		return true;
	*l = before;
	return false;
}

/* To the next line that begins with #, whatever stands before it; false at the
 * end. */
bool lex_to_hash(struct lexer *l)
{
	const struct source *s = source_of((struct place){ l->source, 0 });
	const char *end = s->bytes + s->size, *p;
	struct token t;

	for (;;) {
		p = skip_blanks(l, s->bytes + l->at, end, &t);
		l->at = (uint32_t)(p - s->bytes);
		if (p >= end)
			return false;
		if (*p == '#') {
			l->at++;
			l->first = false;
			return true;
		}
		lex_skip_line(l);
	}
}

/* To the begin of the next line, whatever stands in this one; strings hide the
 * begin of a comment. */
void lex_skip_line(struct lexer *l)
{
	const struct source *s = source_of((struct place){ l->source, 0 });
	const char *end = s->bytes + s->size, *p = s->bytes + l->at;
	char mark = '\0';

	while (p < end && *p != '\n') {
		if (splice(p) != 0) {
			p += splice(p);
			continue;
		}
		if (mark == '\0' && p[0] == '/' && p[1] == '*') {
			p = skip_comment(l, p, end);
			continue;
		}
		if (mark == '\0' && p[0] == '/' && p[1] == '/') {
			p = skip_to_newline(p, end);
			continue;
		}
		if (*p == '"' || *p == '\'')
			mark = mark == '\0' ? *p : mark == *p ? '\0' : mark;
		else if (*p == '\\' && mark != '\0' && p + 1 < end)
			p++;
		p++;
	}
	l->at = (uint32_t)((p < end ? p + 1 : end) - s->bytes);
	l->first = true;
}
