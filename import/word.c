/* SPDX-License-Identifier: MIT */
/* The vocabulary of the configuration: import/word.def is made of
 * config/connate/config.h by import/words.awk. */
#include <string.h>

#include "import/text.h"
#include "import/word.h"

static const char *const words[] = {
#define WORD(name) name,
#include "import/word.def"
#undef WORD
};

enum { WORDS = sizeof(words) / sizeof(words[0]) };

static const char *assumed = "";

void word_assume(const char *names)
{
	assumed = names;
}

static bool is_assumed(const char *word)
{
	size_t size = strlen(word);

	for (const char *s = assumed; *s != '\0';) {
		size_t next = strcspn(s, ",");

		if (next == size && strncmp(s, word, size) == 0)
			return true;
		s += next + (s[next] == ',');
	}
	return false;
}

unsigned word_place(const char *field)
{
	unsigned i = 0;

	while (i < WORDS && !text_same(words[i], field))
		i++;
	return i;
}

bool word_known(const char *list)
{
	const char *word;

	while ((word = text_next(&list)) != NULL)
		if (word_place(word) == WORDS && !is_assumed(word))
			return false;
	return true;
}
