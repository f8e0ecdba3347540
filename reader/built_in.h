/* SPDX-License-Identifier: MIT */
/* What the build puts into the reader, from the files that the compiler's way
 * uses too: the headers of a configuration, and how a value of each type is
 * written (config/explain.awk). Both lists end with NULL. */
#ifndef READER_BUILT_IN_H
#define READER_BUILT_IN_H

struct built_in {
	const char *name, *text;
};

extern const struct built_in built_in[];
extern const struct built_in built_in_forms[];
extern const struct built_in built_in_others[]; /* begin, field */

#endif
