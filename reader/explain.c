/* SPDX-License-Identifier: MIT */
/* What is meant, when something else is written: the sentences of
 * config/explain.awk, which has the same for compilers. */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "config/check/check.h"
#include "reader/built_in.h"
#include "reader/macro.h"
#include "reader/parse.h"
#include "reader/say.h"

struct field field;

static const char quoted[] = "a text stands in quotation marks: \"%s\"";
static const char a_service[] = "a service is written SERVICE(\"name\", ...)";

static const char *form_named(const char *name)
{
	for (size_t k = 0; built_in_forms[k].name != NULL; k++)
		if (strcmp(built_in_forms[k].name, name) == 0)
			return built_in_forms[k].text;
	return NULL;
}

/* How the field that is open is written, or NULL. */
static const char *field_form(void)
{
	const char *form;

	if (field.name == NULL)
		return NULL;
	form = form_named(field.name->text);
	return form != NULL ? form : form_named(type_label(field.type));
}

/* What the user has written there. */
static const char *shown(const struct token *t)
{
	struct place at = token_place(t);

	return source_of(at)->bytes + at.at;
}

static bool begins(const char *text, const char *with)
{
	return strncmp(text, with, strlen(with)) == 0;
}

void fail_form(const struct token *t)
{
	const char *form = field_form();

	if (t->kind == TOKEN_END)
		fail_separator(t);
	if (form != NULL)
		fail_token(token_is_theirs(t) ? t : &field.at,
		           ".%s is written %s", field.name->text, form);
	fail_token(t, "a constant is missing here: connate-build takes numbers, "
	              "texts and the words of connate-config(5)");
}

/* No value begins so. */
void fail_wanted(const struct token *t, const struct type *wanted)
{
	if (t->kind == TOKEN_END || is_sign(t, ',') || is_sign(t, ';'))
		fail_separator(t);
	if (t->kind == TOKEN_OTHER || (wanted != NULL && type_is_text(wanted)))
		fail_token(t, quoted, "...");
	fail_form(t);
}

/* The structure with that tag, or NULL. */
static const struct type *structure(const char *tag)
{
	const struct symbol *s = name_find(tag, (uint32_t)strlen(tag))->tag;

	return s != NULL ? s->type : NULL;
}

static bool is_field(const struct name *name)
{
	const struct type *t = structure("config_service");

	return (t != NULL && type_member(t, name) != NULL) ||
	       (field.type != NULL && type_member(field.type, name) != NULL);
}

static _Noreturn void fail_unknown(const struct token *t)
{
	const char *header = macros_skipped_header();

	if (header != NULL)
		fail_token(t, "'%s' is not known; connate-build does not read "
		              "<%s>: write the number, or build with a "
		              "compiler: supervisord-for",
		           t->name->text, header);
	fail_token(t, "'%s' is not known", t->name->text);
}

/* A name that stands for no value. It has been taken. */
void fail_name(const struct token *t, const struct type *wanted)
{
	bool call = is_sign(peek(0), '(');

	if (name_is(t, "CONFIG_SERVICE"))
		fail_token(t, a_service);
	if (name_is(t, "CONFIG_CONNATE"))
		fail_token(t, "the file ends with CONNATE();");
	if (name_is(t, "services"))
		fail_token(t, "the list is named so: "
		              "static const struct service services[] = {");
	if (wanted == &type_function)
		fail_token(t, "a function stands above the list: int %s(void)",
		           t->name->text);
	if (is_sign(peek(0), '=') && is_field(t->name))
		fail_token(t, "a field begins with a dot: .%s", t->name->text);
	if (!call && wanted != NULL && type_is_text(wanted))
		fail_token(t, quoted, t->name->text);
	if (field_form() != NULL)
		fail_form(t);
	fail_unknown(t);
}

/* What other service managers call a field. */
static const char *known_as(const char *name)
{
	for (const struct built_in *o = built_in_others; o->name != NULL; o++)
		if (strncasecmp(name, o->name, strlen(o->name)) == 0)
			return o->text;
	return NULL;
}

static const char *field_like(const struct type *owner, const char *name)
{
	const char *words[FIELDS_MAX], *like = known_as(name);
	size_t count = 0;

	if (like != NULL &&
	    type_member(owner, name_find(like, (uint32_t)strlen(like))) != NULL)
		return like;
	for (uint32_t k = 0; k < owner->members && count < FIELDS_MAX; k++)
		if (owner->member[k].name != NULL)
			words[count++] = owner->member[k].name->text;
	return strlen(name) <= NAME_MAX_BYTES ? words_like(words, count, name)
	                                      : NULL;
}

static bool is_of_connate(const struct type *owner, const struct name *name)
{
	const struct type *t = structure("config");

	for (uint32_t k = 0; t != NULL && k < t->members; k++)
		if (t->member[k].type->kind == TYPE_STRUCT &&
		    (name == NULL ? t->member[k].type == owner
		                  : type_member(t->member[k].type, name) !=
		                            NULL))
			return true;
	return false;
}

/* .name, which the structure does not have. */
void fail_field(const struct token *t, const struct type *owner)
{
	const struct type *service = structure("config_service");
	const char *name = t->name->text, *like;

	if (!token_is_theirs(t) && field_form() != NULL)
		fail_form(t);
	if (owner == service && is_of_connate(owner, t->name))
		fail_token(t, ".%s stands in CONNATE(...), at the end", name);
	if (is_of_connate(owner, NULL) && service != NULL &&
	    type_member(service, t->name) != NULL)
		fail_token(t, ".%s stands in SERVICE(\"...\", ...)", name);
	like = field_like(owner, name);
	if (like != NULL)
		fail_token(t, "there is no .%s; did you mean .%s?", name, like);
	fail_token(t, "there is no .%s; connate-config(5) lists the fields",
	           name);
}

static const char ends_missing[] =
	"a semicolon is missing: the list ends with }; and the file with "
	"CONNATE();";

/* .name or SERVICE, before which a comma is missing. */
static _Noreturn void fail_comma(const struct token *t)
{
	const char *text = shown(t);
	int length = *text == '.' ? 1 : 0;

	while (islower((unsigned char)text[length]) || text[length] == '_' ||
	       isupper((unsigned char)text[length]))
		length++;
	fail_token(t, "a comma is missing before %.*s", length, text);
}

/* Something else ends here, or goes on. */
void fail_separator(const struct token *t)
{
	const char *text;

	if (t->kind == TOKEN_END && last()->kind == TOKEN_END)
		fail_token(t, "the file is empty");
	if (t->kind == TOKEN_END)
		fail_token(last(), ends_missing);
	text = shown(t);
	if (begins(text, "CONNATE"))
		fail_token(t, ends_missing);
	if (is_sign(t, '.') && begins(text, "SERVICE"))
		fail_token(t, "each field of DEFAULTS ends with a comma");
	if (is_sign(t, ';'))
		fail_token(t, "fields and services have commas between them");
	if (is_sign(t, ','))
		fail_token(t, "something is missing before the comma");
	if (is_sign(t, ')') && text[0] == ')')
		fail_token(t, "there is a parenthesis too many");
	if (text[0] == '.' || begins(text, "SERVICE") ||
	    begins(text, "OVERRIDE") || begins(text, "MASK"))
		fail_comma(t);
	if (t->kind == TOKEN_OTHER)
		fail_token(t, quoted, "...");
	if (field_form() != NULL)
		fail_form(t);
	fail_token(t, "this belongs to no service, and is none of what "
	              "connate-build reads");
}

void fail_large(const struct token *t)
{
	fail_token(t, "a number above 2147483647 needs ULL: 4ULL << 30");
}

/* No service begins so. */
void fail_element(const struct token *t)
{
	if (t->kind == TOKEN_END)
		fail_token(last(), ends_missing);
	if (begins(shown(t), "CONNATE"))
		fail_token(t, "}; is missing before CONNATE");
	if (is_sign(t, ')'))
		fail_token(t, "there is a parenthesis too many");
	if (is_sign(t, ','))
		fail_token(t, "something is missing before the comma");
	fail_token(t, a_service);
}
