/* SPDX-License-Identifier: MIT */
/* Initializers: C11 6.7.9, with designators; a later one replaces an earlier
 * one for the same object, and braces replace all of it. */
#include <string.h>

#include "reader/parse.h"
#include "reader/say.h"
#include "reader/store.h"

struct place *given_to;

/* A member of a structure or an element of an array. */
struct part {
	const struct type *type;
	size_t at;
};

static uint32_t parts_of(const struct type *t)
{
	if (t->kind == TYPE_ARRAY)
		return (uint32_t)t->count;
	return t->is_union && t->members > 1 ? 1 : t->members;
}

static struct part part_of(const struct type *t, uint32_t k)
{
	if (t->kind == TYPE_ARRAY)
		return (struct part){ t->of, k * t->of->size };
	return (struct part){ t->member[k].type, t->member[k].at };
}

static bool is_designator(const struct token *t)
{
	return is_sign(t, '.') || is_sign(t, '[');
}

/* .name: its index. */
static uint32_t take_member(const struct type *t)
{
	struct token dot = next(), name = *peek(0);
	const struct member *m;

	if (name.kind != TOKEN_NAME || t->kind != TYPE_STRUCT)
		fail_separator(name.kind != TOKEN_NAME ? &name : &dot);
	m = type_member(t, name.name);
	if (m == NULL)
		fail_field(&name, t);
	if (token_is_theirs(&name))
		field = (struct field){ name.name, m->type, name };
	(void)next();
	return (uint32_t)(m - t->member);
}

static uint32_t take_index(const struct type *t)
{
	struct token open = next();
	int64_t k = constant_int();

	if (t->kind != TYPE_ARRAY || k < 0 || k >= (int64_t)t->count ||
	    !take_sign_if(']'))
		fail_form(&open);
	return (uint32_t)k;
}

/* .a.b[2] = : what it names, and the index of the first of them. */
static struct part designated(const struct type *t, uint32_t *first)
{
	struct part p = { t, 0 };
	bool nested = false;

	while (is_designator(peek(0))) {
		uint32_t k = is_sign(peek(0), '.') ? take_member(p.type)
		                                   : take_index(p.type);
		struct part inner = part_of(p.type, k);

		if (!nested)
			*first = k;
		nested = true;
		p = (struct part){ inner.type, p.at + inner.at };
	}
	if (is_sign(peek(0), ':'))
		fail_token(peek(0), "a field is written .name = value");
	if (!take_sign_if('='))
		fail_separator(peek(0));
	return p;
}

static void note_given(const struct type *t, uint32_t k,
                       const struct token *at)
{
	if (given_to != NULL && t->tag != NULL && k < FIELDS_MAX &&
	    strcmp(t->tag->text, "config_service") == 0)
		given_to[k] = at->spelled;
}

static bool ends(const struct token *t, uint32_t end)
{
	return is_sign(t, end) || t->kind == TOKEN_END;
}

/* The next of a list of initializers, for part k or the one that it names. */
static uint32_t take_one(const struct type *t, unsigned char *memory,
                         uint32_t k)
{
	struct field before = field;
	struct token at = *peek(0);
	struct part p;

	if (is_designator(&at))
		p = designated(t, &k);
	else if (k < parts_of(t))
		p = part_of(t, k);
	else
		fail_form(&at);
	if (is_sign(&at, '.'))
		note_given(t, k, &at);
	initialize(p.type, memory + p.at);
	field = before;
	return k + 1;
}

/* Initializers for all of it, up to the closing brace or parenthesis, which is
 * not taken. */
static void take_list(const struct type *t, unsigned char *memory,
                      uint32_t end)
{
	uint32_t k = 0;

	while (!ends(peek(0), end)) {
		if (is_sign(peek(0), ','))
			fail_separator(peek(0));
		k = take_one(t, memory, k);
		if (!take_sign_if(',') && !is_sign(peek(0), end))
			fail_separator(peek(0));
	}
}

/* Fields of a service, behind its name, up to that sign; where each was given
 * goes to given[FIELDS_MAX]. */
void initialize_fields(const struct type *t, unsigned char *memory,
                       uint32_t end, struct place *given)
{
	given_to = given;
	take_list(t, memory, end);
	given_to = NULL;
}

static void in_braces(const struct type *t, unsigned char *memory)
{
	struct token open = next();

	nest(&open);
	memset(memory, 0, t->size);
	take_list(t, memory, '}');
	if (!take_sign_if('}'))
		fail_separator(peek(0));
	unnest();
}

/* Without braces: as many initializers as it has parts, or as there are. */
static void without_braces(const struct type *t, unsigned char *memory)
{
	uint32_t count = parts_of(t);
	struct token at = *peek(0);

	nest(&at);
	for (uint32_t k = 0; k < count;) {
		struct part p = part_of(t, k);

		initialize(p.type, memory + p.at);
		if (++k == count || !is_sign(peek(0), ',') ||
		    is_designator(peek(1)) || is_sign(peek(1), '}') ||
		    is_sign(peek(1), ')'))
			break;
		(void)next();
	}
	unnest();
}

static void in_scalar(const struct type *t, unsigned char *memory)
{
	bool brace = take_sign_if('{');
	struct token at = *peek(0);
	struct value v = expression(t);

	value_store(t, memory, &v, &at);
	if (!brace)
		return;
	(void)take_sign_if(',');
	if (!take_sign_if('}'))
		fail_separator(peek(0));
}

/* An array of char by a text, which may lack room for its NUL. */
static void in_text(const struct type *t, unsigned char *memory)
{
	struct token at = *peek(0);
	struct value text = texts_value();

	if (text.type->size > t->size + 1)
		fail_form(&at);
	memset(memory, 0, t->size);
	memcpy(memory, text.memory,
	       text.type->size < t->size ? text.type->size : t->size);
}

/* The initializer that comes next, into that memory, which is zeroed or has
 * been initialized before. */
void initialize(const struct type *t, unsigned char *memory)
{
	if (!t->complete)
		fail_form(peek(0));
	if (t->kind == TYPE_ARRAY && t->of == &type_char &&
	    peek(0)->kind == TOKEN_STRING)
		in_text(t, memory);
	else if (t->kind != TYPE_STRUCT && t->kind != TYPE_ARRAY)
		in_scalar(t, memory);
	else if (is_sign(peek(0), '{'))
		in_braces(t, memory);
	else if (is_sign(peek(0), '(') && is_type_begin(peek(1)))
		in_scalar(t, memory);
	else
		without_braces(t, memory);
}

/* [n] = , before an element of an array whose length is not known yet. */
static size_t take_place(size_t at)
{
	struct token open = *peek(0);
	int64_t k;

	if (!take_sign_if('['))
		return at;
	k = constant_int();
	if (k < 0 || k >= ELEMENTS_MAX || !take_sign_if(']') ||
	    !take_sign_if('='))
		fail_form(&open);
	return (size_t)k;
}

/* An array that becomes longer: a block, and for how many elements it has
 * room. Those beyond count are zero. */
struct growing {
	unsigned char *made;
	size_t room, count;
};

static void grow_to(struct growing *g, size_t count, size_t size)
{
	if (count > g->room) {
		g->room = 2 * count + 2;
		g->made = block_grow(g->made, g->room * size);
	}
	if (count > g->count) {
		memset(g->made + g->count * size, 0,
		       (count - g->count) * size);
		g->count = count;
	}
}

/* { … } of an array whose length it says: a block of so many elements. */
void *initialize_array(const struct type *of, size_t *count)
{
	struct token open = *peek(0);
	struct growing g = { NULL, 0, 0 };
	size_t at = 0;

	if (!take_sign_if('{'))
		fail_wanted(&open, of);
	nest(&open);
	while (!ends(peek(0), '}')) {
		at = take_place(at);
		grow_to(&g, at + 1, of->size);
		initialize(of, g.made + at++ * of->size);
		if (!take_sign_if(',') && !is_sign(peek(0), '}'))
			fail_separator(peek(0));
	}
	if (!take_sign_if('}'))
		fail_separator(peek(0));
	unnest();
	*count = g.count;
	return g.made;
}
