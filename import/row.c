/* SPDX-License-Identifier: MIT */
/* The settings of systemd, by the table of row.def: which of them count, and
 * what becomes of those that no other function has carried. */
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "import/text.h"
#include "import/unit_set.h"
#include "import/value.h"
#include "import/word.h"

enum how { TAKE, HARMLESS, HARDEN, DECIDE };

/* ADDS: as MANY, but an empty value does not reset it. */
enum many { ONE, MANY, ADDS };

enum check { ANY, BOOLEAN, TIME, NUMBER, MODE, SIGNAL, TYPE, RESTART, KILL };

struct row {
	const char *section, *key;
	enum how how;
	enum many many;
	enum check check;
	const char *word, *text;
};

static const struct row rows[] = {
#define ROW(...) { __VA_ARGS__ },
#include "import/row.def"
#undef ROW
};

static const struct row *row_of(const struct item *it)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (text_same(rows[i].section, it->section) &&
		    fnmatch(rows[i].key, it->key, 0) == 0)
			return &rows[i];
	return NULL;
}

static bool among(const char *s, const char *list)
{
	return *s != '\0' && strchr(s, ' ') == NULL &&
	       strstr(list, text_of(" %s ", s)) != NULL;
}

static bool unit_check(enum check check, const char *s)
{
	long long n;

	switch (check) {
	case ANY:
		return true;
	case BOOLEAN:
		return value_boolean(s) != VALUE_WRONG;
	case TIME:
		return value_time(s, false, NULL) != NULL;
	case NUMBER:
		return value_number(s, 0, -1000000, 1LL << 40, &n);
	case MODE:
		return value_number(s, 8, 0, 07777, &n);
	case SIGNAL:
		return value_signal(s) != VALUE_WRONG;
	case TYPE:
		return among(s, " simple exec forking oneshot dbus notify "
		                "notify-reload idle ");
	case RESTART:
		return among(s, " no always on-success on-failure on-abnormal "
		                "on-abort on-watchdog ");
	case KILL:
		return among(s, " control-group process mixed none ");
	}
	return false;
}

/* What an empty value resets, or a later one replaces, says nothing more. */
static void unit_replace(struct unit *u, size_t end)
{
	for (size_t i = 0; i < end; i++) {
		struct item *it = &u->items.item[i], *by = &u->items.item[end];

		if (it->fate == FATE_OPEN &&
		    text_same(it->section, by->section) &&
		    text_same(it->key, by->key))
			it->fate = FATE_DROPPED;
	}
}

/* Those whose words are told apart before specifiers are replaced, and times. */
static bool keeps_percent(const struct item *it)
{
	return text_starts(it->key, "Exec") ||
	       text_same(it->key, "Environment") ||
	       text_same(it->section, "Timer");
}

static void unit_specifiers(struct unit *u, struct item *it)
{
	char open = '\0';

	if (strchr(it->value, '%') == NULL || keeps_percent(it))
		return;
	it->value = specifier_replace(&u->naming, it->value, &open);
	if (open != '\0')
		draft_decide(&u->draft, it,
		             "%%%c is known only on the running machine: "
		             "write its value", open);
}

static void unit_prepare_item(struct unit *u, size_t i)
{
	struct item *it = &u->items.item[i];
	const struct row *row = row_of(it);

	if (text_starts(it->section, "X-") || text_starts(it->key, "X-"))
		it->fate = FATE_DROPPED;
	else if (row == NULL)
		draft_drop(&u->draft, it, "systemd has no such setting, and "
		                          "ignores it: misspelt?");
	else if (*it->value == '\0') {
		it->fate = FATE_DROPPED;
		if (row->many != ADDS)
			unit_replace(u, i);
	} else if (!unit_check(row->check, it->value))
		draft_drop(&u->draft, it, "systemd does not take this value, "
		                          "and ignores it: misspelt?");
	else {
		if (row->many == ONE)
			unit_replace(u, i);
		unit_specifiers(u, it);
	}
}

enum { ITEMS_MOST = 20000 };

/* Finds what counts, in the order of the files. */
void unit_prepare(struct unit *u)
{
	if (u->items.count > ITEMS_MOST) {
		u->wrong = text_of("%s: more than %d settings",
		                   u->naming.name, ITEMS_MOST);
		u->items.count = 0;
	}
	for (size_t i = 0; i < u->items.count; i++)
		unit_prepare_item(u, i);
}

bool unit_may(struct draft *d, struct item *it)
{
	const struct row *row = row_of(it);

	if (row == NULL)
		return false;
	if (word_known(row->word))
		return true;
	draft_decide(d, it, "waits for %s; until then %s", row->word,
	             row->text);
	return false;
}

/* A setting that says what is so without it. */
static bool is_default(const struct row *row, const struct item *it)
{
	return row->check == BOOLEAN && value_boolean(it->value) == 0;
}

static void unit_finish_item(struct draft *d, struct item *it)
{
	const struct row *row = row_of(it);

	if (it->fate != FATE_OPEN || row == NULL)
		return;
	if (row->how == HARDEN)
		draft_harden(d, it);
	else if (row->how == HARMLESS)
		draft_drop(d, it, row->text);
	else if (is_default(row, it))
		draft_drop(d, it, "this is so anyway");
	else if (row->how == DECIDE || *row->word == '\0' ||
	         unit_may(d, it))
		draft_decide(d, it, "not carried; %s",
		             *row->text != '\0' ? row->text
		                                : "write it by hand");
}

/* Drops what is harmless; all else that is still open has to be decided, so
 * that nothing is lost in silence. */
void unit_finish(struct unit *u, struct draft *d)
{
	for (size_t i = 0; i < u->items.count; i++)
		unit_finish_item(d, &u->items.item[i]);
}

/* The setting that counts, of whichever section, or NULL. */
struct item *unit_item(const struct unit *u, const char *key)
{
	for (size_t i = u->items.count; i > 0; i--) {
		struct item *it = &u->items.item[i - 1];

		if (text_same(it->key, key) && it->fate != FATE_DROPPED)
			return it;
	}
	return NULL;
}

bool unit_says(const struct unit *u, const char *key)
{
	const struct item *it = unit_item(u, key);

	return it != NULL && value_boolean(it->value) == 1;
}
