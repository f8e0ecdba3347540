/* SPDX-License-Identifier: MIT */
/* From tokens to values in memory. */
#ifndef READER_PARSE_H
#define READER_PARSE_H

#include "reader/type.h"

enum {
	NESTED_MAX = 200,      /* parentheses and braces in each other */
	FIELDS_MAX = 128,      /* of a service */
	ELEMENTS_MAX = 1 << 20, /* of an array */
	RING = 4, /* tokens: the last one, and those that are looked at */
};

enum symbol_kind {
	SYMBOL_TYPE,     /* typedef */
	SYMBOL_CONSTANT, /* of an enum */
	SYMBOL_FUNCTION,
	SYMBOL_OBJECT,
	SYMBOL_TAG,
};

struct symbol {
	enum symbol_kind kind;
	const struct type *type;
	int64_t number;
	void *memory;
	bool has_body;
	struct place at;
};

enum value_kind { VALUE_INT, VALUE_DOUBLE, VALUE_POINTER, VALUE_OBJECT,
	          VALUE_FUNCTION };

struct value {
	enum value_kind kind;
	const struct type *type;
	int64_t i;
	double d;
	void *memory;      /* of an object, or where a pointer points to */
	struct name *name; /* of a function */
};

/* input.c: the tokens, some of them ahead. */
const struct token *peek(uint32_t k);
struct token next(void);
const struct token *last(void);
bool take_sign_if(uint32_t sign);
void nest(const struct token *t);
void unnest(void);
void input_begin(uint32_t source);

/* literal.c */
struct value number_value(const struct token *t);
struct value char_value(const struct token *t);
struct value texts_value(void);

/* expression.c */
struct value expression(const struct type *wanted);
struct value constant(const struct type *wanted);
int64_t constant_int(void);
void value_store(const struct type *to, void *memory, const struct value *v,
                 const struct token *at);
struct value value_decay(struct value v);
bool int_fits(int64_t i, const struct type *t);

/* initialize.c */
void initialize(const struct type *t, unsigned char *memory);
struct value compound(const struct type *t);
void *initialize_array(const struct type *of, size_t *count);
void initialize_fields(const struct type *t, unsigned char *memory,
                       uint32_t end, struct place *given);
extern struct place *given_to; /* by the fields of the service being read */

/* declare.c */
bool is_type_begin(const struct token *t);
const struct type *type_name(void);
void declarations(void);
void struct_body(struct type *t);
const struct type *pointers(const struct type *t);
const struct type *specifiers(bool *is_typedef);

/* unit.c: what the files say of services. */
void unit_array(const struct type *of);
bool unit_may_lack_array(void);
bool call_is_known(const struct name *name);
void call_check(const struct token *at, const struct name *name);

/* explain.c: what is meant. */
struct field {
	const struct name *name; /* NULL: none is open */
	const struct type *type;
	struct token at;
};

extern struct field field; /* the last one that the user has written */

_Noreturn void fail_form(const struct token *t);
_Noreturn void fail_wanted(const struct token *t, const struct type *wanted);
_Noreturn void fail_name(const struct token *t, const struct type *wanted);
_Noreturn void fail_field(const struct token *t, const struct type *owner);
_Noreturn void fail_separator(const struct token *t);
_Noreturn void fail_large(const struct token *t);
_Noreturn void fail_element(const struct token *t);

#endif
