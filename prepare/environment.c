/* SPDX-License-Identifier: MIT */
/* The environment that the program gets: each name once. */
#include "model/text.h"
#include "prepare/prepare.h"

enum { ENTRIES_MAX = 8192 };

static const char *entries[ENTRIES_MAX + 1]; /* the last one NULL */
static uint32_t count;

static size_t name_length(const char *entry)
{
	size_t length = 0;

	while (entry[length] != '=' && entry[length] != '\0')
		length++;
	return length;
}

static bool same_name(const char *a, const char *b)
{
	size_t length = name_length(a);

	for (size_t k = 0; k < length; k++)
		if (a[k] != b[k])
			return false;
	return b[length] == '=' || b[length] == '\0';
}

/* Takes over an environment (execve(2)) with `first` in place of its first
 * entry. What is beyond ENTRIES_MAX is left out; supervisord gives fewer. */
void environment_begin(char **envp, const char *first)
{
	entries[0] = first;
	for (count = 1; envp[count] != NULL && count < ENTRIES_MAX; count++)
		entries[count] = envp[count];
}

/* NAME=value, which is kept by reference, in place of an entry of that name.
 * 0; -EPERM: it is one by which later sessions know the process; -E2BIG: there
 * is no room. */
int environment_set(const char *entry)
{
	uint32_t k = 0;

	if (same_name(entry, "CONNATE_PID") ||
	    same_name(entry, "CONNATE_SERVICE") ||
	    same_name(entry, "CONNATE_LOCK_FILE"))
		return -EPERM;
	while (k < count && !same_name(entry, entries[k]))
		k++;
	if (k == ENTRIES_MAX)
		return -E2BIG;
	entries[k] = entry;
	count += k == count;
	return 0;
}

/* The value of that name; NULL: there is none. */
const char *environment_value(const char *name)
{
	for (uint32_t k = 0; k < count; k++)
		if (same_name(name, entries[k]))
			return entries[k] + name_length(entries[k]) + 1;
	return NULL;
}

/* The environment, as execve(2) takes it. */
const char **environment_all(void)
{
	return entries;
}
