/* SPDX-License-Identifier: MIT */
/* Macros, as C11 6.10.3 has them: arguments are replaced by themselves first,
 * unless they stand beside # or ##, and the name of a macro is not replaced
 * inside of what it stands for. Tokens are made as they are asked for, and
 * bounded in number, so that macros that double each other end. */
#include "reader/macro.h"

#include <stdio.h>
#include <string.h>

#include "reader/say.h"
#include "reader/store.h"

/* Tokens that come before what is below. wall: the end of them is an end. */
struct context {
	struct context *below;
	struct macro *macro; /* of which they are, or NULL */
	const struct token *at, *end;
	bool wall;
	struct token *tokens; /* a block */
};

struct tokens {
	struct token *token;
	uint32_t count;
};

struct argument {
	uint32_t first, count; /* of the tokens of the call */
	struct tokens made;    /* the same, replaced */
	bool is_made;
};

/* A macro with its arguments, as they stand there: name ( … , … ). */
struct call {
	struct tokens all;
	uint32_t arguments, room; /* those beyond the room are not kept */
	struct argument argument[];
};

enum { FEW_TOKENS = 16 };

static struct context *top;
static uint32_t nested, taken;

static void add_token(struct tokens *to, const struct token *t)
{
	if (to->count == CALL_TOKENS_MAX)
		fail_token(t, "a macro becomes more than %d words",
		           CALL_TOKENS_MAX);
	if (to->count == 0)
		to->token = block_raw(FEW_TOKENS * sizeof(*t));
	else if (to->count >= FEW_TOKENS && (to->count & (to->count - 1)) == 0)
		to->token = block_grow(to->token,
		                       2 * (size_t)to->count * sizeof(*t));
	to->token[to->count++] = *t;
}

static void push(struct macro *m, struct tokens *of, bool wall)
{
	struct context *c = block_raw(sizeof(*c));

	*c = (struct context){
		.below = top,
		.macro = m,
		.at = of->token,
		.end = of->count > 0 ? of->token + of->count : of->token,
		.wall = wall,
		.tokens = wall ? NULL : of->token,
	};
	if (m != NULL)
		m->busy = true;
	top = c;
}

static void pop(void)
{
	struct context *c = top;

	if (c->macro != NULL)
		c->macro->busy = false;
	top = c->below;
	block_free(c->tokens);
	block_free(c);
}

/* The next token, not replaced. */
static void next_raw(struct token *t)
{
	while (top != NULL && top->at == top->end) {
		if (top->wall) {
			*t = (struct token){ .kind = TOKEN_END };
			return;
		}
		pop();
	}
	if (top != NULL)
		*t = *top->at++;
	else
		directives_next(t);
	if (++taken > TOKENS_MAX)
		fail_token(t, "the macros become more than %d words",
		           TOKENS_MAX);
}

static void push_back(const struct token *t)
{
	struct tokens one = { NULL, 0 };

	if (t->kind == TOKEN_END)
		return; /* it comes again */
	add_token(&one, t);
	push(NULL, &one, false);
}

static void begin_argument(struct call *c)
{
	if (c->arguments < c->room)
		c->argument[c->arguments].first = c->all.count;
	c->arguments++;
}

/* Behind the opening parenthesis, which is in `all` already. */
static void collect(struct call *c, const struct macro *m,
                    const struct token *name)
{
	uint32_t open = 1;
	struct token t;

	begin_argument(c);
	for (;;) {
		bool last = m->takes_more && c->arguments == m->parameters;

		next_raw(&t);
		if (t.kind == TOKEN_END)
			fail_token(name, "a parenthesis is not closed");
		if (is_sign(&t, '('))
			open++;
		if (is_sign(&t, ')') && --open == 0)
			break;
		if (is_sign(&t, ',') && open == 1 && !last) {
			add_token(&c->all, &t);
			begin_argument(c);
			continue;
		}
		add_token(&c->all, &t);
		if (c->arguments <= c->room)
			c->argument[c->arguments - 1].count++;
	}
	add_token(&c->all, &t);
}

/* The arguments that the macro asks for? One of nothing is none. */
static bool fits(struct call *c, const struct macro *m)
{
	if (m->parameters == 0)
		return c->arguments == 1 && c->argument[0].count == 0;
	if (m->takes_more && c->arguments + 1 == m->parameters)
		begin_argument(c);
	return c->arguments == m->parameters;
}

/* Those of an argument, with the macros in it replaced. */
static const struct tokens *argument(struct call *c, uint32_t k)
{
	struct argument *a = &c->argument[k];
	struct tokens raw = { c->all.token + a->first, a->count };
	struct token t;

	if (a->is_made)
		return &a->made;
	if (raw.count > 0) {
		if (++nested > DEPTH_MAX)
			fail_token(&raw.token[0],
			           "macros are nested more than %d deep",
			           DEPTH_MAX);
		push(NULL, &raw, true);
		for (macros_next(&t); t.kind != TOKEN_END; macros_next(&t))
			add_token(&a->made, &t);
		pop();
		nested--;
	}
	a->is_made = true;
	return &a->made;
}

static void put(char *text, size_t *length, char c)
{
	text[(*length)++] = c;
}

/* #argument: its words as a text. */
static void make_text(struct token *t, const struct token *from,
                      uint32_t count)
{
	size_t room = 3, length = 0;
	char *text;

	for (uint32_t k = 0; k < count; k++)
		room += 2 * (size_t)from[k].length + 1;
	text = block_new(room);
	put(text, &length, '"');
	for (uint32_t k = 0; k < count; k++) {
		bool quoted = from[k].kind == TOKEN_STRING ||
		              from[k].kind == TOKEN_CHAR;

		if (k > 0 && (from[k].blank || from[k].first))
			put(text, &length, ' ');
		for (uint32_t n = 0; n < from[k].length; n++) {
			char c = from[k].text[n];

			if (quoted && (c == '"' || c == '\\'))
				put(text, &length, '\\');
			put(text, &length, c);
		}
	}
	put(text, &length, '"');
	t->kind = TOKEN_STRING;
	t->text = text_keep(text, length);
	t->length = (uint32_t)length;
	block_free(text);
}

static bool is_word(const char *text, uint32_t length)
{
	for (uint32_t k = 0; k < length; k++)
		if (!(text[k] == '_' || (text[k] >= '0' && text[k] <= '9') ||
		      (text[k] >= 'a' && text[k] <= 'z') ||
		      (text[k] >= 'A' && text[k] <= 'Z')))
			return false;
	return length > 0;
}

/* a ## b: one word of two. */
static void paste(struct token *a, const struct token *b)
{
	size_t length = (size_t)a->length + b->length;
	uint32_t sign_length;
	char *text = block_new(length + 4);

	memcpy(text, a->text, a->length);
	memcpy(text + a->length, b->text, b->length);
	a->text = text_keep(text, length);
	a->length = (uint32_t)length;
	block_free(text);
	if (is_word(a->text, a->length)) {
		bool number = a->text[0] >= '0' && a->text[0] <= '9';

		a->kind = number ? TOKEN_NUMBER : TOKEN_NAME;
		a->name = number ? NULL : name_find(a->text, a->length);
		a->still = false;
		return;
	}
	a->kind = TOKEN_SIGN;
	a->sign = sign_lex(a->text, &sign_length);
	if (a->sign == 0 || sign_length != a->length)
		fail_token(a, "## makes no word of '%s'", a->text);
}

static void add_used(struct tokens *to, const struct token *t,
                     const struct token *name)
{
	add_token(to, t);
	to->token[to->count - 1].used = name->used;
}

/* All of an argument, the first word with the blank of the parameter. */
static void add_argument(struct tokens *to, const struct tokens *from,
                         const struct token *parameter,
                         const struct token *name)
{
	for (uint32_t k = 0; k < from->count; k++) {
		add_used(to, &from->token[k], name);
		if (k == 0)
			to->token[to->count - 1].blank = parameter->blank;
	}
}

static const struct token *body_at(const struct macro *m, uint32_t k)
{
	static const struct token none = { .kind = TOKEN_END };

	return k < m->length ? &m->body[k] : &none;
}

static struct tokens raw_argument(const struct call *c, uint32_t parameter)
{
	const struct argument *a = &c->argument[parameter - 1];

	return (struct tokens){ c->all.token + a->first, a->count };
}

static bool is_parameter(const struct token *t)
{
	return t->kind == TOKEN_NAME && t->sign != 0;
}

/* What stands behind ##, pasted to the last word; `, ## __VA_ARGS__` is nothing
 * without further arguments. */
static void add_pasted(struct tokens *to, struct call *c, const struct token *b,
                       const struct token *name)
{
	struct tokens one = { (struct token *)b, 1 };
	bool list = is_parameter(b) && b->name->text[0] == '_' &&
	            strcmp(b->name->text, "__VA_ARGS__") == 0;
	struct token *last = to->count > 0 ? &to->token[to->count - 1] : NULL;

	if (is_parameter(b))
		one = raw_argument(c, b->sign);
	if (list && last != NULL && is_sign(last, ',')) {
		if (one.count == 0)
			to->count--;
		else
			add_argument(to, argument(c, b->sign - 1), b, name);
		return;
	}
	for (uint32_t k = 0; k < one.count; k++) {
		if (k == 0 && last != NULL)
			paste(last, &one.token[k]);
		else
			add_used(to, &one.token[k], name);
	}
}

/* What the macro stands for. */
static struct tokens replaced(struct macro *m, struct call *c,
                              const struct token *name)
{
	struct tokens to = { NULL, 0 };

	for (uint32_t k = 0; k < m->length; k++) {
		const struct token *t = &m->body[k], *next = body_at(m, k + 1);

		if (is_sign(t, '#') && m->takes_arguments &&
		    is_parameter(next)) {
			struct tokens raw = raw_argument(c, next->sign);
			struct token text = *t;

			make_text(&text, raw.token, raw.count);
			add_used(&to, &text, name);
			k++;
		} else if (is_sign(t, SIGN2('#', '#')) && k > 0 &&
		           k + 1 < m->length) {
			add_pasted(&to, c, next, name);
			k++;
		} else if (is_parameter(t) && is_sign(next, SIGN2('#', '#'))) {
			struct tokens raw = raw_argument(c, t->sign);

			add_argument(&to, &raw, t, name);
		} else if (is_parameter(t))
			add_argument(&to, argument(c, t->sign - 1), t, name);
		else
			add_used(&to, t, name);
	}
	return to;
}

static void call_free(struct call *c)
{
	for (uint32_t k = 0; k < c->room; k++)
		block_free(c->argument[k].made.token);
	block_free(c->all.token);
	block_free(c);
}

/* A macro whose arguments do not fit stays as it is: the reader, which knows
 * the field, says what is meant. */
static bool replace_call(struct macro *m, struct token *name)
{
	struct call *c;
	struct tokens to;
	struct token t;

	next_raw(&t);
	if (!is_sign(&t, '(')) {
		push_back(&t);
		return false;
	}
	c = block_new(sizeof(*c) +
	              (m->parameters + 1) * sizeof(c->argument[0]));
	c->room = m->parameters + 1;
	add_token(&c->all, &t);
	collect(c, m, name);
	if (!fits(c, m)) {
		push(NULL, &c->all, false);
		c->all.token = NULL;
		call_free(c);
		name->still = true;
		return false;
	}
	to = replaced(m, c, name);
	call_free(c);
	push(m, &to, false);
	return true;
}

static bool replace(struct macro *m, struct token *name)
{
	struct tokens to;

	if (m->takes_arguments)
		return replace_call(m, name);
	to = replaced(m, NULL, name);
	push(m, &to, false);
	return true;
}

/* The next token of the configuration; TOKEN_END at its end. */
void macros_next(struct token *t)
{
	for (;;) {
		struct macro *m;

		next_raw(t);
		m = t->kind == TOKEN_NAME && !t->still ? t->name->macro : NULL;
		if (m == NULL)
			return;
		if (m->special != NULL && m->special(t))
			return;
		t->still = m->busy;
		if (m->busy || !replace(m, t))
			return;
	}
}

static int special_line(struct token *t)
{
	char text[16];
	int length = snprintf(text, sizeof(text), "%u",
	                      (unsigned)place_line(t->used));

	t->kind = TOKEN_NUMBER;
	t->text = text_keep(text, (size_t)length);
	t->length = (uint32_t)length;
	return 1;
}

static int special_file(struct token *t)
{
	struct token path = *t;

	path.kind = TOKEN_STRING;
	path.text = source_of(t->used)->path;
	path.length = (uint32_t)strlen(path.text);
	make_text(t, &path, 1); /* quoted as #"…" is: \ before " and \ */
	return 1;
}

static void define_special(const char *name, int (*special)(struct token *))
{
	struct macro *m = store_take(sizeof(*m));

	m->special = special;
	name_find(name, (uint32_t)strlen(name))->macro = m;
}

/* Another file, without the macros of the last one. */
void macros_begin(uint32_t source)
{
	names_new_unit();
	directives_begin(source);
	define_special("__LINE__", special_line);
	define_special("__FILE__", special_file);
}

/* After store_forget(). */
void macros_forget(void)
{
	top = NULL;
	nested = taken = 0;
}
