/* SPDX-License-Identifier: MIT */
/* The words of C, as the preprocessor has them. */
#ifndef READER_TOKEN_H
#define READER_TOKEN_H

#include "reader/source.h"

enum token_kind {
	TOKEN_END,    /* of the file, or of an argument of a macro */
	TOKEN_NAME,
	TOKEN_NUMBER,
	TOKEN_STRING, /* with its quotation marks */
	TOKEN_CHAR,   /* with its apostrophes */
	TOKEN_SIGN,
	TOKEN_OTHER,  /* a byte that C has no use for */
};

struct macro;
struct symbol;

/* A name, once for all places where it stands. */
struct name {
	struct name *next;
	const char *text;
	struct macro *macro;   /* what it is to the preprocessor … */
	struct symbol *symbol; /* … and to the reader; or NULL */
	struct symbol *tag;    /* behind struct, union, enum */
	uint32_t length;
	uint8_t words; /* which words of a declaration it is one of, once that
	                  was asked (declare.c) */
};

struct token {
	uint8_t kind;  /* enum token_kind */
	bool blank;    /* a blank stands before it */
	bool first;    /* it is the first one of its line */
	bool still;    /* a macro's name, but not to be replaced any more */
	uint32_t length;
	uint32_t sign; /* its bytes, if it is one: SIGN2('<', '<') */
	const char *text;
	struct name *name;
	struct place spelled; /* where it stands */
	struct place used;    /* where the macro's name stands that it is of */
};

#define SIGN2(a, b)    ((uint32_t)(a) | (uint32_t)(b) << 8)
#define SIGN3(a, b, c) (SIGN2(a, b) | (uint32_t)(c) << 16)

static inline bool is_sign(const struct token *t, uint32_t sign)
{
	return t->kind == TOKEN_SIGN && t->sign == sign;
}

/* lex.c: a file that is being read. */
struct lexer {
	uint32_t source, at;
	bool first; /* nothing but blanks since the line began */
};

void lex(struct lexer *l, struct token *t);
bool lex_in_line(struct lexer *l, struct token *t);
void lex_skip_line(struct lexer *l);
bool lex_to_hash(struct lexer *l);
uint32_t sign_lex(const char *text, uint32_t *length);

/* names.c */
struct name *name_find(const char *text, uint32_t length);
bool name_is(const struct token *t, const char *text);
void names_new_unit(void);
void names_forget(void);

/* What is shown for a token: where it stands in the user's own file. */
bool token_is_theirs(const struct token *t);
struct place token_place(const struct token *t);
_Noreturn void fail_token(const struct token *t, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
