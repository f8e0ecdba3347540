/* SPDX-License-Identifier: MIT */
/* The table of the words of other service managers. Knows no command. */
#include "conctl/habit.h"

#include <stddef.h>

#include "conctl/base/out.h"
#include "model/text.h"

static const struct {
	const char *words, *from, *takes, *says;
} habits[] = {
#define HABIT(words, from, takes, says) { words, from, takes, says },
#include "conctl/habit.def"
#undef HABIT
};

enum { COMMAND_BYTES = 16 };
enum { HABITS = sizeof(habits) / sizeof(habits[0]) };

/* Is `word` one of these, which are separated by spaces? */
static bool has_word(const char *words, const char *word)
{
	size_t length = text_length(word);

	for (; *words != '\0'; words++) {
		if (text_starts(words, word) &&
		    (words[length] == ' ' || words[length] == '\0'))
			return length > 0;
		while (words[1] != '\0' && *words != ' ')
			words++;
	}
	return false;
}

static size_t find(const char *word)
{
	size_t k = 0;

	while (k < HABITS && !has_word(habits[k].words, word))
		k++;
	return k;
}

/* The command that is taken in place of this word, which means the same, until
 * the next call; *argument: its first argument, or NULL. NULL: there is none. */
const char *habit_takes(const char *word, const char **argument)
{
	static char command[COMMAND_BYTES];
	size_t k = find(word), length = 0;
	const char *takes = k < HABITS ? habits[k].takes : "";

	for (; takes[length] != '\0' && takes[length] != ' ' &&
	       length < COMMAND_BYTES - 1; length++)
		command[length] = takes[length];
	command[length] = '\0';
	*argument = takes[length] == ' ' ? takes + length + 1 : NULL;
	return length > 0 ? command : NULL;
}

/* Explains in one line what to do in place of such a word. False: it is none,
 * and nothing was written. */
bool habit_explain(const char *word)
{
	size_t k = find(word);

	if (k == HABITS || habits[k].says[0] == '\0')
		return false;
	complain("'", word, "' is a word of ", habits[k].from, "; here: ",
	         habits[k].says, NULL);
	return true;
}
