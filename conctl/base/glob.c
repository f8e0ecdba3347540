/* SPDX-License-Identifier: MIT */
/* Names with * and ? in them, as a shell has them. No name of a service has
 * such a letter, and there are no others: [ is not one of them. */
#include "conctl/base/glob.h"

#include <stddef.h>

/* Whether the word has a * or a ? in it. */
bool is_glob(const char *word)
{
	for (; *word != '\0'; word++)
		if (*word == '*' || *word == '?')
			return true;
	return false;
}

/* Whether the whole name matches: * stands for any letters, or none, ? for one.
 * When a letter differs only the last * can still take one more: what stood
 * before it has matched. O(length of both, multiplied). */
bool glob_matches(const char *glob, const char *name)
{
	const char *star = NULL, *from = NULL;

	while (*name != '\0') {
		if (*glob == '*') {
			star = ++glob;
			from = name;
		} else if (*glob == *name || *glob == '?') {
			glob++;
			name++;
		} else if (star != NULL) {
			glob = star;
			name = ++from;
		} else {
			return false;
		}
	}
	while (*glob == '*')
		glob++;
	return *glob == '\0';
}
