/* SPDX-License-Identifier: MIT */
/* Names: well-formed, no two alike, found by hash, and guessed at when
 * mistyped. Knows nothing else of a service. */
#include <ctype.h>
#include <string.h>

#include "config/check/check.h"

static uint32_t *slots; /* service + 1, by name; 0: free */
static uint32_t mask;
static int asked; /* for suggestions */

static uint32_t names_hash(const char *name)
{
	uint32_t h = 2166136261u;

	for (; *name != '\0'; name++)
		h = (h ^ (unsigned char)*name) * 16777619u;
	return h ^ h >> 15;
}

static uint32_t *names_slot(const struct config *c, const char *name)
{
	uint32_t i = names_hash(name) & mask;

	while (slots[i] != 0 &&
	       strcmp(service_of(c, slots[i] - 1)->name, name) != 0)
		i = (i + 1) & mask;
	return &slots[i];
}

static bool char_ok(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || (c != '\0' && strchr("-_.@:", c));
}

static void name_check_form(const struct config *c, uint32_t i,
                            const char *name)
{
	if (strlen(name) > NAME_MAX_BYTES)
		report_error(c, i,
		             ": the name has %zu bytes; "
		             "%d are the most",
		             strlen(name), NAME_MAX_BYTES);
	if (*name == '-')
		report_warning(c, i,
		               ": the name begins with '-', as an option "
		               "of a command does");
	for (; *name != '\0'; name++)
		if (!char_ok(*name)) {
			report_error(c, i,
			             ": a name has only letters, digits "
			             "and -_.@:, and no '%c'",
			             (unsigned char)*name < 128 ? *name : '?');
			return;
		}
}

static void name_twice(const struct config *c, uint32_t i,
                       const struct service *first)
{
	if (strcmp(first->file, c->services[i].file) == 0)
		report_error(c, i, " exists twice; the first is in line %u",
		             first->line);
	else
		report_error(c, i, " exists twice; the first is in %s:%u",
		             first->file, first->line);
}

static void names_add(const struct config *c, uint32_t i)
{
	const char *name = service_of(c, i)->name;
	uint32_t *slot;

	if (name == NULL || *name == '\0') {
		report_error(c, i, ": the name is empty");
		return;
	}
	name_check_form(c, i, name);
	slot = names_slot(c, name);
	if (*slot != 0)
		name_twice(c, i, &c->services[*slot - 1]);
	else
		*slot = i + 1;
}

void names_check(const struct config *c)
{
	size_t room = 16;

	while (room < 2 * c->count)
		room *= 2;
	slots = memory_new(room, sizeof(*slots));
	mask = (uint32_t)room - 1;
	asked = 0;
	for (uint32_t i = 0; i < c->count; i++)
		names_add(c, i);
}

uint32_t names_find(const struct config *c, const char *name)
{
	uint32_t found = *names_slot(c, name);

	return found != 0 ? found - 1 : TABLE_NONE;
}

static int least(int a, int b)
{
	return a < b ? a : b;
}

static bool differ(char a, char b)
{
	return tolower((unsigned char)a) != tolower((unsigned char)b);
}

/* How many letters to insert, delete, replace or swap with the next one to
 * get from a to b (optimal string alignment), whatever their case; `enough`
 * or more when it is certain to be that. Names of allowed length only. */
static int edit_distance(const char *a, const char *b, int enough)
{
	int rows[3][NAME_MAX_BYTES + 1];
	int *above2 = rows[0], *above = rows[1], *row = rows[2];
	int a_length = (int)strlen(a), b_length = (int)strlen(b);

	for (int j = 0; j <= b_length; j++)
		above[j] = j;
	for (int i = 1; i <= a_length; i++) {
		int *spare = above2, nearest = i;

		row[0] = i;
		for (int j = 1; j <= b_length; j++) {
			row[j] = least(above[j], row[j - 1]) + 1;
			row[j] = least(row[j], above[j - 1] + differ(a[i - 1],
			                                             b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
			    a[i - 2] == b[j - 1])
				row[j] = least(row[j], above2[j - 2] + 1);
			nearest = least(nearest, row[j]);
		}
		if (nearest > enough) /* a swap takes one back */
			return nearest;
		above2 = above;
		above = row;
		row = spare;
	}
	return above[b_length];
}

static bool name_long(const char *name)
{
	return name == NULL || strlen(name) > NAME_MAX_BYTES;
}

const char *names_like(const struct config *c, const char *name)
{
	const char *best = NULL;
	int nearest = EDIT_MAX + 1; /* less than that is near */

	if (name_long(name) || asked++ >= SUGGESTIONS_MAX)
		return NULL;
	nearest = least(nearest, (int)strlen(name) / 2 + 1);
	for (uint32_t i = 0; i < c->count; i++) {
		const char *other = service_of(c, i)->name;
		int d;

		if (name_long(other) || *other == '\0')
			continue;
		d = (int)strlen(other) - (int)strlen(name);
		if (d >= nearest || -d >= nearest)
			continue;
		d = edit_distance(name, other, nearest);
		if (d < nearest) {
			nearest = d;
			best = other;
		}
	}
	return best;
}

const char *words_like(const char *const *words, size_t count, const char *word)
{
	const char *best = NULL;
	int nearest = EDIT_MAX + 1;

	if (name_long(word))
		return NULL;
	nearest = least(nearest, (int)strlen(word) / 2 + 1);
	for (size_t k = 0; k < count; k++) {
		int d = edit_distance(word, words[k], nearest);

		if (d < nearest) {
			nearest = d;
			best = words[k];
		}
	}
	return best;
}
