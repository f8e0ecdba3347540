/* SPDX-License-Identifier: MIT */
/* What the files say together: their services in the order of the files, one
 * CONNATE(), and changes of services of other files. */
#include "reader/unit.h"

#include <errno.h>
#include <setjmp.h>
#include <string.h>

#include "reader/macro.h"
#include "reader/say.h"
#include "reader/store.h"

/* OVERRIDE("name", …) and MASK("name"): what is changed when all files have
 * been read. */
struct change {
	struct change *next;
	const char *name;
	struct token at;
	struct config_service *is; /* NULL: masked */
	struct place given[FIELDS_MAX];
};

static struct {
	struct service *service;
	struct place **given;
	size_t count, room;
	struct change *first, **end;
	const struct config *config;
	const struct type *fields;
	const struct calls *calls;
	size_t files;
} unit;

static jmp_buf stopped;

void reader_stop(void)
{
	longjmp(stopped, 1);
}

/* CONNATE() may stand in a file without services, if there are others. */
bool unit_may_lack_array(void)
{
	return unit.files > 1;
}

bool call_is_known(const struct name *name)
{
	for (uint32_t k = 0; unit.calls != NULL && k < unit.calls->count; k++)
		if (strcmp(unit.calls->name[k], name->text) == 0)
			return true;
	return false;
}

/* Refuses CALL of a function that would have to be compiled. */
void call_check(const struct token *at, const struct name *name)
{
	const struct symbol *s = name->symbol;

	if (s != NULL && s->has_body)
		fail_token(at, "connate-build cannot compile %s(); make it a "
		               "program, for EXEC or SHELL, or build with a "
		               "compiler: supervisord-for",
		           name->text);
	if (!call_is_known(name))
		fail_token(at, "the supervisord that this becomes a part of "
		               "has no function %s(); see --supervisord",
		           name->text);
}

static void grow(void)
{
	if (unit.count < unit.room)
		return;
	unit.room = 2 * unit.room + 64;
	unit.service = block_grow(unit.service,
	                          unit.room * sizeof(*unit.service));
	unit.given = block_grow(unit.given, unit.room * sizeof(*unit.given));
}

static void take_service(const struct type *of)
{
	struct place given[FIELDS_MAX] = { 0 };
	size_t size = of->member[of->members - 1].type->members *
	              sizeof(given[0]);

	grow();
	memset(&unit.service[unit.count], 0, sizeof(*unit.service));
	memset(given, 0xff, sizeof(given)); /* SOURCE_NONE */
	given_to = given;
	initialize(of, (unsigned char *)&unit.service[unit.count]);
	given_to = NULL;
	if (size > sizeof(given))
		size = sizeof(given);
	unit.given[unit.count] = store_take(size);
	memcpy(unit.given[unit.count], given, size);
	unit.count++;
}

static void take_change(const struct type *of)
{
	struct change *c = store_take(sizeof(*c));
	bool masks;

	c->at = next();
	masks = name_is(&c->at, "MASK");
	if (!take_sign_if('(') || peek(0)->kind != TOKEN_STRING)
		fail_token(&c->at, masks ? "it is written MASK(\"name\")"
		                         : "it is written OVERRIDE(\"name\", "
		                           ".field = value, ...)");
	c->name = texts_value().memory;
	memset(c->given, 0xff, sizeof(c->given)); /* SOURCE_NONE */
	if (!masks) {
		c->is = store_take(sizeof(*c->is));
		if (take_sign_if(','))
			initialize_fields(of->member[of->members - 1].type,
			                  (unsigned char *)c->is, ')',
			                  c->given);
	}
	if (!take_sign_if(')'))
		fail_separator(peek(0));
	*unit.end = c;
	unit.end = &c->next;
}

/* The list of services of a file, from its brace on. */
void unit_array(const struct type *of)
{
	if (of->size != sizeof(struct service) || of->members == 0)
		fail_token(last(), "struct service is that of another version");
	unit.fields = of->member[of->members - 1].type;
	if (!take_sign_if('{'))
		fail_separator(peek(0));
	while (!is_sign(peek(0), '}')) {
		if (is_sign(peek(0), '{'))
			take_service(of);
		else if (name_is(peek(0), "OVERRIDE") ||
		         name_is(peek(0), "MASK"))
			take_change(of);
		else
			fail_element(peek(0));
		if (!take_sign_if(',') && !is_sign(peek(0), '}'))
			fail_separator(peek(0));
	}
	(void)next();
}

static void take_config(const char *path)
{
	const struct symbol *s = name_find("connate_config", 14)->symbol;

	if (s == NULL || s->memory == NULL)
		return;
	if (s->type->size != sizeof(struct config))
		say_fail("%s: struct config is that of another version", path);
	if (unit.config != NULL)
		say_fail("CONNATE(); stands once, in %s:%u or in %s:%u",
		         unit.config->file, unit.config->line,
		         ((const struct config *)s->memory)->file,
		         ((const struct config *)s->memory)->line);
	unit.config = s->memory;
}

static void read_source(uint32_t source, const char *path)
{
	field = (struct field){ .name = NULL };
	given_to = NULL;
	input_begin(source);
	declarations();
	take_config(path);
}

static size_t service_named(const char *name)
{
	for (size_t k = 0; k < unit.count; k++)
		if (unit.service[k].is.name != NULL &&
		    strcmp(unit.service[k].is.name, name) == 0)
			return k;
	return unit.count;
}

/* Takes away what it names from the list: nothing waits for what is masked. */
static void list_drop(struct config_list *l, const char *name)
{
	size_t kept = 0;
	const char **item = store_take((l->count + 1) * sizeof(*item));

	for (size_t k = 0; k < l->count; k++)
		if (l->item[k] == NULL || strcmp(l->item[k], name) != 0)
			item[kept++] = l->item[k];
	if (kept < l->count) {
		l->item = item;
		l->count = kept;
	}
}

/* No service that is left may need the one that is masked. */
static void need_not(const struct config_list *l,
                     const struct config_service *s, const struct change *c)
{
	for (size_t n = 0; n < l->count; n++)
		if (l->item[n] != NULL && strcmp(l->item[n], c->name) == 0)
			fail_token(&c->at,
			           "service '%s' needs '%s', which this "
			           "masks; mask it too, or override what it "
			           "needs",
			           s->name, c->name);
}

static void mask(size_t at, const struct change *c)
{
	memmove(&unit.service[at], &unit.service[at + 1],
	        (unit.count - at - 1) * sizeof(*unit.service));
	memmove(&unit.given[at], &unit.given[at + 1],
	        (unit.count - at - 1) * sizeof(*unit.given));
	unit.count--;
	for (size_t k = 0; k < unit.count; k++) {
		struct config_service *s = &unit.service[k].is;

		list_drop(&s->wants, c->name);
		list_drop(&s->after, c->name);
		list_drop(&s->conflicts, c->name);
		list_drop(&s->follows, c->name);
		list_drop(&s->reload_with, c->name);
		list_drop(&s->members, c->name);
		list_drop(&s->groups, c->name);
		need_not(&s->needs, s, c);
		need_not(&s->binds, s, c);
		need_not(&s->requires_up, s, c);
	}
}

static void override(size_t at, const struct change *c)
{
	unsigned char *to = (unsigned char *)&unit.service[at].is;

	for (uint32_t k = 0; k < unit.fields->members && k < FIELDS_MAX; k++) {
		const struct member *m = &unit.fields->member[k];

		if (c->given[k].source == SOURCE_NONE)
			continue;
		memcpy(to + m->at, (const unsigned char *)c->is + m->at,
		       m->type->size);
		unit.given[at][k] = c->given[k];
	}
}

static void make_changes(void)
{
	for (const struct change *c = unit.first; c != NULL; c = c->next) {
		size_t at = service_named(c->name);

		if (at == unit.count)
			fail_token(&c->at, "there is no service '%s' to %s",
			           c->name,
			           c->is != NULL ? "override" : "mask");
		if (c->is != NULL)
			override(at, c);
	}
	for (const struct change *c = unit.first; c != NULL; c = c->next)
		if (c->is == NULL && service_named(c->name) < unit.count)
			mask(service_named(c->name), c);
}

static void finish(struct reading *r)
{
	if (unit.config == NULL)
		say_fail("the configuration: it has no CONNATE(); at its end");
	make_changes();
	r->config = *unit.config;
	r->config.services = unit.service;
	r->config.count = unit.count;
	r->given = unit.given;
	r->count = unit.count;
	r->fields = unit.fields;
}

static void begin(size_t files, const struct calls *calls)
{
	memset(&unit, 0, sizeof(unit));
	unit.end = &unit.first;
	unit.calls = calls;
	unit.files = files;
}

/* Reads these files. False: what is wrong has been said. What r points to stays
 * until reading_forget(). */
bool reading_make(const char *const *path, size_t count,
                  const struct calls *calls, struct reading *r)
{
	if (setjmp(stopped) != 0)
		return false;
	begin(count, calls);
	for (size_t k = 0; k < count; k++) {
		uint32_t source = source_read(path[k]);

		if (source == SOURCE_NONE)
			say_fail("%s: %s", path[k], strerror(errno));
		read_source(source, path[k]);
	}
	finish(r);
	return true;
}

/* The same of a text in memory, with a byte more behind it, which is 0. */
bool reading_of_text(const char *name, const char *text, size_t size,
                     struct reading *r)
{
	if (setjmp(stopped) != 0)
		return false;
	begin(1, NULL);
	read_source(source_text(name, text, size, false), name);
	finish(r);
	return true;
}

void reading_forget(void)
{
	store_forget();
	sources_forget();
	names_forget();
	macros_forget();
}
