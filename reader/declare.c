/* SPDX-License-Identifier: MIT */
/* Declarations: the types that config.h declares, functions, whose bodies are
 * left to a compiler, constants, and the list of services. */
#include <string.h>

#include "reader/parse.h"
#include "reader/say.h"
#include "reader/store.h"

/* A name with what stands around it. */
struct declared {
	const struct type *type;
	struct token name; /* TOKEN_END: it has none */
	bool is_function, elements_missing;
};

static const char *const qualifiers[] = {
	"const", "volatile", "restrict", "static", "extern", "inline",
	"register", "_Noreturn", "__inline", "__extension__", "__const",
	"__restrict", "_Thread_local", "auto",
};

static const char *const words[] = {
	"void", "char", "short", "int", "long", "float", "double", "signed",
	"unsigned", "_Bool", "struct", "union", "enum",
};

static const char *const attributes[] = {
	"__attribute__", "__attribute", "__asm__", "asm", "_Alignas",
};

enum { QUALIFIER = 1, WORD = 2, ATTRIBUTE = 4, ASKED = 8 };

static bool is_in(const char *text, const char *const *list, size_t count)
{
	for (size_t k = 0; k < count; k++)
		if (strcmp(text, list[k]) == 0)
			return true;
	return false;
}

#define IS_IN(text, list) is_in(text, list, sizeof(list) / sizeof((list)[0]))

/* Is it one of those words? The lists are gone through once for each name. */
static bool is_one_of(const struct token *t, uint8_t which)
{
	struct name *n = t->kind == TOKEN_NAME ? t->name : NULL;

	if (n == NULL)
		return false;
	if (n->words == 0)
		n->words = ASKED | (IS_IN(n->text, qualifiers) ? QUALIFIER : 0) |
		           (IS_IN(n->text, words) ? WORD : 0) |
		           (IS_IN(n->text, attributes) ? ATTRIBUTE : 0);
	return (n->words & which) != 0;
}

bool is_type_begin(const struct token *t)
{
	if (t->kind != TOKEN_NAME)
		return false;
	if (t->name->symbol != NULL)
		return t->name->symbol->kind == SYMBOL_TYPE;
	return is_one_of(t, WORD | QUALIFIER);
}

/* From an opening parenthesis, bracket or brace to the one that closes it. */
static void skip_nested(void)
{
	struct token open = next();
	uint32_t count = 1;

	while (count > 0) {
		struct token t = next();

		if (t.kind == TOKEN_END)
			fail_token(&open, "a %s is not closed",
			           is_sign(&open, '{') ? "brace"
			                               : "parenthesis");
		if (is_sign(&t, '(') || is_sign(&t, '[') || is_sign(&t, '{'))
			count++;
		if (is_sign(&t, ')') || is_sign(&t, ']') || is_sign(&t, '}'))
			count--;
	}
}

/* __attribute__((…)) and the like. */
static void skip_attributes(void)
{
	while (is_one_of(peek(0), ATTRIBUTE)) {
		(void)next();
		if (is_sign(peek(0), '('))
			skip_nested();
	}
}

static struct symbol *symbol_new(enum symbol_kind kind,
                                 const struct type *type,
                                 const struct token *t)
{
	struct symbol *s = store_take(sizeof(*s));

	s->kind = kind;
	s->type = type;
	s->at = token_place(t);
	return s;
}

static void enum_body(const struct type *t)
{
	int64_t value = 0;

	while (peek(0)->kind == TOKEN_NAME) {
		struct token name = next();
		struct symbol *s = symbol_new(SYMBOL_CONSTANT, &type_int,
		                              &name);

		(void)t;
		if (take_sign_if('='))
			value = constant_int();
		s->number = value++;
		name.name->symbol = s;
		if (!take_sign_if(','))
			break;
	}
	if (!take_sign_if('}'))
		fail_separator(peek(0));
}

static struct type *tagged(const struct token *word)
{
	struct type *t = NULL;
	struct token name;

	if (peek(0)->kind != TOKEN_NAME) {
		t = store_take(sizeof(*t));
		goto fresh;
	}
	name = next();
	if (name.name->tag != NULL)
		return (struct type *)name.name->tag->type;
	t = store_take(sizeof(*t));
	t->tag = name.name;
	name.name->tag = symbol_new(SYMBOL_TAG, t, &name);
fresh:
	t->kind = name_is(word, "enum") ? TYPE_INT : TYPE_STRUCT;
	t->is_union = name_is(word, "union");
	if (t->kind == TYPE_INT) {
		t->size = t->align = 4;
		t->complete = true;
	}
	return t;
}

/* struct x { … }, enum x { … }, or without a body. */
static const struct type *tag(void)
{
	struct token word = next();
	struct type *t = tagged(&word);

	skip_attributes();
	if (!is_sign(peek(0), '{'))
		return t;
	nest(peek(0));
	word = next();
	if (t->kind == TYPE_INT)
		enum_body(t);
	else
		struct_body(t);
	unnest();
	skip_attributes();
	return t;
}

/* How often each of these words stood there. */
struct counts {
	int chars, shorts, ints, longs, doubles, unsigneds, bools, voids;
};

static const struct type *counted(const struct counts *n)
{
	if (n->voids > 0)
		return &type_void;
	if (n->bools > 0)
		return &type_bool;
	if (n->doubles > 0)
		return &type_double;
	if (n->chars > 0)
		return n->unsigneds > 0 ? &type_uchar : &type_char;
	if (n->shorts > 0)
		return n->unsigneds > 0 ? &type_ushort : &type_short;
	if (n->longs > 0)
		return n->unsigneds > 0 ? &type_ulong : &type_long;
	return n->unsigneds > 0 ? &type_uint : &type_int;
}

static bool count_word(struct counts *n, const struct token *t)
{
	if (!is_one_of(t, WORD))
		return false;
	n->chars += name_is(t, "char");
	n->shorts += name_is(t, "short");
	n->ints += name_is(t, "int") || name_is(t, "signed");
	n->longs += name_is(t, "long");
	n->doubles += name_is(t, "double") || name_is(t, "float");
	n->unsigneds += name_is(t, "unsigned");
	n->bools += name_is(t, "_Bool");
	n->voids += name_is(t, "void");
	return true;
}

/* The type that a declaration begins with; NULL if it begins with none. */
const struct type *specifiers(bool *is_typedef)
{
	struct counts n = { 0 };
	const struct type *t = NULL;
	bool found = false;

	for (;;) {
		skip_attributes();
		if (name_is(peek(0), "typedef")) {
			*is_typedef = true;
			(void)next();
		} else if (is_one_of(peek(0), QUALIFIER)) {
			(void)next();
		} else if (name_is(peek(0), "struct") ||
		           name_is(peek(0), "union") ||
		           name_is(peek(0), "enum")) {
			t = tag();
		} else if (t == NULL && !found && is_type_begin(peek(0)) &&
		           peek(0)->name->symbol != NULL) {
			t = next().name->symbol->type;
		} else if (t == NULL && count_word(&n, peek(0))) {
			(void)next();
			found = true;
		} else {
			break;
		}
	}
	return t != NULL ? t : found ? counted(&n) : NULL;
}

const struct type *pointers(const struct type *t)
{
	while (take_sign_if('*')) {
		t = type_pointer(t);
		while (is_one_of(peek(0), QUALIFIER))
			(void)next();
	}
	skip_attributes();
	return t;
}

/* [n] or [], behind a name. */
static const struct type *elements(const struct type *t, bool *missing)
{
	struct token open;
	int64_t count;

	if (!is_sign(peek(0), '['))
		return t;
	open = next();
	if (!t->complete)
		fail_token(&open, "a configuration begins with "
		                  "#include <connate/config.h>");
	if (take_sign_if(']')) {
		*missing = true;
		return type_array(t, 0, false);
	}
	count = constant_int();
	if (count < 0 || count > INT32_MAX || !take_sign_if(']'))
		fail_separator(&open);
	if (is_sign(peek(0), '['))
		fail_token(peek(0), "an array of arrays is left to a compiler");
	return type_array(t, (size_t)count, true);
}

/* *name[n], name(…), (*name)(…): what it declares. */
static struct declared declarator(const struct type *base)
{
	struct declared d = { .type = pointers(base),
		              .name = { .kind = TOKEN_END } };

	if (is_sign(peek(0), '(')) { /* a pointer to a function */
		skip_nested();
		if (is_sign(peek(0), '('))
			skip_nested();
		d.type = type_pointer(&type_function);
		return d;
	}
	if (peek(0)->kind == TOKEN_NAME && !is_one_of(peek(0), WORD))
		d.name = next();
	if (is_sign(peek(0), '(')) {
		skip_nested();
		d.is_function = true;
	} else
		d.type = elements(d.type, &d.elements_missing);
	skip_attributes();
	return d;
}

/* As in a cast: without a name. */
const struct type *type_name(void)
{
	bool is_typedef = false;
	struct token at = *peek(0);
	const struct type *t = specifiers(&is_typedef);

	if (t == NULL)
		fail_form(&at);
	return declarator(t).type;
}

static void add_member(struct type *t, const struct declared *d,
                       const struct token *at)
{
	if (!d->type->complete)
		fail_token(at, "the type of a member has no body");
	if ((t->members & (t->members - 1)) == 0) {
		struct member *more =
			store_take((2 * (size_t)t->members + 1) *
		                   sizeof(*more));

		if (t->members > 0)
			memcpy(more, t->member, t->members * sizeof(*more));
		t->member = more;
	}
	t->member[t->members++] = (struct member){
		.name = d->name.kind == TOKEN_NAME ? d->name.name : NULL,
		.type = d->type,
	};
}

/* The members of a structure, behind the opening brace. */
void struct_body(struct type *t)
{
	struct token open = *last();

	if (t->complete || t->members > 0)
		fail_token(&open, "this structure has a body already");
	while (!is_sign(peek(0), '}')) {
		bool is_typedef = false;
		struct token at = *peek(0);
		const struct type *base = specifiers(&is_typedef);

		if (base == NULL)
			fail_separator(&at);
		do {
			struct declared d = declarator(base);

			add_member(t, &d, &at);
		} while (take_sign_if(','));
		if (!take_sign_if(';'))
			fail_separator(peek(0));
	}
	(void)next();
	type_lay_out(t);
}

static void declare_function(const struct declared *d)
{
	struct symbol *s = d->name.name->symbol;

	if (s == NULL || s->kind != SYMBOL_FUNCTION)
		s = symbol_new(SYMBOL_FUNCTION, &type_function, &d->name);
	d->name.name->symbol = s;
	if (!is_sign(peek(0), '{'))
		return;
	s->has_body = true;
	s->at = token_place(&d->name);
	skip_nested();
}

static bool is_tag(const struct type *t, const char *text)
{
	return t->tag != NULL && strcmp(t->tag->text, text) == 0;
}

/* An object with an initializer, or without. */
static void declare_object(const struct declared *d)
{
	struct symbol *s = symbol_new(SYMBOL_OBJECT, d->type, &d->name);

	if (d->name.name->symbol != NULL && is_sign(peek(0), '=') &&
	    d->name.name->symbol->memory != NULL) {
		if (is_tag(d->type, "config"))
			fail_token(&d->name,
			           "CONNATE(); stands once, at the end");
		fail_token(&d->name, "'%s' is declared twice; first in line "
		                     "%u",
		           d->name.name->text,
		           place_line(d->name.name->symbol->at));
	}
	if (take_sign_if('=')) {
		struct value v = { .kind = VALUE_OBJECT };

		if (d->elements_missing && is_tag(d->type->of, "service")) {
			unit_array(d->type->of);
			d->name.name->symbol = s;
			s->memory = s;
			s->type = type_array(d->type->of, 0, true);
			return;
		}
		if (!d->type->complete && !d->elements_missing)
			fail_form(last());
		v = compound(d->type);
		s->type = v.type;
		s->memory = v.memory;
	} else if (d->type->complete)
		s->memory = NULL;
	if (d->name.name->symbol == NULL || s->memory != NULL)
		d->name.name->symbol = s;
}

static bool declare(const struct type *base, bool is_typedef)
{
	struct declared d = declarator(base);

	if (d.name.kind != TOKEN_NAME)
		return false;
	if (is_typedef)
		d.name.name->symbol =
			symbol_new(SYMBOL_TYPE, d.type, &d.name);
	else if (d.is_function) {
		declare_function(&d);
		return is_sign(last(), '}');
	} else
		declare_object(&d);
	return false;
}

/* One declaration of the file, with its semicolon. */
static void declaration(void)
{
	bool is_typedef = false, body = false;
	struct token at = *peek(0);
	const struct type *base;

	if (take_sign_if(';'))
		return;
	if (name_is(&at, "_Static_assert")) {
		(void)next();
		if (is_sign(peek(0), '('))
			skip_nested();
		goto end;
	}
	base = specifiers(&is_typedef);
	if (base == NULL)
		fail_separator(&at);
	if (take_sign_if(';'))
		return;
	do
		body = declare(base, is_typedef);
	while (!body && take_sign_if(','));
	if (body)
		return;
end:
	if (!take_sign_if(';'))
		fail_separator(peek(0));
}

/* All of the file. */
void declarations(void)
{
	while (peek(0)->kind != TOKEN_END)
		declaration();
}
