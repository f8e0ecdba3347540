/* SPDX-License-Identifier: MIT */
/* A service as it is going to be written. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "import/draft.h"
#include "import/memory.h"

/* File and line, as a compiler writes them; a link has no line. */
const char *item_place(const struct item *it)
{
	if (it->line == 0)
		return it->file;
	return text_of("%s:%u", it->file, it->line);
}

static struct field *field_find(struct draft *d, const char *name)
{
	size_t size = sizeof(struct field);

	for (size_t i = 0; i < d->fields; i++)
		if (text_same(d->field[i].name, name))
			return &d->field[i];
	if (d->fields % 16 == 0)
		d->field = memory_grow(d->field, d->fields * size,
		                       (d->fields + 16) * size);
	d->field[d->fields] = (struct field){ .name = name };
	return &d->field[d->fields++];
}

bool draft_has(const struct draft *d, const char *field)
{
	for (size_t i = 0; i < d->fields; i++)
		if (text_same(d->field[i].name, field))
			return true;
	return false;
}

enum { ORIGIN_MOST = 200 };

static void field_origin(struct field *f, const char *origin)
{
	if (f->origin.size > ORIGIN_MOST ||
	    strstr(text_end(&f->origin), origin) != NULL)
		return;
	if (f->origin.size > 0)
		text_put(&f->origin, ", ");
	text_put(&f->origin, origin);
}

/* The setting is in the output. A definition's own default has no item. */
void draft_carry(struct draft *d, struct item *it)
{
	if (it == NULL || it->fate == FATE_CARRIED)
		return;
	if (it->fate == FATE_OPEN)
		d->carried++;
	if (it->fate != FATE_DECIDE)
		it->fate = FATE_CARRIED;
}

static const char *list_text(const char *format, va_list list)
{
	char *made = NULL;
	const char *text;

	if (vasprintf(&made, format, list) < 0)
		return "";
	text = text_of("%s", made);
	free(made);
	return text;
}

/* Gives a field its value, as C, in place of a former one. */
void draft_set(struct draft *d, struct item *it, const char *field,
               const char *format, ...)
{
	struct field *f = field_find(d, field);
	va_list list;

	f->value = f->origin = (struct text){ 0 };
	va_start(list, format);
	text_put(&f->value, list_text(format, list));
	va_end(list);
	field_origin(f, it != NULL ? item_place(it) : d->defaults);
	draft_carry(d, it);
}

static bool has_element(const struct field *f, const char *quoted)
{
	const char *at = f->value.at;
	size_t size = strlen(quoted);

	while (at != NULL && (at = strstr(at, quoted)) != NULL) {
		if (at[size] == '\0' || at[size] == ',')
			return true;
		at += size;
	}
	return false;
}

/* True if that list of the draft has the text. */
bool draft_lists(const struct draft *d, const char *field, const char *element)
{
	for (size_t i = 0; i < d->fields; i++)
		if (text_same(d->field[i].name, field))
			return has_element(&d->field[i], text_quoted(element));
	return false;
}

enum { LIST_MOST = 1 << 16 };

/* Adds a text to a list, if it is not there; NULL: the list is empty. */
void draft_list(struct draft *d, struct item *it, const char *field,
                const char *element)
{
	struct field *f = field_find(d, field);
	const char *quoted = element == NULL            ? ""
	                     : text_starts(element, "\1") ? element + 1
	                                                  : text_quoted(element);

	f->list = true;
	if (f->value.size > LIST_MOST) {
		draft_decide(d, it, "the list of %s is too long", field);
		return;
	}
	if (element != NULL && !has_element(f, quoted)) {
		if (f->value.size > 0)
			text_put(&f->value, ", ");
		text_put(&f->value, quoted);
	}
	field_origin(f, it != NULL ? item_place(it) : d->defaults);
	draft_carry(d, it);
}

static void remark_add(struct draft *d, enum remark_kind kind, const char *text)
{
	size_t size = sizeof(struct remark);

	if (d->remarks % 16 == 0)
		d->remark = memory_grow(d->remark, d->remarks * size,
		                        (d->remarks + 16) * size);
	d->remark[d->remarks++] =
		(struct remark){ .kind = kind, .text = text };
}

enum { SHOWN_MOST = 120 };

/* "KEY=VALUE", of which a long value is cut. */
static const char *item_shown(const struct item *it)
{
	size_t size = strlen(it->value);
	struct text t = { 0 };

	text_comment(&t, it->key);
	text_char(&t, '=');
	text_comment(&t, size <= SHOWN_MOST
	                         ? it->value
	                         : text_of("%.*s...", SHOWN_MOST, it->value));
	return text_end(&t);
}

static bool has_remark(const struct draft *d, const char *text)
{
	for (size_t i = 0; i < d->remarks; i++)
		if (text_same(d->remark[i].text, text))
			return true;
	return false;
}

/* Somebody has to decide: the output does not build before. The text says what
 * can be done. */
void draft_decide(struct draft *d, struct item *it, const char *format, ...)
{
	const char *text;
	va_list list;

	va_start(list, format);
	text = list_text(format, list);
	va_end(list);
	if (it == NULL) {
		remark_add(d, REMARK_DECIDE, text);
		return;
	}
	text = text_of("%s: %s: %s", item_place(it), item_shown(it), text);
	if (it->fate == FATE_DECIDE && has_remark(d, text))
		return;
	if (it->fate == FATE_CARRIED && d->carried > 0)
		d->carried--;
	it->fate = FATE_DECIDE;
	remark_add(d, REMARK_DECIDE, text);
}

/* Nothing is lost that the service would notice. */
void draft_drop(struct draft *d, struct item *it, const char *why)
{
	if (it->fate != FATE_OPEN)
		return;
	it->fate = FATE_DROPPED;
	remark_add(d, REMARK_DROPPED,
	           text_of("%s: %s: %s", item_place(it), item_shown(it), why));
}

/* Only limits what an attacker could do. */
void draft_harden(struct draft *d, struct item *it)
{
	if (it->fate != FATE_OPEN)
		return;
	it->fate = FATE_HARDENING;
	remark_add(d, REMARK_HARDENING,
	           text_of("%s: %s", item_place(it), item_shown(it)));
}

/* Worth knowing, but nothing to decide. */
void draft_note(struct draft *d, const char *format, ...)
{
	va_list list;

	va_start(list, format);
	remark_add(d, REMARK_NOTE, list_text(format, list));
	va_end(list);
}

size_t draft_count(const struct draft *d, enum remark_kind kind)
{
	size_t count = 0;

	for (size_t i = 0; i < d->remarks; i++)
		count += d->remark[i].kind == kind;
	return count;
}
