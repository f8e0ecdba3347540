/* SPDX-License-Identifier: MIT */
/* The vocabulary of the configuration, as connate/config.h had it when this was
 * built. */
#ifndef IMPORT_WORD_H
#define IMPORT_WORD_H

#include <stdbool.h>

/* As if the vocabulary had these words, too: names with commas between. */
void word_assume(const char *names);

/* True if the vocabulary has all of these words: fields as ".env", others as
 * "READY_FD", with blanks between. */
bool word_known(const char *words);

/* The place of a field among all, by which fields are written in order. */
unsigned word_place(const char *field);

#endif
