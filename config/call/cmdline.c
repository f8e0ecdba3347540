/* SPDX-License-Identifier: MIT */
/* The kernel's command line. Words are cut as the kernel does it: next_arg()
 * in lib/cmdline.c. */
#include "config/call/file.h"

#include "model/text.h"
#include "sys/memory.h"

static bool word_is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* The next word, with an end; NULL: there is none. Quotes hold blanks; those
 * around a whole word go. */
static char *cut_word(char **rest)
{
	char *word = *rest, *end;
	bool quoted = false;

	while (word_is_blank(*word))
		word++;
	for (end = word; *end != '\0' && (quoted || !word_is_blank(*end));
	     end++)
		if (*end == '"')
			quoted = !quoted;
	*rest = *end == '\0' ? end : end + 1;
	*end = '\0';
	if (*word == '"') {
		word++;
		if (end > word && end[-1] == '"')
			end[-1] = '\0';
	}
	return end == word ? NULL : word;
}

static char fold(char c)
{
	return c == '-' ? '_' : c;
}

/* What the word says about name: "" if just that, NULL if nothing. */
static char *word_value(char *word, const char *name)
{
	size_t length;

	while (*name != '\0' && fold(*word) == fold(*name))
		word++, name++;
	if (*name != '\0' || (*word != '\0' && *word != '='))
		return NULL;
	if (*word == '=')
		word++;
	length = text_length(word);
	if (*word != '"')
		return word;
	if (length > 1 && word[length - 1] == '"')
		word[length - 1] = '\0';
	return word + 1;
}

int call_cmdline(const char *name, char *buffer, size_t size)
{
	char line[CALL_BLOCK_BYTES + 1];
	long length = call_read_text("/proc/cmdline", line, sizeof(line));
	const char *found = NULL;
	char *rest = line, *word;

	if (length < 0)
		return (int)length;
	while ((word = cut_word(&rest)) != NULL) {
		const char *value = word_value(word, name);

		found = value != NULL ? value : found;
	}
	if (found == NULL)
		return length == CALL_BLOCK_BYTES ? -E2BIG : -ENOENT;
	if (size == 0)
		return 0;
	if (text_length(found) >= size)
		return -EMSGSIZE;
	memcpy(buffer, found, text_length(found) + 1);
	return 0;
}
