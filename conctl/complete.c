/* SPDX-License-Identifier: MIT */
/* What the last word of a command line may become: a candidate a line, with its
 * meaning behind a tab; or ":files" where any file may stand. The scripts for
 * shells (complete/) know no more than that, so all of it comes from verb.def.
 * Never explains what is wrong. */
#include "conctl/complete.h"

#include <stdbool.h>
#include <stddef.h>

#include "conctl/base/out.h"
#include "conctl/help.h"
#include "conctl/session/record.h"
#include "conctl/session/session.h"
#include "conctl/show/line.h"
#include "conctl/show/ranking.h"
#include "model/signal.h"
#include "model/text.h"

/* The words before the last one, as far as they matter. */
struct typed {
	const struct verb *verb;
	struct locator locator;
	uint32_t arguments;         /* behind the command */
	const struct option *pending; /* its value is the last word */
	bool ended;                 /* by -- */
};

static const char *prefix;

static void offer(const char *word, const char *help)
{
	if (!text_starts(word, prefix))
		return;
	out_texts(&out_result, word, help != NULL ? "\t" : "",
	          help != NULL ? help : "", "\n", NULL);
}

static const struct option *option_by_letter(char letter)
{
	for (size_t k = 0; k < OPTIONS; k++)
		if (option_rows[k].letter == letter)
			return &option_rows[k];
	return NULL;
}

static void take_value(struct typed *t, char letter, const char *value)
{
	if (letter == 'p')
		t->locator.pid = value;
	if (letter == 'l')
		t->locator.lock_file = value;
}

/* Letters, up to one that has a value: the rest of the word, or the next
 * word. */
static void take_letters(struct typed *t, const char *letters)
{
	for (; *letters != '\0'; letters++) {
		/* Of commands with --lines -n is that (main.c). */
		bool lines = *letters == 'n' && verb_takes(t->verb, 'N');
		const struct option *o = option_by_letter(lines ? 'N'
		                                                : *letters);

		if (o == NULL || o->value[0] == '\0')
			continue;
		if (letters[1] == '\0')
			t->pending = o;
		else
			take_value(t, *letters, letters + 1);
		return;
	}
}

static void take_word(struct typed *t, const char *word)
{
	size_t k;

	if (t->pending != NULL) {
		take_value(t, t->pending->letter, word);
		t->pending = NULL;
	} else if (!t->ended && text_equal(word, "--")) {
		t->ended = true;
	} else if (!t->ended && word[0] == '-' && word[1] != '\0') {
		if (word[1] != '-')
			take_letters(t, word + 1);
	} else if (t->verb != NULL) {
		t->arguments++;
	} else {
		k = verb_find(word);
		t->verb = k < VERBS ? &verbs[k] : NULL;
		t->arguments = k < VERBS ? 0 : 1;
	}
}

static void offer_options(const struct verb *v)
{
	for (size_t k = 0; k < OPTIONS; k++) {
		const struct option *o = &option_rows[k];
		const char letter[] = { '-', o->letter, '\0' };

		if (!o->everywhere && !verb_takes(v, o->letter))
			continue;
		offer(letter, o->help);
		if (o->word[0] != '\0')
			offer(o->word, o->help);
	}
}

static void offer_commands(void)
{
	for (size_t k = 0; k < VERBS; k++)
		if (verbs[k].group != GROUP_HIDDEN)
			offer(verbs[k].name, verbs[k].help);
}

static void offer_services(const struct locator *locator)
{
	if (session_open(locator) < 0)
		return;
	for (uint32_t i = 0; i < session.table->services; i++) {
		struct record r = session_record(i);

		if (session_lists(i))
			offer(table_name(session.table, i),
			      state_label[r.phase.state]);
	}
}

static void offer_signals(void)
{
	for (uint32_t k = 0; signal_name(k) != NULL; k++)
		offer(signal_name(k), NULL);
}

/* One word of verb.arguments, without its brackets. */
struct argument {
	const char *text;
	size_t length;
};

static bool argument_is(struct argument a, const char *word)
{
	return a.length == text_length(word) && text_starts(a.text, word);
}

/* The words of up|down|settled. */
static void offer_alternatives(struct argument a)
{
	char word[NAME_MAX_BYTES + 1];

	for (size_t k = 0, used = 0; k <= a.length; k++) {
		if (k < a.length && a.text[k] != '|') {
			if (used < NAME_MAX_BYTES)
				word[used++] = a.text[k];
			continue;
		}
		word[used] = '\0';
		used = 0;
		offer(word, NULL);
	}
}

static void offer_argument(const struct typed *t, struct argument a)
{
	bool choice = false;

	for (size_t k = 0; k < a.length; k++)
		choice |= a.text[k] == '|';
	if (choice)
		offer_alternatives(a);
	else if (argument_is(a, "SERVICE"))
		offer_services(&t->locator);
	else if (argument_is(a, "SIG"))
		offer_signals();
	else if (argument_is(a, "COMMAND"))
		offer_commands();
	else if (argument_is(a, "PATH"))
		out_text(&out_result, ":files\n");
}

/* Argument number `at`; behind the last one, that one again if it may
 * repeat. */
static struct argument argument_find(const char *arguments, uint32_t at)
{
	struct argument a = { arguments, 0 };

	for (;;) {
		while (*arguments == '[' || *arguments == ' ')
			arguments++;
		a = (struct argument){ arguments, 0 };
		while (*arguments != '\0' && *arguments != ' ' &&
		       *arguments != ']' && *arguments != '.')
			arguments++, a.length++;
		if (*arguments == '.' || at-- == 0)
			return a;
		while (*arguments == ']')
			arguments++;
		if (*arguments == '\0')
			return (struct argument){ arguments, 0 };
	}
}

static void offer_value(const struct option *o)
{
	if (o->letter == 'l')
		out_text(&out_result, ":files\n");
	for (enum sort s = 0; o->letter == 's' && s < SORTS; s++)
		offer(sort_word(s), NULL);
	for (int k = 0; o->letter == 'L' && k < LEVELS; k++)
		offer(level_names[k], NULL);
}

/* complete: prints what the last of these words may become. EXIT_DONE, also
 * when connate cannot be reached. */
int complete_run(const struct order *o)
{
	struct typed t = { .locator = o->locator };

	out_report.muted = true;
	prefix = o->count > 0 ? o->names[o->count - 1] : "";
	for (uint32_t k = 0; k + 1 < o->count; k++)
		take_word(&t, o->names[k]);
	if (t.pending != NULL)
		offer_value(t.pending);
	else if (!t.ended && prefix[0] == '-')
		offer_options(t.verb);
	else if (t.verb == NULL && t.arguments == 0)
		offer_commands();
	else if (t.verb != NULL)
		offer_argument(&t,
		               argument_find(t.verb->arguments, t.arguments));
	return EXIT_DONE;
}
