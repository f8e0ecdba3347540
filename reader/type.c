/* SPDX-License-Identifier: MIT */
/* Types, and where the members of a structure lie. */
#include "reader/type.h"

#include <stdio.h>
#include <string.h>

#include "reader/store.h"

#define INTEGER(name, bytes, with_sign)                                \
	{                                                              \
		.kind = TYPE_INT, .size = bytes, .align = bytes,       \
		.is_signed = with_sign, .complete = true, .label = name, \
	}

const struct type type_void = { .kind = TYPE_VOID, .label = "void" };
const struct type type_bool = {
	.kind = TYPE_BOOL, .size = 1, .align = 1, .complete = true,
	.label = "bool",
};
const struct type type_char = INTEGER("char", 1, true);
const struct type type_uchar = INTEGER("unsigned char", 1, false);
const struct type type_short = INTEGER("short", 2, true);
const struct type type_ushort = INTEGER("unsigned short", 2, false);
const struct type type_int = INTEGER("int", 4, true);
const struct type type_uint = INTEGER("unsigned", 4, false);
const struct type type_long = INTEGER("long", 8, true);
const struct type type_ulong = INTEGER("unsigned long", 8, false);
const struct type type_double = {
	.kind = TYPE_DOUBLE, .size = 8, .align = 8, .complete = true,
	.label = "double",
};
const struct type type_function = { .kind = TYPE_FUNCTION,
	                            .label = "a function" };

const struct type *type_pointer(const struct type *of)
{
	static const struct type text = {
		.kind = TYPE_POINTER, .size = 8, .align = 8, .complete = true,
		.of = &type_char,
	};
	struct type *t;

	if (of == &type_char)
		return &text;
	t = store_take(sizeof(*t));
	*t = text;
	t->of = of;
	return t;
}

const struct type *type_array(const struct type *of, size_t count,
                              bool complete)
{
	struct type *t = store_take(sizeof(*t));

	*t = (struct type){
		.kind = TYPE_ARRAY,
		.size = of->size * count,
		.align = of->align,
		.complete = complete,
		.of = of,
		.count = count,
	};
	return t;
}

/* Places the members of a struct or union, and completes it. */
void type_lay_out(struct type *t)
{
	size_t at = 0, end = 0;

	t->align = 1;
	for (uint32_t k = 0; k < t->members; k++) {
		struct member *m = &t->member[k];

		m->at = t->is_union ? 0
		                    : (at + m->type->align - 1) /
		                              m->type->align * m->type->align;
		at = m->at + m->type->size;
		end = at > end ? at : end;
		if (m->type->align > t->align)
			t->align = m->type->align;
	}
	t->size = (end + t->align - 1) / t->align * t->align;
	t->complete = true;
}

/* May a pointer to one be used as one to the other? */
bool type_same(const struct type *a, const struct type *b)
{
	while (a != b) {
		if (a->kind != b->kind || a->size != b->size)
			return false;
		if (a->kind == TYPE_INT)
			return a->is_signed == b->is_signed;
		if (a->kind != TYPE_POINTER && a->kind != TYPE_ARRAY)
			return false;
		a = a->of;
		b = b->of;
	}
	return true;
}

bool type_is_text(const struct type *t)
{
	return t->kind == TYPE_POINTER && t->of->kind == TYPE_INT &&
	       t->of->size == 1;
}

/* The member of that name, or NULL. */
const struct member *type_member(const struct type *t, const struct name *name)
{
	for (uint32_t k = 0; k < t->members; k++)
		if (t->member[k].name == name)
			return &t->member[k];
	return NULL;
}

/* As config/explain.awk has it, such as "struct config_list". */
const char *type_label(const struct type *t)
{
	static char label[80];

	if (type_is_text(t))
		return "const char *";
	if (t->tag == NULL)
		return t->label != NULL ? t->label : "";
	(void)snprintf(label, sizeof(label), "%s %s",
	               t->kind == TYPE_INT ? "enum" : "struct", t->tag->text);
	return label;
}
