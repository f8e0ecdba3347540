/* SPDX-License-Identifier: MIT */
/* What a parser gives: a list of settings, each with the place where it stands.
 * Parsers take bytes; they open nothing. */
#ifndef IMPORT_ITEM_H
#define IMPORT_ITEM_H

#include <stdbool.h>
#include <stddef.h>

/* What became of a setting. */
enum fate { FATE_OPEN, FATE_CARRIED, FATE_DROPPED, FATE_HARDENING, FATE_DECIDE };

struct item {
	const char *section;  /* "" if the format has none */
	const char *key;
	const char *value;
	const char *file;     /* as it is shown */
	unsigned line;
	enum fate fate;
};

struct items {
	struct item *item;
	size_t count, room;
};

void items_add(struct items *to, const struct item *item);
struct item *items_last(const struct items *all, const char *section,
                        const char *key);

/* The next line at *at, without its end; NULL at the end of the text. */
const char *line_next(const char **at);

/* Each returns NULL, or what is wrong with the whole, as a text. */
const char *unit_parse(struct items *to, const char *file, const char *text);
const char *dinit_parse(struct items *to, const char *file, const char *text);
const char *ini_parse(struct items *to, const char *file, const char *text);
const char *procfile_parse(struct items *to, const char *file,
                           const char *text);

#endif
