/* SPDX-License-Identifier: MIT */
/* Environments: NAME=value, each name once. */
#include <stdlib.h>
#include <string.h>

#include "config/check/check.h"

static size_t name_length(const char *entry)
{
	return strcspn(entry, "=");
}

static bool names_variable(const char *entry, const char *name)
{
	return strlen(name) == name_length(entry) &&
	       strncmp(entry, name, strlen(name)) == 0;
}

static bool check_entry(const struct config *c, uint32_t i, const char *entry)
{
	if (entry == NULL || *entry == '\0')
		report_error(c, i, ": .env has an empty entry");
	else if (strchr(entry, '=') == NULL)
		report_error(c, i, ": .env: '%s' is not NAME=value", entry);
	else if (*entry == '=')
		report_error(c, i, ": .env: '%s' has an empty name", entry);
	else if (names_variable(entry, "CONNATE_PID"))
		report_error(c, i, ": .env: CONNATE_PID is set by connate");
	else if (strlen(entry) >= STRING_MAX)
		report_error(c, i, ": .env: '%.20s…' has %zu bytes; execve(2) "
		             "takes %d", entry, strlen(entry) + 1, STRING_MAX);
	else
		return true;
	return false;
}

static int by_name(const void *a, const void *b)
{
	const char *x = *(const char *const *)a, *y = *(const char *const *)b;
	size_t x_length = name_length(x), y_length = name_length(y);
	size_t less = x_length < y_length ? x_length : y_length;
	int order = memcmp(x, y, less);

	if (order != 0)
		return order;
	return x_length < y_length ? -1 : x_length > y_length;
}

static void check_twice(const struct config *c, uint32_t i,
                        const char **entries, size_t count)
{
	qsort(entries, count, sizeof(*entries), by_name);
	for (size_t k = 1; k < count; k++)
		if (by_name(&entries[k - 1], &entries[k]) == 0)
			report_error(c, i, ": .env has '%.*s' twice",
			             (int)name_length(entries[k]), entries[k]);
}

void environment_check(const struct config *c, uint32_t i)
{
	const struct config_list *env = &service_of(c, i)->env;
	const char **good;
	size_t count = 0, sum = 0;

	if (env->item != NULL && !env->given) {
		report_error(c, i, ": .env is written LIST(\"NAME=value\", "
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
