/* SPDX-License-Identifier: MIT */
/* Types of C, as far as a configuration has them, laid out in memory as on
 * every machine that we build for: int has 4 bytes, long and pointers 8. */
#ifndef READER_TYPE_H
#define READER_TYPE_H

#include "reader/token.h"

enum type_kind {
	TYPE_VOID,
	TYPE_BOOL,
	TYPE_INT,
	TYPE_DOUBLE,
	TYPE_POINTER,
	TYPE_ARRAY,
	TYPE_STRUCT,
	TYPE_FUNCTION,
};

struct member {
	struct name *name; /* NULL: without one */
	const struct type *type;
	size_t at;
};

struct type {
	enum type_kind kind;
	bool is_signed, is_union;
	bool complete;         /* its size is known */
	size_t size, align;
	const struct type *of; /* what a pointer points to, an array has */
	size_t count;          /* of an array */
	struct name *tag;
	const char *label;     /* int, bool, … */
	struct member *member;
	uint32_t members;
};

extern const struct type type_void, type_bool, type_char, type_int, type_uint,
	type_long, type_ulong, type_double, type_short, type_ushort, type_uchar,
	type_function;

const struct type *type_pointer(const struct type *of);
const struct type *type_array(const struct type *of, size_t count,
                              bool complete);
void type_lay_out(struct type *t);
bool type_same(const struct type *a, const struct type *b);
bool type_is_text(const struct type *t);
const struct member *type_member(const struct type *t,
                                 const struct name *name);
const char *type_label(const struct type *t);

#endif
