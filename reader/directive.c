/* SPDX-License-Identifier: MIT */
/* The lines that begin with #: macros are defined, files included, and parts
 * left out. An expression is not computed: that would need what only a
 * compiler knows. */
#include <errno.h>
#include <string.h>

#include "reader/macro.h"
#include "reader/say.h"
#include "reader/store.h"

/* A file that is being read, with the #if that are open in it. */
struct open_file {
	struct lexer lexer;
	uint32_t conditions;
	bool taken[CONDITIONS_MAX]; /* one part of it was read */
	struct token opened[CONDITIONS_MAX];
};

static struct open_file *files;
static uint32_t depth; /* files that are open */
static const char *skipped;

/* A header that was asked for and is not read, or NULL. */
const char *macros_skipped_header(void)
{
	return skipped;
}

static void open_source(uint32_t source)
{
	struct open_file *f = &files[depth++];

	f->lexer = (struct lexer){ .source = source, .first = true };
	f->conditions = 0;
}

void directives_begin(uint32_t source)
{
	files = store_take((INCLUDE_MAX + 1) * sizeof(*files));
	depth = 0;
	skipped = NULL;
	open_source(source);
	if (source_built_in("prelude.h") != SOURCE_NONE)
		open_source(source_built_in("prelude.h"));
}

static struct token *body_add(struct macro *m, struct token *t)
{
	if ((m->length & (m->length - 1)) == 0)
		m->body = block_grow(m->body, (2 * (size_t)m->length + 1) *
		                                      sizeof(*m->body));
	m->body[m->length] = *t;
	return &m->body[m->length++];
}

static uint32_t parameter_of(const struct macro *m, const struct token *t)
{
	if (t->kind == TOKEN_NAME)
		for (uint32_t k = 0; k < m->parameters; k++)
			if (m->parameter[k] == t->name)
				return k + 1;
	return 0;
}

static void add_parameter(struct macro *m, const struct token *t,
                          struct name *name)
{
	if (m->parameters == PARAMETERS_MAX)
		fail_token(t, "a macro has at most %d parameters",
		           PARAMETERS_MAX);
	m->parameter[m->parameters++] = name;
}

/* Behind the opening parenthesis. */
static void read_parameters(struct lexer *l, struct macro *m, struct token *t)
{
	m->takes_arguments = true;
	m->parameter = store_take((PARAMETERS_MAX + 1) * sizeof(*m->parameter));
	while (lex_in_line(l, t)) {
		if (is_sign(t, ')'))
			return;
		if (is_sign(t, ','))
			continue;
		if (is_sign(t, SIGN3('.', '.', '.'))) {
			m->takes_more = true;
			add_parameter(m, t, name_find("__VA_ARGS__", 11));
		} else if (t->kind == TOKEN_NAME && !m->takes_more)
			add_parameter(m, t, t->name);
		else
			break;
	}
	fail_token(t, "the parameters of a macro are written (a, b, ...)");
}

static void define(struct lexer *l, const struct token *hash)
{
	struct macro *m = store_take(sizeof(*m));
	struct token t;
	struct name *name;

	if (!lex_in_line(l, &t) || t.kind != TOKEN_NAME)
		fail_token(hash, "#define is written #define NAME value");
	name = t.name;
	if (lex_in_line(l, &t)) {
		if (is_sign(&t, '(') && !t.blank)
			read_parameters(l, m, &t);
		else
			(void)body_add(m, &t);
	}
	while (lex_in_line(l, &t))
		(void)body_add(m, &t);
	for (uint32_t k = 0; k < m->length; k++)
		if (m->body[k].kind == TOKEN_NAME)
			m->body[k].sign = parameter_of(m, &m->body[k]);
	name->macro = m;
}

/* The path beside the file that includes it. */
static const char *beside(const struct lexer *l, const char *name,
                          uint32_t length)
{
	const char *path = source_of((struct place){ l->source, 0 })->path;
	const char *slash = strrchr(path, '/');
	size_t folder = slash != NULL ? (size_t)(slash + 1 - path) : 0;
	char *made;

	if (name[0] == '/')
		folder = 0;
	made = store_take(folder + length + 1);
	memcpy(made, path, folder);
	memcpy(made + folder, name, length);
	return made;
}

static void open_include(const struct token *t, uint32_t source)
{
	if (depth == INCLUDE_MAX)
		fail_token(t, "files include each other in a circle, or more "
		              "than %d deep",
		           INCLUDE_MAX);
	open_source(source);
}

/* <connate/config.h>: it is built in. Of others, which a configuration may have
 * for its functions, nothing is read. */
static void include_system(struct lexer *l, const struct token *first)
{
	struct token t = *first;
	uint32_t begin = l->at, source;
	const char *bytes = source_of(first->spelled)->bytes, *name;

	while (!is_sign(&t, '>'))
		if (!lex_in_line(l, &t))
			fail_token(first, "it is written #include <...>");
	name = text_keep(bytes + begin, t.spelled.at - begin);
	source = source_built_in(name);
	if (source != SOURCE_NONE)
		open_include(first, source);
	else if (strncmp(name, "connate", 7) == 0)
		fail_token(first, "a configuration begins with "
		                  "#include <connate/config.h>");
	else
		skipped = name;
}

static void include_beside(struct lexer *l, const struct token *t)
{
	const char *name = text_keep(t->text + 1, t->length - 2);
	uint32_t source = source_built_in(name);
	const char *path = beside(l, name, t->length - 2);

	if (source == SOURCE_NONE)
		source = source_read(path);
	if (source == SOURCE_NONE)
		fail_token(t, "%s: %s", path, strerror(errno));
	open_include(t, source);
}

static void include(struct lexer *l, const struct token *hash)
{
	struct token t;

	if (lex_in_line(l, &t) && is_sign(&t, '<'))
		include_system(l, &t);
	else if (t.kind == TOKEN_STRING && !t.first)
		include_beside(l, &t);
	else
		fail_token(hash, "it is written #include <connate/config.h> or "
		                 "#include \"file beside this one\"");
}

static bool is_defined(struct lexer *l, const struct token *hash)
{
	struct token t;
	bool paren;

	if (!lex_in_line(l, &t))
		t.kind = TOKEN_END;
	paren = is_sign(&t, '(');
	if (paren && !lex_in_line(l, &t))
		t.kind = TOKEN_END;
	if (t.kind != TOKEN_NAME)
		fail_token(hash, "the name of a macro is missing");
	return t.name->macro != NULL;
}

/* #if 0, #if 1, #if defined(NAME), #if !defined(NAME). */
static bool holds(struct lexer *l, const struct token *hash)
{
	struct token t;
	bool is_not = false, result;

	if (lex_in_line(l, &t) && is_sign(&t, '!')) {
		is_not = true;
		if (!lex_in_line(l, &t))
			t.kind = TOKEN_END;
	}
	if (name_is(&t, "defined"))
		result = is_defined(l, hash);
	else if (t.kind == TOKEN_NUMBER && t.length == 1 &&
	         (t.text[0] == '0' || t.text[0] == '1'))
		result = t.text[0] == '1';
	else
		goto unknown;
	if (lex_in_line(l, &t) && (!is_sign(&t, ')') || lex_in_line(l, &t)))
		goto unknown;
	return result != is_not;
unknown:
	fail_token(hash, "connate-build does not compute #if; write #ifdef "
	                 "NAME or #ifndef NAME, or build with a compiler: "
	                 "supervisord-for");
}

static bool condition(struct lexer *l, const struct token *hash,
                      const struct token *word)
{
	if (name_is(word, "ifdef"))
		return is_defined(l, hash);
	if (name_is(word, "ifndef"))
		return !is_defined(l, hash);
	return holds(l, hash);
}

/* Behind the #if … #endif in a part that is left out, or to its #else. True if
 * there is a part to read. */
static bool skip_part(struct open_file *f)
{
	uint32_t inner = 0, c = f->conditions - 1;
	struct lexer *l = &f->lexer;
	struct token word, hash = f->opened[c];

	while (lex_to_hash(l)) {
		if (!lex_in_line(l, &word))
			continue;
		if (name_is(&word, "if") || name_is(&word, "ifdef") ||
		    name_is(&word, "ifndef"))
			inner++;
		else if (name_is(&word, "endif") && inner-- == 0) {
			f->conditions--;
			lex_skip_line(l);
			return true;
		} else if (inner == 0 && !f->taken[c] &&
		           (name_is(&word, "else") ||
		            (name_is(&word, "elif") && holds(l, &word)))) {
			f->taken[c] = true;
			lex_skip_line(l);
			return true;
		}
		lex_skip_line(l);
	}
	fail_token(&hash, "#endif is missing");
}

static void open_condition(struct open_file *f, const struct token *hash,
                           const struct token *word)
{
	uint32_t c = f->conditions;
	bool is = condition(&f->lexer, hash, word);

	if (c == CONDITIONS_MAX)
		fail_token(hash, "#if are nested more than %d deep",
		           CONDITIONS_MAX);
	f->conditions++;
	f->taken[c] = is;
	f->opened[c] = *hash;
	lex_skip_line(&f->lexer);
	if (!is)
		(void)skip_part(f);
}

/* Behind a part that was read. */
static void close_condition(struct open_file *f, const struct token *hash,
                            const struct token *word)
{
	if (f->conditions == 0)
		fail_token(hash, "#%s without #if", word->name->text);
	if (name_is(word, "endif"))
		f->conditions--;
	else
		(void)skip_part(f);
}

static void undefine(struct lexer *l, const struct token *hash)
{
	struct token t;

	if (!lex_in_line(l, &t) || t.kind != TOKEN_NAME)
		fail_token(hash, "#undef is written #undef NAME");
	t.name->macro = NULL;
}

/* The rest of the line of #error. */
static _Noreturn void user_error(struct lexer *l, const struct token *word)
{
	uint32_t length;
	const char *row = place_row((struct place){ l->source, l->at },
	                            &length);
	uint32_t skip = place_column((struct place){ l->source, l->at }) - 1;

	fail_token(word, "#error%.*s", (int)(length - skip), row + skip);
}

static void directive(struct open_file *f, const struct token *hash)
{
	struct token word;

	if (!lex_in_line(&f->lexer, &word))
		return; /* a # alone */
	if (name_is(&word, "define"))
		define(&f->lexer, hash);
	else if (name_is(&word, "include"))
		include(&f->lexer, hash);
	else if (name_is(&word, "undef"))
		undefine(&f->lexer, hash);
	else if (name_is(&word, "if") || name_is(&word, "ifdef") ||
	         name_is(&word, "ifndef"))
		open_condition(f, hash, &word);
	else if (name_is(&word, "else") || name_is(&word, "elif") ||
	         name_is(&word, "endif"))
		close_condition(f, hash, &word);
	else if (name_is(&word, "error"))
		user_error(&f->lexer, &word);
	else if (!name_is(&word, "pragma") && !name_is(&word, "warning") &&
	         !name_is(&word, "ident"))
		fail_token(hash, "a comment is written /* ... */");
	else
		lex_skip_line(&f->lexer);
}

/* TOKEN_END at the end of the first one. */
void directives_next(struct token *t)
{
	for (;;) {
		struct open_file *f = &files[depth - 1];

		lex(&f->lexer, t);
		if (t->kind == TOKEN_END) {
			if (f->conditions > 0)
				fail_token(&f->opened[f->conditions - 1],
				           "#endif is missing");
			if (depth == 1)
				return;
			depth--;
		} else if (is_sign(t, '#') && t->first)
			directive(f, t);
		else
			return;
	}
}
