/* SPDX-License-Identifier: MIT */
/* Environments: NAME=value, each name once. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "config/check/check.h"

/* INHERIT("NAME") is CONFIG_INHERITED and the name, without a value. */
static const char *variable_name(const char *entry)
{
	return entry + (*entry == CONFIG_INHERITED);
}

static int name_length(const char *entry)
{
	return (int)strcspn(variable_name(entry), "=");
}

static bool names_variable(const char *entry, const char *name)
{
	return (int)strlen(name) == name_length(entry) &&
	       strncmp(variable_name(entry), name, strlen(name)) == 0;
}

static bool is_ours(const struct config_service *s, const char *entry)
{
	return names_variable(entry, "CONNATE_PID") ||
	       names_variable(entry, "CONNATE_SERVICE") ||
	       (s->listen.count > 0 && strncmp(entry, "LISTEN_", 7) == 0) ||
	       (s->ready.ready == CONFIG_READY_SD_NOTIFY &&
	        (names_variable(entry, "NOTIFY_SOCKET") ||
	         names_variable(entry, "WATCHDOG_USEC") ||
	         names_variable(entry, "WATCHDOG_PID")));
}

/* Returns whether it has the form of an entry. */
static bool variable_check_form(const struct config *c, uint32_t i,
                                const char *entry)
{
	if (entry == NULL || *entry == '\0')
		report_error(c, i, ": .env has an empty entry");
	else if (*entry == CONFIG_INHERITED && strchr(entry, '=') != NULL)
		report_error(c, i, ": .env: INHERIT(\"%s\") takes a name only",
		             variable_name(entry));
	else if (*entry != CONFIG_INHERITED && strchr(entry, '=') == NULL)
		report_error(c, i, ": .env: '%s' is not NAME=value", entry);
	else if (name_length(entry) == 0)
		report_error(c, i, ": .env: '%s' has an empty name",
		             variable_name(entry));
	else if (is_ours(service_of(c, i), entry))
		report_error(c, i, ": .env: %.*s is set by connate",
		             name_length(entry), variable_name(entry));
	else if (strlen(entry) >= STRING_MAX)
		report_error(c, i,
		             ": .env: '%.20s...' has %zu bytes; "
		             "execve(2) takes %d",
		             entry, strlen(entry) + 1, STRING_MAX);
	else
		return true;
	return false;
}

/* environ(7) takes all but '='; shells take less, and drop the others. */
static bool check_name(const struct config *c, uint32_t i, const char *entry)
{
	const char *name = variable_name(entry);
	int length = name_length(entry);
	bool plain = !isdigit((unsigned char)*name);

	for (int k = 0; k < length; k++) {
		unsigned char byte = (unsigned char)name[k];

		if (byte <= ' ' || byte >= 127) {
			report_error(c, i,
			             ": .env: the name '%.*s' has a "
			             "blank or another character that no name "
			             "has",
			             length, name);
			return false;
		}
		plain &= byte == '_' || isalnum(byte);
	}
	if (!plain)
		report_warning(c, i,
		               ": .env: shells do not take '%.*s' as the "
		               "name of a variable",
		               length, name);
	return true;
}

/* PATH=$PATH:/more, from the habit of a shell. */
static void check_value(const struct config *c, uint32_t i, const char *entry)
{
	int length = name_length(entry);
	const char *at = variable_name(entry) + length;

	while ((at = strchr(at, '$')) != NULL) {
		const char *name = ++at;

		name += *name == '{';
		if (strncmp(name, variable_name(entry), (size_t)length) != 0 ||
		    isalnum((unsigned char)name[length]) || name[length] == '_')
			continue;
		report_warning(c, i,
		               ": .env: the $ in '%s' is no more than a "
		               "$: there is no shell that would replace it",
		               entry);
		return;
	}
}

static int variable_by_name(const void *a, const void *b)
{
	const char *x = *(const char *const *)a, *y = *(const char *const *)b;
	int x_length = name_length(x), y_length = name_length(y);
	int less = x_length < y_length ? x_length : y_length;
	int order = memcmp(variable_name(x), variable_name(y), (size_t)less);

	if (order == 0)
		order = (x_length > y_length) - (x_length < y_length);
	return order != 0 ? order : strcmp(x, y);
}

static bool same_name(const char *x, const char *y)
{
	return name_length(x) == name_length(y) &&
	       strncmp(variable_name(x), variable_name(y),
	               (size_t)name_length(x)) == 0;
}

static void check_twice(const struct config *c, uint32_t i,
                        const char **entries, size_t count)
{
	qsort(entries, count, sizeof(*entries), variable_by_name);
	for (size_t k = 1; k < count; k++) {
		const char *name = variable_name(entries[k]);
		int length = name_length(entries[k]);

		if (!same_name(entries[k - 1], entries[k]))
			continue;
		if (strcmp(entries[k - 1], entries[k]) == 0)
			report_warning(c, i, ": .env has '%.*s' twice", length,
			               name);
		else
			report_error(c, i,
			             ": .env has '%.*s' twice, and "
			             "programs differ in which of them they "
			             "see",
			             length, name);
	}
}

static bool check_entry(const struct config *c, uint32_t i, const char *entry)
{
	if (!variable_check_form(c, i, entry) || !check_name(c, i, entry))
		return false;
	check_value(c, i, entry);
	return true;
}

void environment_check(const struct config *c, uint32_t i)
{
	const struct config_list *env = &service_of(c, i)->env;
	const char **good;
	size_t count = 0, sum = 0;

	if (!list_written(env)) {
		report_error(c, i,
		             ": .env is written LIST(\"NAME=value\", "
		             "...)");
		return;
	}
	good = memory_new(env->count, sizeof(*good));
	for (size_t k = 0; k < env->count; k++)
		if (check_entry(c, i, env->item[k])) {
			good[count++] = env->item[k];
			sum += strlen(env->item[k]) + 1 + sizeof(char *);
		}
	if (sum > VECTOR_MAX)
		report_error(c, i, ": .env has %zu bytes; execve(2) takes %d",
		             sum, VECTOR_MAX);
	check_twice(c, i, good, count);
	free(good);
}
